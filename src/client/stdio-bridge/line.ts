import { errorText, isObject, type JsonObject } from '../../core/json-rpc.ts'
import { META, RPC } from '../../core/protocol.ts'
import { memberSpans, splice } from '../../lib/strict-json.ts'

/** One line of a client that speaks over standard input: a message, or in old revisions several. */
export type Line = Readonly<{
  text: string
  kind: 'request' | 'notification' | 'response' | 'batch'
  /** JSON text of the id, when there is one. */
  idText: string | undefined
  method: string | undefined
  params: JsonObject
  /** Whether it says that it is of the modern era (MCP 2026-07-28, `_meta`). */
  modern: boolean
}>

/** Reads one line; undefined for what is no JSON-RPC message. */
export const readLine = (text: string): Line | undefined => {
  const value = parse(text)
  if (Array.isArray(value)) return { ...EMPTY, text, kind: 'batch' }
  if (!isObject(value)) return undefined
  const method = typeof value.method === 'string' ? value.method : undefined
  const span = memberSpans(text).get('id')
  const params = isObject(value.params) ? value.params : {}
  const meta = isObject(params._meta) ? params._meta : {}
  return {
    text,
    kind: method === undefined ? 'response' : span === undefined ? 'notification' : 'request',
    idText: span && text.slice(...span),
    method,
    params,
    modern: typeof meta[META.protocolVersion] === 'string',
  }
}

const EMPTY = { idText: undefined, method: undefined, params: {}, modern: false } as const

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** JSON on one line: outside of strings, where none can be, line breaks are blanks (RFC 8259 §2). */
export const onOneLine = (json: string): string => json.replace(/[\r\n]+/g, ' ')

/** The same line under another id, given as JSON text. */
export const withId = ({ text }: Line, idText: string): string => {
  const span = memberSpans(text).get('id')
  return span === undefined ? text : splice(text, span, idText)
}

/** Whether a message answers the request with this id. */
export const answers = (text: string, idText: string): boolean => {
  const value = parse(text)
  if (!isObject(value) || typeof value.method === 'string') return false
  return sameId(value.id, parse(idText))
}

/** Numbers beyond 2^53 may come back rounded. */
const sameId = (one: unknown, other: unknown) => one === other

/** What a client is told when no answer can be had. */
export const faultText = (
  idText: string | undefined,
  message: string,
  code: number = RPC.internalError,
): string => errorText(idText, { code, message })
