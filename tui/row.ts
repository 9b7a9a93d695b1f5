import type { AuditEvent } from '../src/core/events.ts'
import { doorSentence } from './door.ts'
import type { Tone } from './theme.ts'

/** How a call stands: what was decided, and how it ended. */
export type Mark =
  | 'permit'
  | 'deny'
  | 'error'
  | 'failed'
  | 'refused'
  | 'cancelled'
  | 'pending'
  | 'unknown'

/** One call as the list shows it: its newest row of the record. */
export type Row = Readonly<{
  /** Of its first row: what the cursor holds on to. */
  seq: number
  /** Milliseconds since the epoch. */
  at: number
  mark: Mark
  event: AuditEvent
  /** Whether parts of the event were left at the gateway. */
  slim: boolean
}>

/** Characters of parameters that a row keeps; the whole is asked for when it is opened. */
const KEPT = 2048

/** The first row of a call. */
export const toRow = (event: AuditEvent): Row => ({
  seq: event.seq,
  at: Date.parse(event.timestamp),
  mark: markOf(event),
  ...slimmed(event),
})

/** A call whose outcome has come. */
export const settle = (row: Row, event: AuditEvent): Row => ({
  ...row,
  mark: markOf(event),
  ...slimmed(event),
})

const slimmed = (given: AuditEvent): Pick<Row, 'event' | 'slim'> => {
  const event = tidied(given)
  const { parameters, ...rest } = event
  const slim = (JSON.stringify(parameters) ?? '').length > KEPT
  return slim ? { event: rest, slim } : { event, slim }
}

const wordOr = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

/** A recording is checked only as far as the record's readers rely on it; here more is relied on. */
export const tidied = (event: AuditEvent): AuditEvent => {
  const { decision } = event
  if (decision === undefined) return event
  const { rule, at, advice } = decision
  return {
    ...event,
    decision: { ...decision, rule: wordOr(rule), at: wordOr(at), advice: wordOr(advice) },
  }
}

const markOf = ({ phase, status, event_type, code, response_status }: AuditEvent): Mark => {
  if (phase === 'intent' || status === 'pending') return 'pending'
  if (status === 'success') return 'permit'
  if (event_type === 'authentication' || status === 'refused') return 'refused'
  if (status === 'denied') return 'deny'
  if (status === 'cancelled') return 'cancelled'
  if (status === 'error') return isBroken(code, response_status) ? 'failed' : 'error'
  return 'unknown'
}

/** The server could not be asked, which is another matter than a tool that says no. */
const isBroken = (code: string | undefined, status = 200): boolean =>
  code?.startsWith('upstream_') === true || status >= 500

export const MARK_TONES: Readonly<Record<Mark, Tone>> = {
  permit: 'permit',
  deny: 'deny',
  error: 'error',
  failed: 'error',
  refused: 'warn',
  cancelled: 'warn',
  pending: 'pending',
  unknown: 'warn',
}

/** The word beside the glyph. */
export const MARK_WORDS: Readonly<Record<Mark, string>> = {
  permit: 'PERMITTED',
  deny: 'DENIED',
  error: 'ERROR',
  failed: 'FAILED',
  refused: 'REFUSED',
  cancelled: 'CANCELLED',
  pending: 'UNDER WAY',
  unknown: 'UNKNOWN',
}

/** What was asked for: the item, else the method. */
export const subjectOf = ({ tool_name, method, action, code }: AuditEvent): string => {
  if (tool_name !== undefined && tool_name !== '*') return tool_name
  // Methods of our own are what faces mean; the action says it in the words of the policy.
  const said = method?.startsWith('datacline/') ? (action ?? method) : method
  return said ?? action ?? code ?? '—'
}

/** What the decision does not explain. */
const BROKEN_OFF: readonly Mark[] = ['error', 'failed', 'cancelled', 'unknown']

/** Why it ended as it did, as short as it can be said. */
export const causeOf = ({ mark, event }: Row): string => {
  if (mark === 'refused') return doorSentence(event.error) ?? event.error ?? event.code ?? ''
  if (BROKEN_OFF.includes(mark)) {
    return event.error ?? event.code ?? event.policy_decision ?? ''
  }
  const { decision } = event
  if (decision?.rule !== undefined) return decision.rule.replace(/^role:/, '')
  return decision === undefined ? (event.error ?? event.policy_decision ?? '') : decision.code
}

/** The status as the list shows it; what MCP says within a 200 is told from success by a word. */
export const statusOf = ({ mark, event }: Row, ellipsis: string): string => {
  if (mark === 'pending') return ellipsis
  const isInBand = (event.response_status ?? 200) < 400
  if (mark === 'error' && isInBand) return 'TOOL'
  if (mark === 'deny' && isInBand) return 'DENY'
  return event.response_status === undefined ? '—' : String(event.response_status)
}

/** Where a search looks, in lower case. */
export const searchText = ({ event }: Row): string => {
  const { user, mcp_server, method, policy_decision, error, parameters } = event
  const said = parameters === undefined ? '' : JSON.stringify(parameters)
  return [user, mcp_server, subjectOf(event), method, policy_decision, error, said]
    .join('\n')
    .toLowerCase()
}
