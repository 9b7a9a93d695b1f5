import type {
  Conversation,
  Reply,
  SendOptions,
  StreamEvent,
  Upstream,
} from '../core/conversation.ts'
import type { Permit } from '../core/decision.ts'
import { InternalFault, MalformedRequest, SessionNotFound, UpstreamFailed } from '../core/errors.ts'
import type { Incoming } from '../core/incoming.ts'
import { isObject, type JsonObject, type Message, resultText } from '../core/json-rpc.ts'
import { methodRow, type Operation } from '../core/operation.ts'
import { type Principal, principalId } from '../core/principal.ts'
import { INFO_META } from '../core/protocol.ts'
import { withoutOurMeta } from './our-meta.ts'
import type { OwnConversations } from './own-conversations.ts'
import { guardServerRequests } from './server-requests.ts'
import { assertKnownItem } from './unknown-item.ts'

/** The legacy sessions of clients, as far as forwarding needs them. */
type Sessions = Readonly<{
  create: (owner: string, server: string, conversation: Conversation) => { id: string }
  find: (id: string, owner: string, server: string) => { conversation: Conversation }
  end: (id: string) => Promise<void>
}>

/** What forwarding needs of the other parts. */
export type ForwardParts = Readonly<{
  /** @throws ServerNotFound */
  upstream: (name: string) => Upstream
  sessions: Sessions
  own: OwnConversations
  /** What policy says when a server asks something of its client; undefined when it may. */
  forbids: (principal: Principal, server: string, action: string) => string | undefined
  /** Every enabled server, as `GET /mcp/servers` tells of it. */
  listServers: () => readonly JsonObject[]
  /** How one server is doing and what its process wrote to standard error. @throws ServerNotFound */
  serverLog: (name: string) => JsonObject
  watch: (after: number | undefined) => ReadableStream<StreamEvent>
}>

type Forward = (
  permit: Permit,
  operation: Operation,
  principal: Principal,
  incoming: Incoming,
) => Promise<Reply>

/**
 * Carries a permitted operation to where it belongs: an upstream in the client's own era, or the
 * gateway itself. Without a permit nothing compiles; only who asks what policy says gets to read it.
 */
