import type { Conversation, Reply, SendOptions } from '../../core/conversation.ts'
import { finalAnswer } from '../../core/conversation.ts'
import { HeaderMismatch } from '../../core/errors.ts'
import { buildRequest, isObject, type JsonObject, type Message } from '../../core/json-rpc.ts'
import { META, RPC } from '../../core/protocol.ts'
import { decodeHeaderValue } from '../../lib/header-value.ts'
import { parseLossless } from '../../lib/lossless-json.ts'
import { toParameterHeaders } from '../../lib/parameter-headers.ts'
import { clientLeft } from '../faults.ts'
import { readServerMessage, valueAt } from '../server-message.ts'
import { unlessAborted } from '../unless-aborted.ts'
import { rewriteAnswer } from './map-reply.ts'
import { createToolHeaders } from './tool-headers.ts'

type Headers = Readonly<Record<string, string>>

/** Pages of one list that are read to learn what its tools want. */
const MAX_PAGES = 100

const isMismatch = (reply: Reply): reply is Reply & { kind: 'single' } =>
  reply.kind === 'single' &&
  reply.text.length < 65_536 &&
  reply.text.includes(String(RPC.headerMismatch)) &&
  valueAt(readServerMessage(reply.text)?.value, ['error', 'code']) === RPC.headerMismatch

/** A header as it was sent and as it should be: equal as text, or as numbers (`42.0` is 42). */
const agree = (sent: string | undefined, computed: string | undefined): boolean => {
  if (sent === computed) return true
  if (sent === undefined || computed === undefined) return false
  const [text, expected] = [decodeHeaderValue(sent), decodeHeaderValue(computed)]
  if (text === undefined || expected === undefined) return false
  if (text === expected) return true
  return /^-?\d/.test(text) && /^-?\d/.test(expected) && Number(text) === Number(expected)
}

/** Only a client of modern HTTP says its method in a header; it has to repeat its arguments as well. */
const isBound = ({ headers }: SendOptions) => headers['mcp-method'] !== undefined

/**
 * A conversation of the modern era over HTTP in which arguments that a tool marks with `x-mcp-header`
 * are repeated in `Mcp-Param-*` headers (MCP 2026-07-28, Streamable HTTP). What a client of modern HTTP
 * sends itself crosses as it came, and is refused when it is known to disagree with the body. For all
 * other clients the headers are computed. Tools with invalid marks are left out of lists.
 *
 * @param note told once about every tool that is left out
 */
export const withParameterHeaders = (
  conversation: Conversation,
  note: (line: string) => void,
): Conversation => {
  const tools = createToolHeaders(note)
  let refreshing: Promise<void> | undefined

  const list = async (message: Message, options: SendOptions): Promise<Reply> => {
    const reply = await conversation.send(message, options)
    const learn = (text: string) => tools.learn(text, message.params)
    // What comes alone is the answer, and was read as one.
    return reply.kind === 'single'
      ? { ...reply, text: learn(reply.text) }
      : rewriteAnswer(reply, learn)
  }

  /** Reads the whole list, with the envelope of the call that needs it. */
  const readList = async (call: Message) => {
    const { signal } = new AbortController()
    const _meta = envelopeOf(call)
    let cursor: unknown
    for (let page = 0; page < MAX_PAGES; page++) {
      const params = { ...(cursor !== undefined && { cursor }), _meta }
      const message = buildRequest(`datacline-tools-${page}`, 'tools/list', params)
      const text = await finalAnswer(await list(message, { signal, headers: {} }))
      cursor = valueAt(readServerMessage(text ?? '')?.value, ['result', 'nextCursor'])
      if (typeof cursor !== 'string') return
    }
  }
  /** Once for all who need it; when it fails, what was known stays. */
  const refresh = (call: Message, { signal }: SendOptions): Promise<void> => {
    refreshing ??= readList(call)
      .catch(() => undefined)
      .finally(() => {
        refreshing = undefined
      })
    return unlessAborted(refreshing, signal, clientLeft)
  }

  const computed = (message: Message): Headers => {
    const parameters = tools.parametersOf(message.params?.name)
    if (parameters === undefined) return {}
    return toParameterHeaders(parameters, valueAt(parseLossless(message.text), PATH))
  }
  /** The first header of the tool's that is not what the body says; also one for what it does not hold. */
  const disagreement = (message: Message, sent: Headers) => {
    const right = computed(message)
    return (tools.parametersOf(message.params?.name) ?? [])
      .map(({ header }) => [header, right[header]] as const)
      .find(([header, value]) => !agree(sent[header], value))
  }

  /** A client that must send the headers itself. */
  const callBound = async (message: Message, options: SendOptions): Promise<Reply> => {
    if (disagreement(message, options.headers) !== undefined) {
      // The tool may have changed since: nobody is refused for what is no longer so.
      await refresh(message, options)
      const wrong = disagreement(message, options.headers)
      if (wrong !== undefined) {
        const [header, body] = wrong
        throw new HeaderMismatch(`The ${header} header and the body disagree`, {
          data: { mismatch: { header: options.headers[header] ?? null, body: body ?? null } },
        })
      }
    }
    return conversation.send(message, options)
  }
  const callFree = async (message: Message, options: SendOptions): Promise<Reply> => {
    const own = withoutParameters(options.headers)
    const attempt = () => {
      const headers = { ...own, ...computed(message) }
      return conversation.send(message, { ...options, headers })
    }
    const reply = await attempt()
    if (!isMismatch(reply)) return reply
    // Refused for its headers, so it was not executed.
    await refresh(message, options)
    return tools.parametersOf(message.params?.name) === undefined ? reply : attempt()
  }

  return {
    ...conversation,
    send: (message, options) => {
      if (message.method === 'tools/list') return list(message, options)
      if (message.method !== 'tools/call') return conversation.send(message, options)
      return isBound(options) ? callBound(message, options) : callFree(message, options)
    },
  }
}

const PATH = ['params', 'arguments']

/** What a client does not vouch for is not told to a server, which may go by it. */
const withoutParameters = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('mcp-param-')))

/** What every modern request says of its client, without what belongs to one request alone. */
const envelopeOf = ({ params }: Message): JsonObject => {
  const given = isObject(params?._meta) ? params._meta : {}
  const kept = [META.protocolVersion, META.clientCapabilities, META.clientInfo] as const
  return Object.fromEntries(kept.flatMap((key) => (key in given ? [[key, given[key]]] : [])))
}
