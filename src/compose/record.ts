import { recoverOrphans } from '../audit/orphans.ts'
import { createRecorder, type Recorder } from '../audit/recorder.ts'
import { createRedactor, type Redactor } from '../audit/redact.ts'
import { AUDIT_MIGRATIONS, INSERT_EVENT, MAX_SEQUENCE, ORPHANS } from '../audit/schema.ts'
import { createJsonLinesSink } from '../audit/sinks/json-lines.ts'
import type { LineSink } from '../audit/sinks/line-sink.ts'
import { createStdoutSink, type LineStream } from '../audit/sinks/stdout.ts'
import type { Settings } from '../config/settings.ts'
import type { GatewayEvent } from '../core/events.ts'
import { openDatabase, readRows } from '../state/database.ts'
import { createWriter } from '../state/writer.ts'
import { recordPath } from './record-path.ts'

/** The record with everything under it, ready to admit. */
export type OpenRecord = Recorder &
  Readonly<{
    firstSequence: number
    /** The database file. */
    path: string
    /** Secrets learned since the start, such as those of a reloaded servers file. */
    learnSecrets: (secrets: readonly string[]) => void
    /** Text as it may be shown: known secrets and what looks like one are masked. */
    redact: (text: string) => string
    /** A JSON value as it may be shown, of at most about 64 KiB as text. */
    redactBody: (value: unknown) => unknown
    reopen: () => void
  }>

/** Bytes of a message that is shown. */
const BODY = 64 * 1024

export type RecordOptions = Readonly<{
  settings: Settings
  stateDirectory: string
  /** Where JSON lines go when standard output is no terminal. */
  lines: LineStream | undefined
  publish: (event: GatewayEvent) => void
  now: () => number
  tick: () => number
}>

/**
 * Opens the record: the database with its migrations, what an earlier run left open, the sinks.
 *
 * @throws DatabaseTooNew, and what the file system says when the database cannot be opened
 */
export const openRecord = async (options: RecordOptions): Promise<OpenRecord> => {
  const { settings, stateDirectory, now, tick, publish } = options
  const path = recordPath(settings, stateDirectory)
  const table = { path, migrations: AUDIT_MIGRATIONS, insert: INSERT_EVENT }
  const { firstSequence, orphans } = leftOver(table)
  const writer = createWriter({ table })
  const sinks = createSinks(settings, options.lines)
  const known = new Set<string>()
  let current = createRedactor({})
  let ofBodies = createRedactor({ limit: BODY })
  const redactor: Redactor = {
    value: (value) => current.value(value),
    stable: (value) => current.stable(value),
    text: (text) => current.text(text),
  }
  const next = await recoverOrphans({
    orphans,
    firstSequence,
    append: writer.append,
    sinks,
    redactor,
    now,
  })
  const recorder = createRecorder({
    append: writer.append,
    firstSequence: next,
    sinks,
    redactor,
    publish,
    now,
    tick,
  })
  return {
    ...recorder,
    firstSequence: next,
    path,
    learnSecrets(secrets) {
      for (const secret of secrets) known.add(secret)
      current = createRedactor({ secrets: [...known] })
      ofBodies = createRedactor({ secrets: [...known], limit: BODY })
    },
    redact: redactor.text,
    redactBody: (value) => ofBodies.value(value),
    reopen() {
      for (const sink of sinks) sink.reopen?.()
    },
    async close() {
      await recorder.close()
      await writer.close()
    },
  }
}

const leftOver = (table: Parameters<typeof openDatabase>[0]) => {
  const database = openDatabase(table)
  try {
    const [row] = readRows(database, MAX_SEQUENCE)
    return { firstSequence: Number(row?.top ?? 0) + 1, orphans: readRows(database, ORPHANS) }
  } finally {
    database.close()
  }
}

const createSinks = ({ values }: Settings, lines: LineStream | undefined): LineSink[] => {
  const file = createJsonLinesSink({ path: values.auditLogFile })
  return lines !== undefined && values.auditToStdout
    ? [file, createStdoutSink({ stream: lines, linger: 5 })]
    : [file]
}
