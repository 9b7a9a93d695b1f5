import type { Reason } from '../core/decision.ts'
import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { DECISION_META, EXCHANGE_HEADER } from '../core/protocol.ts'

/**
 * How an exchange with the gateway failed. `unreachable`: nothing answers there. `silent`: the gateway
 * itself did not answer in time. `upstream_silent`: the gateway lives, the answer did not come in time.
 * `foreign`: what answered is no gateway. `refused`: the gateway said no, `code` says why. `failed`: the
 * server behind it answered with an error of its own. `aborted`: the caller gave up.
 */
export type FaultKind =
  | 'unreachable'
  | 'silent'
  | 'upstream_silent'
  | 'foreign'
  | 'refused'
  | 'failed'
  | 'aborted'

export type ClientFaultDetails = Readonly<{
  /** The gateway's stable code (core/errors.ts); only for `refused`. */
  code?: string | undefined
  /** HTTP status. */
  status?: number | undefined
  /** JSON-RPC error code. */
  rpcCode?: number | undefined
  reason?: Reason | undefined
  /** Seconds. */
  retryAfter?: number | undefined
  /** The id of the exchange in the gateway's record. */
  exchange?: string | undefined
  /** Why the gateway was sought where it is not. */
  why?: string | undefined
  cause?: unknown
}>

export class ClientFault extends Error {
  override readonly name = 'ClientFault'
  readonly kind: FaultKind
  readonly details: ClientFaultDetails
  constructor(kind: FaultKind, message: string, details: ClientFaultDetails = {}) {
    super(message, { cause: details.cause })
    this.kind = kind
    this.details = details
  }
}

/** A refusal of the REST face: `{detail, code, reason}`. Undefined when the body is none of ours. */
export const restRefusal = (body: unknown, response: Response): ClientFault | undefined => {
  if (!isObject(body) || typeof body.detail !== 'string') return undefined
  return new ClientFault('refused', body.detail, {
    code: typeof body.code === 'string' ? body.code : undefined,
    status: response.status,
    reason: asReason(body.reason),
    retryAfter: retryAfterOf(response),
    exchange: exchangeOf(response),
  })
}

/**
 * An error answer of the MCP face. With HTTP 200 it may come from the server behind the gateway, which
 * says whatever it likes: then only those codes count that the gateway itself sends in band.
 */
export const rpcFault = (error: JsonObject, response: Response): ClientFault => {
  const data = isObject(error.data) ? error.data : {}
  const code = typeof data.code === 'string' ? data.code : undefined
  const ours = code !== undefined && (!response.ok || IN_BAND.has(code))
  return new ClientFault(ours ? 'refused' : 'failed', String(error.message ?? 'No message'), {
    code: ours ? code : undefined,
    status: response.status,
    rpcCode: typeof error.code === 'number' ? error.code : undefined,
    reason: ours ? asReason(data[DECISION_META]) : undefined,
    retryAfter: retryAfterOf(response),
    exchange: exchangeOf(response),
  })
}

/** The id under which the gateway's record keeps an answer; only of what it forwarded or refused. */
export const exchangeOf = (response: Response): string | undefined =>
  response.headers.get(EXCHANGE_HEADER) ?? undefined

const IN_BAND: ReadonlySet<string> = new Set([
  'access_denied',
  'not_found',
  'invalid_params',
  'method_not_found',
  'upstream_failed',
  'upstream_timed_out',
  'overloaded',
])

const retryAfterOf = (response: Response): number | undefined => {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds : undefined
}

/** The reason of a denial as the gateway sends it; undefined for anything that is none. */
export const asReason = (value: unknown): Reason | undefined =>
  isObject(value) && typeof value.text === 'string' && typeof value.code === 'string'
    ? (value as unknown as Reason)
    : undefined
