import type { GatewayEvent } from '../core/events.ts'
import { GatewayEventSchema } from '../core/history.ts'
import { parseLossless } from '../lib/lossless-json.ts'
import { firstViolation } from '../lib/schema-violation.ts'

/** A line that is no event, counted from 1. */
export type LineFault = Readonly<{ line: number; problem: string }>

export type EventFile = Readonly<{
  /** One event an exchange, in the order of their last lines. */
  events: readonly GatewayEvent[]
  faults: readonly LineFault[]
}>

/**
 * Reads what `datacline audit tail --json` or the record's own file wrote: one event a line. Lines that
 * are none are told and left out, so that a file that was cut off can still be looked at.
 */
export const readEventFile = (text: string): EventFile => {
  const byExchange = new Map<string, GatewayEvent>()
  const faults: LineFault[] = []
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue
    const read = readEventLine(line)
    if ('problem' in read) faults.push({ line: index + 1, problem: read.problem })
    else keep(byExchange, read.event)
  }
  return { events: [...byExchange.values()], faults }
}

/** One line of such a file: an event, or why it is none. */
export const readEventLine = (
  line: string,
): Readonly<{ event: GatewayEvent } | { problem: string }> => {
  try {
    return readEvent(parseLossless(line))
  } catch {
    return { problem: 'is no JSON' }
  }
}

/** The value as an event, or why it is none. */
export const readEvent = (
  value: unknown,
): Readonly<{ event: GatewayEvent } | { problem: string }> => {
  const violation = firstViolation(GatewayEventSchema, value)
  if (violation === undefined) return { event: value as GatewayEvent }
  const where = violation.path.length === 0 ? '' : `${violation.path.join('.')}: `
  return { problem: `is no event: ${where}${violation.sentence}` }
}

/** An outcome takes the place of its intent; something that happened to the gateway stands alone. */
const keep = (byExchange: Map<string, GatewayEvent>, event: GatewayEvent): void => {
  const key = event.phase === 'event' ? `event ${event.seq}` : event.exchange_id
  const before = byExchange.get(key)
  if (before !== undefined && event.phase === 'intent') return
  byExchange.delete(key)
  byExchange.set(key, event)
}
