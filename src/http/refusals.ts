import { AccessDenied, type GatewayError, Unauthenticated } from '../core/errors.ts'
import type { Exchange } from '../core/exchange.ts'
import { errorText, resultText } from '../core/json-rpc.ts'
import { DECISION_META, EXCHANGE_HEADER } from '../core/protocol.ts'
import { jsonAnswer } from './json-answer.ts'

type Headers = Record<string, string>
/** A refusal, and the exchange that ended with it. */
type Refused = Readonly<{ exchange: Exchange; refusal: GatewayError }>

const headersFor = ({ exchange, refusal }: Refused, challenge: string | undefined): Headers => ({
  [EXCHANGE_HEADER]: exchange.id,
  ...(refusal.retryAfter !== undefined && { 'retry-after': String(refusal.retryAfter) }),
  ...(challenge !== undefined && { 'www-authenticate': challenge }),
})

const challengeFor = (refusal: GatewayError, challenge: (presented: boolean) => string) =>
  refusal instanceof Unauthenticated ? challenge(refusal.presented) : undefined

/** How a person or a script reads a refusal: `detail` always, `reason` for a denied item. */
const refusalBody = (refusal: GatewayError): Record<string, unknown> => ({
  detail: refusal.message,
  code: refusal.code,
  ...(refusal instanceof AccessDenied &&
    refusal.decision.scope === 'item' && { reason: refusal.decision.reason }),
})

/** A refusal on the REST and admin faces. `extra` members stand before the refusal's own. */
export const restRefusal = (
  refused: Refused,
  challenge: (presented: boolean) => string,
  extra: Readonly<Record<string, unknown>> = {},
): Response =>
  jsonAnswer(
    JSON.stringify({ ...extra, ...refusalBody(refused.refusal) }),
    refused.refusal.status,
    headersFor(refused, challengeFor(refused.refusal, challenge)),
  )

/**
 * A refusal on the MCP faces: a JSON-RPC error, except that a denied tool call is a tool result with
 * `isError`, so that the model reads why, and that trying again is useless.
 */
export const mcpRefusal = (
  exchange: Exchange,
  refusal: GatewayError,
  idText: string | undefined,
  challenge: (presented: boolean) => string,
): Response => {
  const body = deniedCall(exchange, refusal, idText) ?? errorBody(refusal, idText)
  const headers = headersFor({ exchange, refusal }, challengeFor(refusal, challenge))
  return jsonAnswer(body, refusal.mcpStatus, headers)
}

const errorBody = (refusal: GatewayError, idText: string | undefined): string => {
  const decided = refusal instanceof AccessDenied && refusal.decision.scope === 'item'
  const data = decided
    ? { code: refusal.code, [DECISION_META]: refusal.decision.reason }
    : { code: refusal.code, ...refusal.data }
  return errorText(idText, { code: refusal.rpcCode, message: refusal.message, data })
}

const deniedCall = (
  { operation }: Exchange,
  refusal: GatewayError,
  idText: string | undefined,
): string | undefined => {
  if (!(refusal instanceof AccessDenied) || refusal.decision.scope !== 'item') return undefined
  if (operation?.method !== 'tools/call' || idText === undefined) return undefined
  const { reason } = refusal.decision
  const text = `${refusal.message}. ${reason.advice ?? 'Trying again will not help.'}`
  return resultText(idText, {
    ...(operation.era === 'modern' && { resultType: 'complete' }),
    content: [{ type: 'text', text }],
    isError: true,
    _meta: { [DECISION_META]: reason },
  })
}
