import type { GatewayEvent } from '../core/events.ts'
import { printable } from '../core/printable.ts'

const MARKS: Readonly<Record<string, string>> = {
  success: '✓ permitted',
  error: '! failed   ',
  denied: '✗ denied   ',
  refused: '✗ refused  ',
  cancelled: '- cancelled',
}

const COLOURS: Readonly<Record<string, string>> = {
  success: '32',
  error: '33',
  denied: '31',
  refused: '31',
  cancelled: '33',
}

/**
 * One event as a line for people: when, who, what, how it was decided and why. Undefined for events
 * that say nothing new, such as an intent whose outcome follows.
 */
export const eventLine = (event: GatewayEvent, colour: boolean): string | undefined => {
  if (event.phase === 'intent') return undefined
  const time = new Date(event.timestamp).toTimeString().slice(0, 8)
  if (event.phase === 'event') return `${time} · ${printable(event.error ?? event.code ?? '')}`
  const mark = MARKS[event.status] ?? event.status
  const shown = colour ? `\u001b[${COLOURS[event.status] ?? '0'}m${mark}\u001b[0m` : mark
  const what = [event.mcp_server, event.tool_name].filter((part) => part && part !== '*').join(' ')
  const parts = [
    time,
    shown,
    printable(event.user ?? '-'),
    printable([event.action ?? event.code, what].filter(Boolean).join(' ')),
    event.duration_ms === undefined ? undefined : `${event.duration_ms}ms`,
    printable(whyOf(event)),
  ]
  return parts.filter(Boolean).join('  ')
}

/** The decision where it is the news, the fault where that is. */
const whyOf = (event: GatewayEvent): string => {
  const decided = event.status === 'success' || event.status === 'denied'
  return (decided ? event.policy_decision : event.error) ?? ''
}
