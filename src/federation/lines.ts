import { type Conversation, finalAnswer, type SendOptions } from '../core/conversation.ts'
import { UpstreamFailed } from '../core/errors.ts'
import { buildNotification, isObject, type JsonObject, type Message } from '../core/json-rpc.ts'
import { type Era, META } from '../core/protocol.ts'
import { memberText } from '../lib/json-member.ts'
import { parseLossless } from '../lib/lossless-json.ts'
import { withParam } from './message.ts'
import type { FederationParts } from './parts.ts'

/** The conversations with single servers behind one that is with several. */
export type Lines = Readonly<{
  era: Era
  /** The one with this server, opened when it is first needed. @throws GatewayError */
  to: (server: string, options: SendOptions) => Promise<Conversation>
  /** What a legacy server answered to `initialize`, as JSON text. @throws GatewayError */
  hello: (server: string, options: SendOptions) => Promise<string>
  /** The servers with which a conversation has begun. */
  open: () => readonly string[]
  /** Forgets one, so that it is opened anew when it is next needed. */
  drop: (server: string) => void
  /** Takes the client's own `initialize`, and what else every server must be told first. */
  introduce: (first: Message) => void
  atOpening: (message: Message) => void
  /** What the client said it can do: in this very request, or when it initialized. */
  declared: (message: Message | undefined) => JsonObject
  close: () => Promise<void>
}>

type Open = Readonly<{ conversation: Conversation; hello: string }>

/** Milliseconds for a server to start and to agree; whoever waits for it may wait less. */
const OPENING = 60_000

/** MCP 2026-07-28: no sessions, so there is nothing to open, and nothing to close. */
export const createModernLines = (parts: Pick<FederationParts, 'upstream'>): Lines => ({
  era: 'modern',
  to: (server, { signal }) => parts.upstream(server).open('modern', signal),
  hello: async () => {
    throw new UpstreamFailed('The modern era has no initialize')
  },
  open: () => [],
  drop: () => undefined,
  introduce: () => undefined,
  atOpening: () => undefined,
  declared: (message) => {
    const meta = message?.params?._meta
    const declared = isObject(meta) ? meta[META.clientCapabilities] : undefined
    return isObject(declared) ? declared : {}
  },
  close: async () => undefined,
})

/** One legacy session with each server, for one legacy session of a client. */
export const createLegacyLines = (parts: Pick<FederationParts, 'upstream'>): Lines => {
  const held = new Map<string, { upstream: unknown; opening: Promise<Open> }>()
  const preludes = new Map<string, Message>()
  let first: Message | undefined

  const begin = async (server: string, owner: Pick<SendOptions, 'owner'>): Promise<Open> => {
    if (first === undefined) throw new UpstreamFailed('The client has not initialized')
    const signal = AbortSignal.timeout(OPENING)
    const conversation = await parts.upstream(server).open('legacy', signal, owner.owner)
    const options = { ...owner, signal, headers: {} }
    try {
      const hello = await finalAnswer(await conversation.send(first, options))
      if (hello === undefined || !hasResult(hello)) {
        throw new UpstreamFailed(`Server ${server} refused to initialize`)
      }
      await conversation.send(buildNotification('notifications/initialized'), options)
      for (const message of preludes.values()) await conversation.send(message, options)
      return { conversation, hello }
    } catch (cause) {
      await conversation.close()
      throw cause
    }
  }

  const drop = (server: string) => {
    const entry = held.get(server)
    held.delete(server)
    entry?.opening.then(({ conversation }) => conversation.close()).catch(() => undefined)
  }

  const opened = (server: string, { owner }: SendOptions): Promise<Open> => {
    const upstream = parts.upstream(server)
    const entry = held.get(server)
    if (entry?.upstream === upstream) return entry.opening
    // The server's entry was changed while the client was connected.
    if (entry !== undefined) drop(server)
    const opening = begin(server, owner === undefined ? {} : { owner })
    held.set(server, { upstream, opening })
    opening.catch(() => {
      if (held.get(server)?.opening === opening) held.delete(server)
    })
    return opening
  }

  return {
    era: 'legacy',
    to: async (server, options) => (await opened(server, options)).conversation,
    hello: async (server, options) => (await opened(server, options)).hello,
    open: () => [...held.keys()],
    drop,
    introduce: (message) => {
      first = withoutTasks(message)
    },
    atOpening: (message) => void preludes.set(message.method ?? '', message),
    declared: () => (isObject(first?.params?.capabilities) ? first.params.capabilities : {}),
    close: async () => {
      const all = [...held.values()]
      held.clear()
      await Promise.all(
        all.map(({ opening }) =>
          opening.then(({ conversation }) => conversation.close()).catch(() => undefined),
        ),
      )
    },
  }
}

const hasResult = (text: string): boolean => {
  const answer: unknown = JSON.parse(text)
  return isObject(answer) && isObject(answer.result)
}

/**
 * Tasks that a client runs for a server (MCP 2025-11-25) are not carried: what is said of one later does
 * not tell which server it is for. Those that a server runs need nothing declared.
 */
const withoutTasks = (message: Message): Message => {
  const capabilities = message.params?.capabilities
  if (!isObject(capabilities) || capabilities.tasks === undefined) return message
  const whole = parseLossless(memberText(message.text, ['params', 'capabilities']) ?? '{}')
  const { tasks: _tasks, ...rest } = isObject(whole) ? whole : {}
  return withParam(message, ['capabilities'], rest)
}
