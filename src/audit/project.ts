import { AccessDenied, type GatewayError, Unauthenticated } from '../core/errors.ts'
import type { AuditEvent } from '../core/events.ts'
import type { Exchange, Outcome } from '../core/exchange.ts'
import { methodRow, type Operation } from '../core/operation.ts'
import type { Redactor } from './redact.ts'

/** The part of a row that only the moment gives. */
export type Stamp = Readonly<{ seq: number; timestamp: string }>

type Fields = { [Key in keyof AuditEvent]: AuditEvent[Key] | undefined }

/** Who does what, and what was decided: the same in an exchange's intent and in its outcome. */
export type Subject = Pick<
  Fields,
  | 'exchange_id'
  | 'user'
  | 'issuer'
  | 'subject'
  | 'token_id'
  | 'source_address'
  | 'face'
  | 'era'
  | 'method'
  | 'action'
  | 'mcp_server'
  | 'tool_name'
  | 'parameters'
  | 'policy_decision'
  | 'decision'
>

/** Something that happened to the gateway itself: a reload, an approval, a start. */
export type Note = Readonly<{
  /** Stable, snake_case, such as `policy_reloaded`. */
  code: string
  status: 'success' | 'error' | 'denied'
  level?: AuditEvent['level']
  /** Who did it, when it was somebody. */
  user?: string
  /** What it was about; redacted like any parameters. */
  parameters?: unknown
  error?: string
  /** The exchange that led to it, when there is one. */
  exchange_id?: string
}>

type Ending = Pick<Fields, 'level' | 'event_type' | 'status'>

/** The part of a row that stays the same from intent to outcome, redacted. */
export const toSubject = (exchange: Exchange, redactor: Redactor): Subject => {
  const { principal, operation, decision } = exchange
  const text = (value: string | undefined) => (value === undefined ? value : redactor.text(value))
  return {
    exchange_id: exchange.id,
    user: text(principal?.username),
    issuer: principal?.issuer,
    subject: text(principal?.subject),
    token_id: principal?.tokenId,
    source_address: exchange.source.address,
    face: exchange.face,
    era: operation?.era,
    method: text(operation?.method),
    action: text(operation?.action),
    mcp_server: text(serverOf(exchange)),
    tool_name: text(itemOf(operation)),
    parameters: redactor.value(operation?.arguments),
    policy_decision: text(decision?.reason.text),
    decision: decision && (redactor.stable(decision.reason) as AuditEvent['decision']),
  }
}

/** The row that stands before anything is forwarded. */
export const toIntent = (subject: Subject, stamp: Stamp): AuditEvent =>
  assemble(subject, stamp, {
    phase: 'intent',
    level: 'INFO',
    event_type: 'mcp_request',
    status: 'pending',
  })

/** The one row that ends an exchange: its outcome when it was admitted or answered, else its refusal. */
export const toSettled = (
  exchange: Exchange,
  subject: Subject,
  stamp: Stamp,
  settling: Readonly<{ admitted: boolean; duration: number; redactor: Redactor }>,
): AuditEvent => {
  const { outcome, error } = exchange
  const answered = settling.admitted || (outcome !== undefined && error === undefined)
  const text = errorText(outcome, error)
  const { level, event_type, status } = answered
    ? outcomeEnding(outcome, error)
    : refusalEnding(exchange)
  return assemble(subject, stamp, {
    phase: answered ? 'outcome' : 'refusal',
    level,
    event_type,
    status,
    duration_ms: Math.max(0, Math.round(settling.duration)),
    response_status: outcome?.responseStatus ?? (error && statusFor(exchange.face, error)),
    code: error?.code,
    error: text && settling.redactor.text(text),
  })
}

/** The row of something that was no exchange. */
export const toNoted = (note: Note, stamp: Stamp, redactor: Redactor): AuditEvent => {
  const about = {
    exchange_id: note.exchange_id ?? `event-${stamp.seq}`,
    user: note.user === undefined ? undefined : redactor.text(note.user),
    parameters: redactor.value(note.parameters),
  }
  return assemble(about, stamp, {
    phase: 'event',
    level: note.level ?? (note.status === 'success' ? 'INFO' : 'WARNING'),
    event_type: 'gateway',
    status: note.status,
    code: note.code,
    error: note.error === undefined ? undefined : redactor.text(note.error),
  })
}

