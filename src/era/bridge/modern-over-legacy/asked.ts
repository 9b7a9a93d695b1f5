import { createHash } from 'node:crypto'
import type { SendOptions } from '../../../core/conversation.ts'
import { InvalidParams } from '../../../core/errors.ts'
import { isObject, type JsonObject, type Message } from '../../../core/json-rpc.ts'
import { isLogLevel, META } from '../../../core/protocol.ts'
import { parseLossless } from '../../../lib/lossless-json.ts'

/** One request of a modern client, read. */
export type Asked = Readonly<{
  message: Message
  idText: string
  method: string
  /** The message and its parameters, numbers lossless. */
  whole: JsonObject
  params: JsonObject
  /** Whose state this may touch: a principal, with what it declared in this very request. */
  owner: string
  sessionKey: string
  capabilities: JsonObject
  logLevel: string | undefined
  /** With its own JSON type; undefined when the client wants no progress. */
  progressToken: unknown
  headers: SendOptions['headers']
}>

/** @throws InvalidParams for a log level that there is not */
export const readAsked = (message: Message, { owner = '', headers }: SendOptions): Asked => {
  const parsed = parseLossless(message.text)
  const whole = isObject(parsed) ? parsed : {}
  const params = isObject(whole.params) ? whole.params : {}
  const meta = isObject(params._meta) ? params._meta : {}
  const given = meta[META.clientCapabilities]
  const capabilities = isObject(given) ? given : {}
  return {
    message,
    idText: message.idText ?? 'null',
    method: message.method ?? '',
    whole,
    params,
    owner,
    sessionKey: canonical([owner, meta[META.protocolVersion], capabilities]),
    capabilities,
    logLevel: readLogLevel(meta[META.logLevel]),
    progressToken: meta.progressToken,
    headers,
  }
}

/** What a sealed state is bound to: whose it is, on which server, and every parameter of the request. */
export const bindingOf = (server: string, { owner, method, params }: Asked): string => {
  const { _meta, inputResponses: _responses, requestState: _state, ...salient } = params
  const digest = createHash('sha256').update(canonical(salient)).digest('base64url')
  return JSON.stringify(['parked-call', server, owner, method, digest])
}

const readLogLevel = (level: unknown): string | undefined => {
  if (level === undefined || isLogLevel(level)) return level
  throw new InvalidParams(`There is no log level ${JSON.stringify(level)}`)
}

/** JSON text that does not depend on the order of members. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    // A number kept as its own text is an object without prototype, and stays as it is.
    isObject(inner) && Object.getPrototypeOf(inner) !== null
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  )
