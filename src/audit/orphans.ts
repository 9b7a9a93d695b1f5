import type { AuditEvent } from '../core/events.ts'
import { toLine } from './event-line.ts'
import { type Note, toNoted, toUnknown } from './project.ts'
import type { Redactor } from './redact.ts'
import { type AuditRow, fromRow, RECOVERED, toRow } from './schema.ts'
import type { LineSink } from './sinks/line-sink.ts'

export type RecoveryOptions = Readonly<{
  /** The rows of the `ORPHANS` query. */
  orphans: readonly Readonly<Record<string, string | number | null>>[]
  firstSequence: number
  append: (rows: readonly AuditRow[]) => Promise<void>
  sinks: readonly LineSink[]
  redactor: Redactor
  /** Milliseconds since the epoch. */
  now: () => number
}>

/**
 * Gives every intent that an earlier run left open the outcome `unknown`, and marks the place up to
 * which nothing is open any more. Resolves to the next sequence number when that is durable.
 *
 * @throws Error when it cannot be written
 */
export const recoverOrphans = async (options: RecoveryOptions): Promise<number> => {
  const timestamp = new Date(options.now()).toISOString()
  const stamp = (index: number) => ({ seq: options.firstSequence + index, timestamp })
  const outcomes = options.orphans.map((row, index) => toUnknown(fromRow(row), stamp(index)))
  const recovered: Note = {
    code: RECOVERED,
    status: 'success',
    parameters: { unknown: outcomes.length },
  }
  const events: readonly AuditEvent[] = [
    ...outcomes,
    toNoted(recovered, stamp(outcomes.length), options.redactor),
  ]
  await options.append(events.map(toRow))
  for (const line of events.map(toLine)) for (const sink of options.sinks) sink.write(line)
  return options.firstSequence + events.length
}
