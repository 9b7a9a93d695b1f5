import {
  ClientLeft,
  GatewayError,
  Overloaded,
  SessionNotFound,
  UpstreamFailed,
  UpstreamTimedOut,
} from '../core/errors.ts'
import { Http1Error, type Http1Fault } from '../lib/http1-error.ts'
import { SseError } from '../lib/sse.ts'

/** What callers read; the address and the detail stay in the cause. */
const SENTENCES: Record<Exclude<Http1Fault, 'queue' | 'aborted'>, string> = {
  connect: 'could not be reached',
  tls: 'showed a certificate that was not accepted',
  refused: 'has a link-local or metadata address, which is never contacted',
  unsent: 'closed the connection',
  unanswered: 'closed the connection without an answer',
  closed: 'broke off in the middle of its answer',
  protocol: 'answered with something that is not HTTP',
  too_large: 'gave an answer that is too large',
}

/** Cause of a failure where a server did answer, only not with JSON-RPC for this request. */
export class NotAnAnswer extends Error {
  override readonly name = 'NotAnAnswer'
  /** HTTP status; undefined where there is none. */
  readonly status: number | undefined
  constructor(status?: number) {
    super(status === undefined ? 'Not an answer' : `HTTP ${status}`)
    this.status = status
  }
}

/** A failure of a server as a refusal whose sentence names the server and no address. */
export const failed = (
  server: string,
  what: string,
  cause?: unknown,
  retryAfter?: number,
): UpstreamFailed =>
  new UpstreamFailed(`Server ${server} ${what}`, {
    cause,
    ...(retryAfter !== undefined && { retryAfter }),
  })

/** What an HTTP status without a JSON-RPC answer means. */
export const httpRefusal = (server: string, status: number): UpstreamFailed => {
  const refused = status === 401 || status === 403
  const what = refused ? `refused the gateway's credentials (HTTP ${status})` : undefined
  return failed(server, what ?? `answered with HTTP ${status}`, new NotAnAnswer(status))
}

export const timedOut = (server: string): UpstreamTimedOut =>
  new UpstreamTimedOut(`Server ${server} did not answer in time`)

export const clientLeft = (): ClientLeft => new ClientLeft('The client left before the answer')

export const sessionGone = (): SessionNotFound =>
  new SessionNotFound('The server has ended this session')

/** Whatever went wrong while speaking to a server, as a refusal. */
export const asUpstreamFault = (server: string, cause: unknown): GatewayError => {
  if (cause instanceof GatewayError) return cause
  if (cause instanceof SseError) return failed(server, 'sent an unreadable event stream', cause)
  if (!(cause instanceof Http1Error)) return failed(server, 'failed', cause)
  if (cause.fault === 'aborted') return clientLeft()
  if (cause.fault === 'queue') {
    return new Overloaded(`Too many calls wait for server ${server}`, { cause, retryAfter: 1 })
  }
  return failed(server, SENTENCES[cause.fault], cause)
}
