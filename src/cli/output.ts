import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { printable } from '../core/printable.ts'
import { type Paint, paintFor, type Tone } from './colour.ts'
import { CliFault, faultEnvelope, faultText } from './failure.ts'
import { project, projectList, valueAt } from './fields.ts'
import type { Surroundings } from './surroundings.ts'
import { type Column, tableText } from './table.ts'
import { escapedJson, printableText } from './text.ts'

export type Format = 'text' | 'json' | 'ndjson'

/** Where results, notes and errors go. Results alone go to standard output. */
export type Output = Readonly<{
  format: Format
  /** Whether people read the result: not with --json or ndjson. */
  forPeople: boolean
  /** Colours of standard output. */
  paint: Paint
  /** A value as JSON of one line; harmless on a terminal. */
  json: (value: unknown) => string
  /** The one result of a command. `text` is only asked for people; it ends its own lines. */
  result: (value: unknown, text: () => string) => void
  /** A result that is mainly a list, `body[member]`: a table for people, a line each for ndjson. */
  list: (body: JsonObject, member: string, columns: readonly Column<JsonObject>[]) => void
  /** One line beside the result, on standard error, made harmless; nothing with --quiet. */
  note: (line: string, tone?: Tone) => void
  /** The end of a command that failed, on standard error. */
  failure: (fault: CliFault) => void
}>

export type OutputOptions = Readonly<{
  format: Format
  fields: readonly string[] | undefined
  quiet: boolean
  noColour: boolean
}>

export const createOutput = (
  { stdout, stderr, environment }: Pick<Surroundings, 'stdout' | 'stderr' | 'environment'>,
  { format, fields, quiet, noColour }: OutputOptions,
): Output => {
  const forPeople = format === 'text'
  const paint = paintFor(stdout, environment, noColour)
  const paintNote = paintFor(stderr, environment, noColour)
  const json = stdout.isTerminal ? escapedJson : (value: unknown) => JSON.stringify(value)
  const line = (value: unknown) => stdout.write(`${json(value)}\n`)
  const chosen = (value: unknown) => (fields === undefined ? value : project(value, fields))
  const documents = (body: JsonObject, member: string): readonly unknown[] => {
    if (format === 'ndjson') return entriesOf(body, member).map(chosen)
    return [fields === undefined ? body : projectList(body, member, fields)]
  }
  const rowsText = (entries: readonly unknown[], columns: readonly Column<JsonObject>[]) =>
    tableText(columns, entries.filter(isObject), { width: stdout.columns(), paint })
  const note: Output['note'] = (text, tone) => {
    const safe = printableText(text)
    if (!quiet) stderr.write(`${tone === undefined ? safe : paintNote(tone, safe)}\n`)
  }

  return {
    format,
    forPeople,
    paint,
    json,
    result: (value, text) => {
      if (!forPeople) line(chosen(value))
      else if (fields === undefined) stdout.write(text())
      else stdout.write(valuesText(chosen(value)))
    },
    list: (body, member, columns) => {
      const entries = entriesOf(body, member)
      if (!forPeople) for (const document of documents(body, member)) line(document)
      else if (entries.length > 0)
        stdout.write(rowsText(entries, fields?.map(fieldColumn) ?? columns))
      // A script reads an empty answer; a person wonders whether anything was asked.
      else if (stdout.isTerminal) note(`no ${member}`)
    },
    note,
    failure: (fault) => stderr.write(forPeople ? faultText(fault) : faultEnvelope(fault)),
  }
}

/**
 * What flags and environment say of the output; also asked when the flags themselves cannot be read,
 * so that a script gets its errors as JSON in any case.
 */
export const outputOptions = (
  flags: Readonly<Record<string, unknown>>,
  environment: Surroundings['environment'],
): OutputOptions => ({
  format: formatOf(flags, environment),
  fields: typeof flags.fields === 'string' ? splitFields(flags.fields) : undefined,
  quiet: flags.quiet === true,
  noColour: flags['no-color'] === true,
})

const FORMATS: readonly string[] = ['text', 'json', 'ndjson'] satisfies Format[]
const isFormat = (text: unknown): text is Format =>
  typeof text === 'string' && FORMATS.includes(text)

const formatOf = (
  flags: Readonly<Record<string, unknown>>,
  environment: Surroundings['environment'],
): Format => {
  if (flags.json === true) return 'json'
  if (isFormat(flags.output)) return flags.output
  return isFormat(environment.DATACLINE_OUTPUT) ? environment.DATACLINE_OUTPUT : 'text'
}

const splitFields = (text: string): string[] => {
  const fields = text.split(',').map((field) => field.trim())
  if (fields.includes('')) throw new CliFault('usage', '--fields needs names such as name,url')
  return fields
}

const entriesOf = (body: JsonObject, member: string): readonly unknown[] =>
  Array.isArray(body[member]) ? (body[member] as unknown[]) : []

const shown = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)

const fieldColumn = (field: string): Column<JsonObject> => ({
  title: field.toUpperCase(),
  value: (row) => shown(valueAt(row, field)),
})

/** Chosen members for people: one value a line. */
const valuesText = (value: unknown): string =>
  Object.values(isObject(value) ? value : { value })
    .map((each) => `${printable(shown(each))}\n`)
    .join('')
