import type { Conversation, Reply, SendOptions } from '../../core/conversation.ts'
import { finalAnswer } from '../../core/conversation.ts'
import { SessionNotFound } from '../../core/errors.ts'
import { buildNotification, type Message } from '../../core/json-rpc.ts'
import { memberText, replaceMember } from '../../lib/json-member.ts'
import { clientLeft } from '../faults.ts'
import { readServerMessage, valueAt } from '../server-message.ts'
import { unlessAborted } from '../unless-aborted.ts'
import { rewriteAnswer } from './map-reply.ts'
import { keyOf } from './wire-names.ts'

/** What a client has told its session that a new one must be told as well. */
type Told = {
  initialize: Message | undefined
  /** The result that the client has built on. */
  agreed: string | undefined
  logLevel: Message | undefined
  readonly subscriptions: Map<string, Message>
}

const isSuccess = (reply: Reply) =>
  reply.kind !== 'single' || readServerMessage(reply.text)?.value.error === undefined

/** What a client may have built on: another version or other abilities are for the client to learn. */
const agreementOf = (answer: string): string | undefined => {
  const version = valueAt(readServerMessage(answer)?.value, ['result', 'protocolVersion'])
  const capabilities = memberText(answer, ['result', 'capabilities'])
  return version === undefined ? undefined : `${keyOf(version)} ${capabilities ?? ''}`
}

const uriOf = ({ params }: Message) => keyOf(params?.uri)

const REMEMBER: ReadonlyMap<string, (told: Told, message: Message) => void> = new Map([
  [
    'logging/setLevel',
    (told, message) => {
      told.logLevel = message
    },
  ],
  [
    'resources/subscribe',
    (told, message) => {
      told.subscriptions.set(uriOf(message), message)
    },
  ],
  [
    'resources/unsubscribe',
    (told, message) => {
      told.subscriptions.delete(uriOf(message))
    },
  ],
])
/** Subscriptions that are told again; a client with more of them starts over by itself. */
const MAX_SUBSCRIPTIONS = 1000

/** What meant something in the old session only: nobody in the new one has asked or runs. */
const isOfThePast = ({ kind, method }: Message) =>
  kind === 'response' ||
  method === 'notifications/cancelled' ||
  method === 'notifications/progress' ||
  method === 'notifications/initialized'

/**
 * One legacy session of a client that outlives the server's: when the server has forgotten it (MCP
 * 2025-11-25, session management: 404), a new one is opened with the client's own `initialize`, told the
 * log level and subscriptions, and asked what was refused. Only what the server refused for want of its
 * session is sent again, and once. When the server has become another, the client is told to initialize.
 *
 * @param connect gives a conversation that has no session yet
 * @param timeout milliseconds for the whole of a new beginning
 */
export const withRevival = (connect: () => Conversation, timeout: number): Conversation => {
  const told: Told = {
    initialize: undefined,
    agreed: undefined,
    logLevel: undefined,
    subscriptions: new Map(),
  }
  let current = connect()
  let reviving: Promise<void> | undefined
  let closed = false

  const begin = async (fresh: Conversation, initialize: Message, options: SendOptions) => {
    const answer = (await finalAnswer(await fresh.send(initialize, options))) ?? ''
    const agreed = agreementOf(answer)
    if (agreed === undefined || agreed !== told.agreed) {
      throw new SessionNotFound('The server has ended this session and has changed since')
    }
    await fresh.send(buildNotification('notifications/initialized'), options)
    const again = [...(told.logLevel ? [told.logLevel] : []), ...told.subscriptions.values()]
    for (const [at, message] of again.entries()) {
      // An id that the client cannot be using now.
      const idText = `"datacline-again-${at}"`
      const text = replaceMember(message.text, ['id'], idText)
      await finalAnswer(await fresh.send({ ...message, text, idText }, options))
    }
  }
  const revive = async (initialize: Message) => {
    const fresh = connect()
    const options = { signal: AbortSignal.timeout(timeout), headers: {} }
    try {
      await begin(fresh, initialize, options)
    } catch (cause) {
      void fresh.close()
      throw cause
    }
    if (closed) return fresh.close()
    // The old one is left alone: calls that are still under way in it learn by themselves that it is gone.
    current = fresh
  }
  /** A session in the place of `lost`, one for all who lost it. @throws `cause` when there can be none */
  const replace = async (lost: Conversation, cause: unknown, signal: AbortSignal) => {
    const { initialize } = told
    const hopeless = initialize === undefined || told.subscriptions.size > MAX_SUBSCRIPTIONS
    if (closed || hopeless || !(cause instanceof SessionNotFound)) throw cause
    if (current !== lost) return
    reviving ??= revive(initialize).finally(() => {
      reviving = undefined
    })
    await unlessAborted(reviving, signal, clientLeft)
  }

  const initialize = async (message: Message, options: SendOptions): Promise<Reply> => {
    const reply = await current.send(message, options)
    return rewriteAnswer(reply, (text) => {
      told.agreed = agreementOf(text)
      told.initialize = told.agreed === undefined ? undefined : message
      return text
    })
  }
  const send = async (message: Message, options: SendOptions): Promise<Reply> => {
    if (message.method === 'initialize') return initialize(message, options)
    const asked = current
    let reply: Reply
    try {
      reply = await asked.send(message, options)
    } catch (cause) {
      await replace(asked, cause, options.signal)
      if (isOfThePast(message)) return { kind: 'accepted' }
      reply = await current.send(message, options)
    }
    const remember = REMEMBER.get(message.method ?? '')
    if (remember !== undefined && isSuccess(reply)) remember(told, message)
    return reply
  }

  return {
    era: 'legacy',
    send,
    listen: async (lastEventId, options) => {
      const asked = current
      try {
        return await asked.listen(lastEventId, options)
      } catch (cause) {
        await replace(asked, cause, options.signal)
        // The events of the old session went with it.
        return current.listen(undefined, options)
      }
    },
    close: async () => {
      closed = true
      await current.close()
    },
  }
}