export const createForward = (parts: ForwardParts): Forward => {
  const { sessions, own } = parts

  const toGateway = (operation: Operation, incoming: Incoming): Reply => {
    if (operation.method === 'datacline/events') {
      const after = Number(incoming.lastEventId)
      const resume = incoming.lastEventId !== undefined && Number.isSafeInteger(after)
      return { kind: 'stream', events: parts.watch(resume ? after : undefined) }
    }
    const result =
      operation.method === 'datacline/server-log'
        ? parts.serverLog(operation.resource.server)
        : { servers: parts.listServers() }
    return { kind: 'single', text: resultText('0', result) }
  }

  const modern = async (upstream: Upstream, message: Message, options: SendOptions) => {
    const conversation = await upstream.open('modern', options.signal)
    return { conversation, reply: await conversation.send(message, options) }
  }

  const initialize = async (
    upstream: Upstream,
    owner: string,
    message: Message,
    options: SendOptions,
  ) => {
    const conversation = await upstream.open('legacy', options.signal)
    try {
      const reply = await conversation.send(message, options)
      if (reply.kind === 'single' && !isResult(reply.text)) {
        await conversation.close()
        return { conversation, reply }
      }
      const { id } = sessions.create(owner, upstream.name, conversation)
      return { conversation, reply: { ...reply, sessionId: id } }
    } catch (cause) {
      await conversation.close()
      throw cause
    }
  }

  const inSession = async (
    operation: Operation,
    owner: string,
    incoming: Incoming,
    options: SendOptions,
  ): Promise<{ conversation: Conversation | undefined; reply: Reply }> => {
    const { sessionId } = incoming
    if (sessionId === undefined) throw new MalformedRequest('The Mcp-Session-Id header is required')
    const { conversation } = sessions.find(sessionId, owner, doorOf(operation, incoming))
    if (operation.method === 'datacline/close-session') {
      // The client need not wait for a process to end.
      void sessions.end(sessionId)
      return { conversation: undefined, reply: { kind: 'accepted' } }
    }
    try {
      const reply = await (operation.message === undefined
        ? conversation.listen(incoming.lastEventId, options)
        : conversation.send(operation.message, options))
      return { conversation, reply }
    } catch (cause) {
      if (cause instanceof SessionNotFound) await sessions.end(sessionId)
      throw cause
    }
  }

  /** For callers who speak no MCP: whatever the upstream speaks, and whole lists instead of pages. */
  const either = async (
    upstream: Upstream,
    operation: Operation,
    owner: string,
    signal: AbortSignal,
  ): Promise<Reply> => {
    if (operation.method === 'datacline/server-info') {
      const description = await own.describe(upstream, owner, signal)
      const eras = await upstream.eras(signal)
      const meta = isObject(description._meta) ? description._meta : {}
      const told = isObject(meta[INFO_META]) ? meta[INFO_META] : description
      const known = { name: upstream.name, type: upstream.type, eras, ...told }
      return { kind: 'single', text: resultText('0', known) }
    }
    const ask = (params: JsonObject) => own.ask(upstream, owner, operation.method, params, signal)
    const params = operation.message?.params ?? {}
    const member = methodRow(operation.method)?.listing?.member
    const answer = member === undefined ? await ask(params) : await everyPage(ask, member)
    await assertKnownItem(operation, answer, (method) => {
      const list = methodRow(method)?.listing?.member ?? ''
      return everyPage((page) => own.ask(upstream, owner, method, page, signal), list)
    })
    return { kind: 'single', text: JSON.stringify(answer) }
  }

  const toUpstream = async (operation: Operation, principal: Principal, incoming: Incoming) => {
    const { signal, headers } = incoming
    const owner = principalId(principal)
    const { server } = operation.resource
    const options = { signal, headers, owner, principal, server }
    const upstream = parts.upstream(doorOf(operation, incoming))
    if (operation.era === 'either') {
      return { conversation: undefined, reply: await either(upstream, operation, owner, signal) }
    }
    if (operation.era === 'legacy' && operation.method !== 'initialize') {
      return inSession(operation, owner, incoming, options)
    }
    if (operation.message === undefined) {
      throw new InternalFault(`${operation.method} has no message to forward`)
    }
    return operation.era === 'modern'
      ? modern(upstream, operation.message, options)
      : initialize(upstream, owner, operation.message, options)
  }

  return async (permit, operation, principal, incoming) => {
    if (operation.method === 'datacline/decide') {
      const idText = operation.message?.idText ?? '0'
      const text = resultText(idText, { allowed: true, decision: permit.reason })
      return { kind: 'single', text }
    }
    if (operation.scope === 'gateway') return toGateway(operation, incoming)
    const { conversation, reply } = await toUpstream(operation, principal, incoming)
    if (conversation === undefined || speaksForItself(operation, incoming, parts)) return reply
    const { server } = operation.resource
    return guardServerRequests(
      withoutOurMeta(reply),
      (action) => parts.forbids(principal, server, action),
      (text) => refuseServerRequest(conversation, text),
    )
  }
}

/** The upstream that the path names: an item's own server may be one of several behind it. */
const doorOf = (operation: Operation, incoming: Incoming): string =>
  incoming.server ?? operation.resource.server

const speaksForItself = (
  { resource }: Operation,
  { server }: Incoming,
  { upstream }: Pick<ForwardParts, 'upstream'>,
): boolean => server === resource.server && upstream(server).virtual === true

const isResult = (text: string): boolean => {
  const answer: unknown = JSON.parse(text)
  return isObject(answer) && Object.hasOwn(answer, 'result')
}

const refuseServerRequest = (conversation: Conversation, text: string): void => {
  const message: Message = {
    kind: 'response',
    text,
    idText: undefined,
    method: undefined,
    params: undefined,
  }
  const options = { signal: AbortSignal.timeout(10_000), headers: {} }
  // The server asked for something it may not have; whether it hears so is its own affair.
  conversation.send(message, options).catch(() => {})
}

/** Follows `nextCursor` to the end (MCP, pagination), bounded against a server that never ends. */
const everyPage = async (
  ask: (params: JsonObject) => Promise<JsonObject>,
  member: string,
): Promise<JsonObject> => {
  const entries: unknown[] = []
  let params: JsonObject = {}
  for (let page = 0; page < 1_000; page++) {
    const answer = await ask(params)
    if (!isObject(answer.result)) return answer
    const found = answer.result[member]
    if (Array.isArray(found)) entries.push(...found)
    const cursor = answer.result.nextCursor
    if (typeof cursor !== 'string') {
      const { nextCursor: _end, ...result } = answer.result
      return { ...answer, result: { ...result, [member]: entries } }
    }
    params = { cursor }
  }
  throw new UpstreamFailed('The listing does not end')
}
