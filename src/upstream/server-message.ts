import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { memberSpans, splice } from '../lib/strict-json.ts'

/** A JSON-RPC message as a server sent it; nothing in it is trusted, nothing unknown in it is lost. */
export type ServerMessage = Readonly<{
  kind: 'answer' | 'request' | 'notification'
  text: string
  /** As parsed; undefined for notifications. */
  id: unknown
  method: string | undefined
  value: JsonObject
}>

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** One message of a server; undefined for what is no JSON-RPC 2.0 message. */
export const readServerMessage = (text: string): ServerMessage | undefined => {
  const value = parse(text)
  if (!isObject(value) || value.jsonrpc !== '2.0') return undefined
  const { id, method } = value
  if (typeof method === 'string') {
    return { kind: id === undefined ? 'notification' : 'request', text, id, method, value }
  }
  const answers = Object.hasOwn(value, 'result') !== Object.hasOwn(value, 'error')
  return answers ? { kind: 'answer', text, id, method: undefined, value } : undefined
}

/** Whether an answer's id is the one asked with: same type and same value. */
export const answersTo = (message: ServerMessage, idText: string): boolean =>
  message.kind === 'answer' && message.id === JSON.parse(idText)

/**
 * The answer with the very id text of the request. Servers that read numbers as doubles give back a
 * rounded one beyond 2^53; everything else is left as it came.
 */
export const withOwnId = (message: ServerMessage, idText: string): string => {
  if (typeof message.id !== 'number' || Number.isSafeInteger(message.id)) return message.text
  return replaceMember(message.text, ['id'], idText)
}

/** JSON text with the member at `path` replaced by other JSON text; as it was when there is none. */
export const replaceMember = (text: string, path: readonly string[], json: string): string => {
  const [name, ...rest] = path
  const span = name === undefined ? undefined : memberSpans(text).get(name)
  if (span === undefined) return text
  if (rest.length === 0) return splice(text, span, json)
  return splice(text, span, replaceMember(text.slice(...span), rest, json))
}

/** The JSON text of the member at `path`. */
export const memberText = (text: string, path: readonly string[]): string | undefined => {
  let inner: string | undefined = text
  for (const name of path) {
    const span: readonly [number, number] | undefined = memberSpans(inner).get(name)
    if (span === undefined) return undefined
    inner = inner.slice(...span)
  }
  return inner
}

/** The value at `path` of a parsed message; undefined where it is not there. */
export const valueAt = (value: unknown, path: readonly string[]): unknown => {
  let inner = value
  for (const name of path) {
    if (!isObject(inner) || !Object.hasOwn(inner, name)) return undefined
    inner = inner[name]
  }
  return inner
}
