import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { replaceMember } from '../lib/json-member.ts'

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

// What comes first in an answer, in the order of any of the usual servers. Lines of a log do not begin so.
const BEGINS_AS_ANSWER =
  /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?(?:"id"\s*:\s*("[^"\\]*"|-?\d+)\s*,\s*)?(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"(?:result|error)"\s*:/

/**
 * What was meant as an answer and is no JSON: it begins like one, with quoted member names, and says
 * `jsonrpc` somewhere. Undefined for everything else, above all for what a server only logs.
 */
export const readBrokenAnswer = (text: string): Readonly<{ id: unknown }> | undefined => {
  if (!text.includes('"jsonrpc"') || parse(text) !== undefined) return undefined
  const begun = BEGINS_AS_ANSWER.exec(text)
  if (begun === null) return undefined
  return { id: begun[1] === undefined ? undefined : parse(begun[1]) }
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

/** The value at `path` of a parsed message; undefined where it is not there. */
export const valueAt = (value: unknown, path: readonly string[]): unknown => {
  let inner = value
  for (const name of path) {
    if (!isObject(inner) || !Object.hasOwn(inner, name)) return undefined
    inner = inner[name]
  }
  return inner
}
