import type { Conversation, Reply, SendOptions, Upstream } from '../core/conversation.ts'
import { MalformedRequest, SessionNotFound } from '../core/errors.ts'
import type { Incoming } from '../core/incoming.ts'
import { isObject, type JsonObject, type Message } from '../core/json-rpc.ts'
import type { Operation } from '../core/operation.ts'
import { mapEvents } from './map-events.ts'

/** One legacy session of a client, as far as forwarding looks at it. */
type Session = {
  readonly id: string
  readonly conversation: Conversation
  readonly declared: JsonObject | undefined
  version: string | undefined
  /** Aborted when the session ends. */
  readonly ended: AbortSignal
}

/** The legacy sessions of clients, as far as forwarding needs them. */
export type Sessions = Readonly<{
  reserve: (
    owner: string,
    server: string,
  ) => Readonly<{
    create: (conversation: Conversation, declared?: JsonObject, client?: string) => Session
    release: () => void
  }>
  find: (id: string, owner: string, server: string) => Session
  end: (id: string) => Promise<void>
}>

/** What came back, in which conversation, for a client that declared what. */
export type Carried = Readonly<{
  reply: Reply
  /** Undefined where no server spoke. */
  conversation: Conversation | undefined
  declared: JsonObject | undefined
}>

/**
 * Opens a session: the client's own `initialize` goes to the server (MCP 2025-11-25, lifecycle).
 *
 * @throws Overloaded before anything is opened for a principal who has too many
 */
export const initialize = async (
  sessions: Sessions,
  upstream: Upstream,
  message: Message,
  options: SendOptions & { owner: string },
): Promise<Carried> => {
  const place = sessions.reserve(options.owner, upstream.name)
  try {
    const conversation = await upstream.open('legacy', options.signal, options.owner)
    return await begin(place, conversation, message, options)
  } finally {
    place.release()
  }
}

const begin = async (
  place: ReturnType<Sessions['reserve']>,
  conversation: Conversation,
  message: Message,
  options: SendOptions,
): Promise<Carried> => {
  const given = message.params?.capabilities
  const declared = isObject(given) ? given : undefined
  try {
    const reply = await conversation.send(message, options)
    if (reply.kind === 'single' && resultOf(reply.text) === undefined) {
      await conversation.close()
      return { conversation, reply, declared }
    }
    const client = clientName(message.params?.clientInfo)
    const session = place.create(conversation, declared, client)
    return { conversation, reply: { ...learning(reply, session), sessionId: session.id }, declared }
  } catch (cause) {
    await conversation.close()
    throw cause
  }
}

/** What a client calls itself in its `clientInfo` is only shown, and shown only so far. */
export const clientName = (said: unknown): string | undefined => {
  if (!isObject(said) || typeof said.name !== 'string') return undefined
  const version = typeof said.version === 'string' ? ` ${said.version}` : ''
  return `${said.name}${version}`.slice(0, 128)
}

/**
 * Carries on in the session that the client names.
 *
 * @throws SessionNotFound, MalformedRequest when no session is named, or another revision than it agreed on
 */
export const inSession = async (
  sessions: Sessions,
  server: string,
  operation: Operation,
  incoming: Incoming,
  options: SendOptions & { owner: string },
): Promise<Carried> => {
  const { sessionId } = incoming
  if (sessionId === undefined) throw new MalformedRequest('The Mcp-Session-Id header is required')
  const session = sessions.find(sessionId, options.owner, server)
  assertAgreed(session, incoming.protocolVersion)
  const { conversation, declared } = session
  if (operation.method === 'datacline/close-session') {
    // The client need not wait for a process to end.
    void sessions.end(sessionId)
    return { conversation: undefined, reply: { kind: 'accepted' }, declared }
  }
  try {
    const reply = await (operation.message === undefined
      ? conversation.listen(incoming.lastEventId, endingWith(session, options))
      : conversation.send(operation.message, options))
    return { conversation, reply, declared }
  } catch (cause) {
    if (cause instanceof SessionNotFound) await sessions.end(sessionId)
    throw cause
  }
}

/** What is listened to in a session goes with it, whether its server closes it or not. */
const endingWith = <Options extends SendOptions>(
  { ended }: Session,
  options: Options,
): Options => ({
  ...options,
  signal: AbortSignal.any([options.signal, ended]),
})

/** MCP 2025-06-18 and later: every request names the revision that was negotiated; before, none did. */
const assertAgreed = ({ version }: Session, claimed: string | undefined): void => {
  if (claimed === undefined || version === undefined || claimed === version) return
  throw new MalformedRequest(
    `MCP-Protocol-Version is ${claimed}; this session agreed on ${version}`,
  )
}

/** The same reply; on its way it tells the session what the server chose. */
const learning = (reply: Reply, session: Session): Reply => {
  const learn = (text: string): string => {
    const version = resultOf(text)?.protocolVersion
    if (typeof version === 'string') session.version = version
    return text
  }
  if (reply.kind === 'single') learn(reply.text)
  return reply.kind === 'stream' ? { ...reply, events: mapEvents(reply.events, learn) } : reply
}

const resultOf = (text: string): JsonObject | undefined => {
  const answer: unknown = JSON.parse(text)
  return isObject(answer) && isObject(answer.result) ? answer.result : undefined
}
