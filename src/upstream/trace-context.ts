import { isObject, type JsonObject, type Message } from '../core/json-rpc.ts'
import { memberText, replaceMember } from '../lib/json-member.ts'
import { parseLossless } from '../lib/lossless-json.ts'

/** W3C Trace Context, `traceparent`: version, trace, parent and flags; never of version ff or all zeros. */
const TRACEPARENT =
  /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-[\x21-\x7e]{1,256})?$/
const OWN = ['traceparent', 'tracestate', 'baggage'] as const
const META_PATH = ['params', '_meta']

export const isTraceparent = (value: unknown): value is string =>
  typeof value === 'string' && TRACEPARENT.test(value)

type Change = Readonly<{ drop: readonly string[]; traceparent?: string }>

const UNCHANGED: Change = { drop: [] }

/** What is to change in a message's `_meta`; nothing in nearly all of them. */
const changeOf = (meta: JsonObject, header: string | undefined): Change => {
  const carried = Object.hasOwn(meta, 'traceparent')
  const trusted = carried && isTraceparent(meta.traceparent)
  const drop = OWN.filter((key) => Object.hasOwn(meta, key) && (key === 'baggage' || !trusted))
  if (trusted || carried || !isTraceparent(header)) return drop.length === 0 ? UNCHANGED : { drop }
  return { drop, traceparent: header }
}

const without = (message: Message, drop: readonly string[]): Message => {
  const cut = (meta: unknown) =>
    Object.fromEntries(
      Object.entries(isObject(meta) ? meta : {}).filter(([key]) => !drop.includes(key)),
    )
  const meta: unknown = parseLossless(memberText(message.text, META_PATH) ?? '{}')
  const text = replaceMember(message.text, META_PATH, JSON.stringify(cut(meta)))
  return { ...message, text, params: { ...message.params, _meta: cut(message.params?._meta) } }
}

const joined = (message: Message, traceparent: string): Message => {
  const meta = memberText(message.text, META_PATH) ?? '{}'
  const rest = meta.slice(meta.indexOf('{') + 1)
  const comma = rest.trim() === '}' ? '' : ','
  const text = `{"traceparent":"${traceparent}"${comma}${rest}`
  const given = isObject(message.params?._meta) ? message.params._meta : {}
  return {
    ...message,
    text: replaceMember(message.text, META_PATH, text),
    params: { ...message.params, _meta: { traceparent, ...given } },
  }
}

/**
 * The message with the trace that it belongs to (MCP 2026-07-28, `_meta`): the client's `traceparent` is
 * passed on as it is, since a gateway that reports no span of its own would only break the trace with
 * one; where the body has none, the HTTP header's takes its place. What is malformed is dropped, and
 * `baggage` always: it is not for other domains to read.
 */
export const withTraceContext = (
  message: Message,
  headers: Readonly<Record<string, string>>,
): Message => {
  const meta = message.params?._meta
  if (!isObject(meta)) return message
  const { drop, traceparent } = changeOf(meta, headers.traceparent)
  const kept = drop.length === 0 ? message : without(message, drop)
  return traceparent === undefined ? kept : joined(kept, traceparent)
}