/** The outcome of an operation that an earlier run of the gateway did not live to see. */
export const toUnknown = (intent: AuditEvent, stamp: Stamp): AuditEvent =>
  assemble(intent, stamp, {
    phase: 'outcome',
    level: 'WARNING',
    event_type: intent.event_type,
    status: 'unknown',
    code: 'outcome_unknown',
    error: 'The gateway ended before the outcome was recorded',
  })

/** What was asked of the gateway itself has no server. */
const serverOf = ({ operation, server }: Exchange): string | undefined => {
  if (operation === undefined) return server
  return operation.scope === 'gateway' ? undefined : operation.resource.server
}

/** A method without a row is an item too, but none with a name. */
const itemOf = (operation: Operation | undefined): string | undefined =>
  operation?.scope === 'item' && methodRow(operation.method) !== undefined
    ? operation.resource.name
    : undefined

const outcomeEnding = (outcome: Outcome | undefined, error: GatewayError | undefined): Ending => {
  if (error?.code === DENIAL) return DENIED
  const status = error === undefined ? (outcome?.status ?? 'unknown') : statusOf(error)
  const level = status === 'error' ? 'ERROR' : status === 'success' ? 'INFO' : 'WARNING'
  return { event_type: 'mcp_request', status, level }
}

const statusOf = (error: GatewayError): Outcome['status'] =>
  error.code === 'client_left' ? 'cancelled' : 'error'

const DENIAL = 'access_denied'
const DENIED: Ending = { event_type: 'policy_violation', status: 'denied', level: 'WARNING' }

const ENDINGS: ReadonlyMap<string | undefined, Ending> = new Map([
  [DENIAL, DENIED],
  ['unauthenticated', { event_type: 'authentication', status: 'denied', level: 'WARNING' }],
  ['authentication_unavailable', { event_type: 'authentication', status: 'error', level: 'ERROR' }],
  ['client_left', { event_type: 'request_refused', status: 'cancelled', level: 'WARNING' }],
])

const refusalEnding = ({ decision, error }: Exchange): Ending => {
  // However the denial is told (it may be concealed as an unknown name), it is a denial.
  if (decision?.effect === 'deny') return DENIED
  const level = (error?.status ?? 500) >= 500 ? 'ERROR' : 'WARNING'
  return ENDINGS.get(error?.code) ?? { event_type: 'request_refused', status: 'refused', level }
}

const statusFor = (face: Exchange['face'], error: GatewayError): number =>
  face === 'mcp' ? error.mcpStatus : error.status

/** What the caller was told, and what the operator must know besides. */
const errorText = (
  outcome: Outcome | undefined,
  error: GatewayError | undefined,
): string | undefined => {
  if (error === undefined) return outcome?.error
  if (error instanceof Unauthenticated) return error.reason
  if (error instanceof AccessDenied) return error.message
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

type Ended = Ending &
  Pick<AuditEvent, 'phase'> &
  Partial<Pick<Fields, 'duration_ms' | 'response_status' | 'code' | 'error'>>

/** The row with its members in the order people read them; what it does not have, JSON leaves out. */
const assemble = (subject: Partial<Subject>, stamp: Stamp, ended: Ended): AuditEvent => {
  const row: Fields = {
    timestamp: stamp.timestamp,
    level: ended.level,
    logger: 'audit',
    event_type: ended.event_type,
    user: subject.user,
    action: subject.action,
    mcp_server: subject.mcp_server,
    tool_name: subject.tool_name,
    parameters: subject.parameters,
    status: ended.status,
    policy_decision: subject.policy_decision ?? `not decided: ${ended.code ?? ended.event_type}`,
    duration_ms: ended.duration_ms,
    response_status: ended.response_status,
    error: ended.error,
    code: ended.code,
    seq: stamp.seq,
    phase: ended.phase,
    exchange_id: subject.exchange_id,
    face: subject.face,
    era: subject.era,
    method: subject.method,
    issuer: subject.issuer,
    subject: subject.subject,
    token_id: subject.token_id,
    source_address: subject.source_address,
    decision: subject.decision,
  }
  return row as AuditEvent
}
