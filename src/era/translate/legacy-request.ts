import { isObject, type JsonObject, type Message } from '../../core/json-rpc.ts'
import { META } from '../../core/protocol.ts'

/**
 * A modern request as a legacy server knows it (MCP 2025-11-25): without the envelope and without what
 * belongs to a retry, everything else value for value. The id, and the progress token when there is
 * one, become `number`, so that clients that share a session never meet.
 *
 * @param whole the request's text, parsed lossless
 */
export const toLegacyRequest = (message: Message, whole: JsonObject, number: number): Message => ({
  kind: 'request',
  text: JSON.stringify({ ...whole, id: number, params: legacyParams(whole.params, number) }),
  idText: String(number),
  method: message.method,
  params: legacyParams(message.params, number),
})

const ENVELOPE: readonly string[] = [
  META.protocolVersion,
  META.clientCapabilities,
  META.clientInfo,
  META.logLevel,
]

const legacyParams = (params: unknown, number: number): JsonObject => {
  if (!isObject(params)) return {}
  const { _meta, inputResponses: _responses, requestState: _state, ...rest } = params
  const own = Object.entries(isObject(_meta) ? _meta : {})
    .filter(([key]) => !ENVELOPE.includes(key))
    .map(([key, value]) => [key, key === 'progressToken' ? number : value] as const)
  return own.length === 0 ? rest : { ...rest, _meta: Object.fromEntries(own) }
}
