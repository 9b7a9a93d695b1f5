import type { ExportedCall, ExportSource } from './export/call.ts'
import { csvText } from './export/csv.ts'
import { harText } from './export/har.ts'
import { htmlText } from './export/html.ts'

export type { ExportedCall, ExportSource } from './export/call.ts'

export type ExportFormat = 'jsonl' | 'har' | 'csv' | 'html'

type Write = (calls: readonly ExportedCall[], source: ExportSource) => string

const WRITERS: Readonly<Record<ExportFormat, Write>> = {
  jsonl: (calls) => calls.map(({ event }) => `${JSON.stringify(event)}\n`).join(''),
  har: harText,
  csv: csvText,
  html: htmlText,
}

const ENDINGS: Readonly<Record<string, ExportFormat>> = {
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  har: 'har',
  csv: 'csv',
  html: 'html',
  htm: 'html',
}

export const EXPORT_FORMATS = Object.keys(WRITERS) as readonly ExportFormat[]

/** The format that the ending of a file's name asks for; undefined when it is none of ours. */
export const exportFormat = (path: string): ExportFormat | undefined => {
  const ending = /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(ENDINGS, ending) ? ENDINGS[ending] : undefined
}

/**
 * The calls as a file, the oldest first. JSON lines hold all of the record's events and are read back by
 * `datacline tui --file`; the others are for other programs: HAR 1.2, CSV (RFC 4180), one page of HTML.
 */
export const exportText = (
  format: ExportFormat,
  calls: readonly ExportedCall[],
  source: ExportSource,
): string =>
  WRITERS[format](
    calls.toSorted((left, right) => left.event.seq - right.event.seq),
    source,
  )
