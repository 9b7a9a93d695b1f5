import { MalformedRequest } from './errors.ts'

/** A JSON value as `JSON.parse` gives it. */
export type JsonObject = Readonly<Record<string, unknown>>

/**
 * One JSON-RPC 2.0 message, both as the text that arrived and as read. The text is what is
 * forwarded, so that unknown members and numbers beyond 2^53 survive; the rest is what is decided on.
 */
export type Message = Readonly<{
  kind: 'request' | 'notification' | 'response'
  /** The exact JSON text. */
  text: string
  /** The exact JSON text of `id`, such as `"a"` or `12345678901234567890`. */
  idText: string | undefined
  method: string | undefined
  params: JsonObject | undefined
}>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const KNOWN = ['jsonrpc', 'id', 'method', 'params', 'result', 'error']
const LONG_S = /\u017f/g
const KELVIN = /\u212a/g

/** Case folding as lenient parsers do it, so that `Method` and `param\u017f` are caught here. */
const folded = (key: string) => key.toLowerCase().replace(LONG_S, 's').replace(KELVIN, 'k')

/**
 * A check that refuses members which a lenient parser would take for one of those that are known; it
 * throws MalformedRequest.
 */
export const refuseLookalikesOf = (known: readonly string[]): ((value: JsonObject) => void) => {
  const meant = new Set(known.map(folded))
  const plain = new Set(known)
  return (value) => {
    for (const key of Object.keys(value)) {
      if (!plain.has(key) && meant.has(folded(key))) {
        throw new MalformedRequest(`Ambiguous member name ${JSON.stringify(key)}`)
      }
    }
  }
}

const refuseLookalikes = refuseLookalikesOf(KNOWN)

const isId = (id: unknown): id is string | number =>
  typeof id === 'string' || (typeof id === 'number' && Number.isFinite(id))

const kindOf = (value: JsonObject): Message['kind'] => {
  const hasId = Object.hasOwn(value, 'id')
  if (typeof value.method === 'string') {
    if (!hasId) return 'notification'
    if (!isId(value.id)) throw new MalformedRequest('id must be a string or a number')
    return 'request'
  }
  const answers = Number(Object.hasOwn(value, 'result')) + Number(Object.hasOwn(value, 'error'))
  if (hasId && answers === 1 && !Object.hasOwn(value, 'method')) return 'response'
  throw new MalformedRequest('Not a JSON-RPC 2.0 request, notification or response')
}

/**
 * Reads one JSON-RPC 2.0 message.
 *
 * @param text the message's JSON text, already found free of duplicate keys
 * @param value the same text parsed
 * @param idText the text of the top-level `id` member, when there is one
 * @throws MalformedRequest when it is not exactly one message (a batch is refused)
 */
export const toMessage = (text: string, value: unknown, idText: string | undefined): Message => {
  if (Array.isArray(value)) throw new MalformedRequest('JSON-RPC batches are not accepted')
  if (!isObject(value)) throw new MalformedRequest('A JSON-RPC message is an object')
  refuseLookalikes(value)
  if (value.jsonrpc !== '2.0') throw new MalformedRequest('jsonrpc must be "2.0"')
  const kind = kindOf(value)
  const params = value.params
  if (params !== undefined && !isObject(params)) {
    throw new MalformedRequest('params must be an object')
  }
  return {
    kind,
    text,
    idText: kind === 'notification' ? undefined : idText,
    method: kind === 'response' ? undefined : String(value.method),
    params,
  }
}

/** A request of the gateway's own making, such as those the REST face builds. */
export const buildRequest = (id: string | number, method: string, params: JsonObject): Message => ({
  kind: 'request',
  text: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
  idText: JSON.stringify(id),
  method,
  params,
})

/** A notification of the gateway's own making. */
export const buildNotification = (method: string, params?: JsonObject): Message => ({
  kind: 'notification',
  text: JSON.stringify({ jsonrpc: '2.0', method, ...(params && { params }) }),
  idText: undefined,
  method,
  params,
})

/** JSON text of a JSON-RPC error answer (JSON-RPC 2.0 §5.1); `idText` undefined gives `"id":null`. */
export const errorText = (
  idText: string | undefined,
  error: Readonly<{ code: number; message: string; data?: unknown }>,
): string => `{"jsonrpc":"2.0","id":${idText ?? 'null'},"error":${JSON.stringify(error)}}`

/** JSON text of a JSON-RPC success answer (JSON-RPC 2.0 §5). */
export const resultText = (idText: string, result: unknown): string =>
  `{"jsonrpc":"2.0","id":${idText},"result":${JSON.stringify(result)}}`
