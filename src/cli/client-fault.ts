import type { ClientFault, FaultKind } from '../client/fault.ts'
import type { JsonObject } from '../core/json-rpc.ts'
import type { ExitName } from './exit-codes.ts'
import { CliFault } from './failure.ts'

/** How the gateway's refusals (core/errors.ts) end a command. */
const BY_CODE: Readonly<Record<string, ExitName>> = {
  unauthenticated: 'auth',
  authentication_unavailable: 'auth',
  access_denied: 'policy_denied',
  server_not_found: 'not_found',
  not_found: 'not_found',
  upstream_failed: 'upstream_unreachable',
  upstream_timed_out: 'upstream_unreachable',
  overloaded: 'rate_limited',
  record_unavailable: 'gateway_unreachable',
  host_not_allowed: 'gateway_unreachable',
  origin_not_allowed: 'gateway_unreachable',
  internal_error: 'internal',
}

const BY_KIND: Readonly<Record<FaultKind, ExitName>> = {
  unreachable: 'gateway_unreachable',
  silent: 'gateway_unreachable',
  foreign: 'gateway_unreachable',
  upstream_silent: 'upstream_unreachable',
  refused: 'usage',
  failed: 'tool_error',
  aborted: 'interrupted',
}

const HINTS: Partial<Readonly<Record<ExitName, string>>> = {
  auth: 'give a token: --token-file FILE, or DATACLINE_TOKEN',
  gateway_unreachable: 'datacline serve, or --gateway URL',
}

/** A fault of the client as people and scripts are told it. */
export const toCliFault = (fault: ClientFault): CliFault => {
  const { code, status, rpcCode, reason, retryAfter, exchange } = fault.details
  const exit = (code === undefined ? undefined : BY_CODE[code]) ?? BY_KIND[fault.kind]
  const extra: JsonObject = {
    ...(code !== undefined && { reason_code: code }),
    ...(status !== undefined && { status }),
    ...(rpcCode !== undefined && { rpc_code: rpcCode }),
    ...(reason !== undefined && { decision: reason }),
    ...(retryAfter !== undefined && { retry_after_s: retryAfter }),
    ...(exchange !== undefined && { audit_id: exchange }),
  }
  const denied = exit === 'policy_denied'
  return new CliFault(exit, denied ? 'denied by policy' : fault.message, {
    why: denied ? (reason?.text ?? fault.message) : fault.details.why,
    hint: hintOf(exit, fault),
    extra,
    cause: fault,
  })
}

/** What would be permitted, or whom to ask, and how to read the whole decision. */
export const deniedHint = (
  advice: string | undefined,
  exchange: string | undefined,
): string | undefined => {
  const show = exchange === undefined ? undefined : `datacline audit show ${exchange}`
  return [advice, show].filter((each) => each !== undefined).join('; ') || undefined
}

const hintOf = (exit: ExitName, { kind, details }: ClientFault): string | undefined => {
  if (kind === 'silent' || kind === 'upstream_silent') return '--timeout gives it more time'
  if (details.retryAfter !== undefined) return `try again in ${details.retryAfter} s`
  if (exit === 'policy_denied') return deniedHint(details.reason?.advice, details.exchange)
  if (details.code === 'server_not_found') return 'datacline list-servers'
  return details.code === undefined || exit === 'auth' ? HINTS[exit] : undefined
}
