import type { Conversation, Reply } from '../../../src/core/conversation.ts'
import { isObject, type JsonObject, type Message, toMessage } from '../../../src/core/json-rpc.ts'
import { META } from '../../../src/core/protocol.ts'
import {
  LEGACY_OVER_MODERN_LIMITS,
  type LegacyOverModernLimits,
} from '../../../src/era/bridge/legacy-over-modern/limits.ts'
import { createLegacyOverModern } from '../../../src/era/bridge/legacy-over-modern.ts'
import { createSeal } from '../../../src/lib/seal.ts'
import { readStrictJson } from '../../../src/lib/strict-json.ts'
import { type Seen, startUpstream, type UpstreamOptions } from '../../support/upstream.ts'
import { upstreamOf } from '../../upstream/conversations.ts'

const never = new AbortController().signal
const closing: (() => unknown)[] = []

/** Ends every server and session that a test has begun. */
export const closeAll = async (): Promise<void> => {
  for (const close of closing.splice(0).reverse()) await close()
}

/** A message as the door reads it. */
export const posted = (text: string): Message => {
  const { value, spans } = readStrictJson(text)
  const span = spans.get('id')
  return toMessage(text, value, span && text.slice(...span))
}

export const post = (conversation: Conversation, message: JsonObject | string, signal = never) => {
  const text =
    typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...message })
  return conversation.send(posted(text), { signal, headers: {}, owner: 'issuer|ada' })
}

/** The messages of a reply, one after the other; undefined at the end. */
export const readerOf = (reply: Reply) => {
  if (reply.kind !== 'stream') throw new Error(`a ${reply.kind}, not a stream`)
  const reader = reply.events.getReader()
  return {
    next: async (): Promise<JsonObject | undefined> => {
      const { done, value } = await reader.read()
      return done ? undefined : JSON.parse(value.data)
    },
    leave: () => reader.cancel(),
  }
}

export const textOf = (reply: Reply): string => {
  if (reply.kind !== 'single') throw new Error(`a ${reply.kind}, not single`)
  return reply.text
}

export const answerIn = (reply: Reply): JsonObject => JSON.parse(textOf(reply))

type Options = UpstreamOptions &
  Readonly<{
    capabilities?: JsonObject
    version?: string
    limits?: Partial<LegacyOverModernLimits>
  }>

/** One legacy session in front of a real server that speaks only the modern era. */
export const startSession = async ({
  capabilities = {},
  version = '2025-11-25',
  limits = {},
  ...given
}: Options = {}) => {
  const server = startUpstream({ eras: ['modern'], ...given })
  closing.push(server.close)
  const upstream = upstreamOf(closing, { url: server.url, timeout: 5_000 }, { now: () => 0 })
  let count = 0
  const session = createLegacyOverModern(
    upstream,
    await upstream.open('modern', never),
    {
      now: () => 0,
      newId: () => `id-${++count}`,
      seal: createSeal(() => 0),
      gateway: { name: 'datacline', version: '0' },
    },
    { ...LEGACY_OVER_MODERN_LIMITS, ...limits },
  )
  closing.push(session.close)
  const params = { protocolVersion: version, capabilities, clientInfo: { name: 'c', version: '1' } }
  const hello = await post(session, { id: 'hello', method: 'initialize', params })
  await post(session, { method: 'notifications/initialized' })
  return { session, server, hello: answerIn(hello) }
}

/** `params` of what a server received. */
export const paramsOf = ({ message }: Seen): JsonObject =>
  isObject(message.params) ? message.params : {}

/** The server's answer to `subscriptions/listen`: an acknowledgement, and a hand on the open stream. */
export const createListener = () => {
  const open: { filter: JsonObject; say: (message: unknown) => void; end: () => void }[] = []
  const respond = (seen: Seen, honoured: JsonObject): Response => {
    const id = seen.message.id
    const encoder = new TextEncoder()
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const say = (message: unknown) =>
          controller.enqueue(encoder.encode(`data: ${JSON.stringify(message)}\n\n`))
        open.push({
          filter: paramsOf(seen).notifications as JsonObject,
          say,
          end: () => controller.close(),
        })
        say({
          jsonrpc: '2.0',
          method: 'notifications/subscriptions/acknowledged',
          params: { notifications: honoured, _meta: { [META.subscriptionId]: id } },
        })
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }
  return { open, respond }
}
