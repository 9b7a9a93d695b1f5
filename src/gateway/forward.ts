import type {
  Conversation,
  Reply,
  SendOptions,
  StreamEvent,
  Upstream,
} from '../core/conversation.ts'
import { InternalFault } from '../core/errors.ts'
import type { Incoming } from '../core/incoming.ts'
import { isObject, type JsonObject, type Message, resultText } from '../core/json-rpc.ts'
import type { Operation } from '../core/operation.ts'
import { type Principal, principalId } from '../core/principal.ts'
import { META } from '../core/protocol.ts'
import type { AskUpstream } from './ask-upstream.ts'
import type { Parts } from './gateway.ts'
import { type Carried, initialize, inSession, type Sessions } from './legacy-sessions.ts'
import { narrowListen } from './narrow-listen.ts'
import { withoutOurMeta } from './our-meta.ts'
import { plainAnswer } from './plain-answer.ts'
import { type Askable, guardServerRequests } from './server-requests.ts'
import type { View } from './visibility.ts'

/** What forwarding needs of the other parts. */
export type ForwardParts = Readonly<{
  /** @throws ServerNotFound */
  upstream: (name: string) => Upstream
  sessions: Sessions
  /** Asks in the gateway's own name. */
  askUpstream: AskUpstream
  /** What a principal may see of a server. */
  viewOf: (principal: Principal, server: string) => View
  /** What policy says when a server asks something of its client; undefined when it may. */
  forbids: (principal: Principal, server: string, action: string) => string | undefined
  /** Every enabled server, as `GET /mcp/servers` tells of it. */
  listServers: () => readonly JsonObject[]
  /** How one server is doing and what its process wrote to standard error. @throws ServerNotFound */
  serverLog: (name: string) => JsonObject
  /** Its lines after that number, and each that comes. */
  followLog: (name: string, after: number) => ReadableStream<StreamEvent>
  watch: (after: number | undefined) => ReadableStream<StreamEvent>
  /** What the gateway tells of itself, as JSON text; undefined for operations that are no such question. */
  observe: (
    operation: Operation,
    incoming: Incoming,
    principal: Principal,
  ) => Promise<string> | undefined
}>

/**
 * Carries a permitted operation to where it belongs: an upstream in the client's own era, or the
 * gateway itself. Without a permit nothing compiles; only who asks what policy says gets to read it.
 */
export const createForward = (parts: ForwardParts): Parts['forward'] => {
  const { sessions } = parts

  /** What is told as it happens. */
  const streamOf = (
    { method, resource, arguments: asked }: Operation,
    lastEventId: string | undefined,
  ): ReadableStream<StreamEvent> | undefined => {
    const last = lastEventId === undefined ? Number.NaN : Number(lastEventId)
    const after = Number.isSafeInteger(last) ? last : undefined
    if (method === 'datacline/events') return parts.watch(after)
    const isLog = method === 'datacline/server-log' && asked?.follow === true
    return isLog ? parts.followLog(resource.server, after ?? 0) : undefined
  }

  const toGateway = async (
    operation: Operation,
    principal: Principal,
    incoming: Incoming,
  ): Promise<Reply> => {
    const events = streamOf(operation, incoming.lastEventId)
    if (events !== undefined) return { kind: 'stream', events }
    const observed = await parts.observe(operation, incoming, principal)
    if (observed !== undefined) {
      return { kind: 'single', text: `{"jsonrpc":"2.0","id":0,"result":${observed}}` }
    }
    const result =
      operation.method === 'datacline/server-log'
        ? parts.serverLog(operation.resource.server)
        : { servers: parts.listServers() }
    return { kind: 'single', text: resultText('0', result) }
  }

  const modern = async (
    upstream: Upstream,
    message: Message,
    options: SendOptions,
  ): Promise<Carried> => {
    const conversation = await upstream.open('modern', options.signal)
    const reply = await conversation.send(message, options)
    return { conversation, reply, declared: declaredIn(message) }
  }

  const toUpstream = async (
    operation: Operation,
    principal: Principal,
    incoming: Incoming,
  ): Promise<Carried> => {
    const { signal, headers } = incoming
    const owner = principalId(principal)
    const { server } = operation.resource
    const options = { signal, headers, owner, principal, server }
    const upstream = parts.upstream(upstreamNameOf(operation, incoming))
    if (operation.era === 'either') {
      const reply = await plainAnswer(parts.askUpstream, upstream, operation, owner, signal)
      return { conversation: undefined, reply, declared: undefined }
    }
    if (operation.era === 'legacy' && operation.method !== 'initialize') {
      return inSession(sessions, upstream.name, operation, incoming, options)
    }
    if (operation.message === undefined) {
      throw new InternalFault(`${operation.method} has no message to forward`)
    }
    if (operation.era === 'legacy') {
      return initialize(sessions, upstream, operation.message, options)
    }
    const message =
      operation.method === 'subscriptions/listen' && upstream.virtual !== true
        ? narrowListen(operation.message, parts.viewOf(principal, upstream.name))
        : operation.message
    return modern(upstream, message, options)
  }

  return async (permit, operation, principal, incoming) => {
    if (operation.method === 'datacline/decide') {
      const idText = operation.message?.idText ?? '0'
      const text = resultText(idText, { allowed: true, decision: permit.reason })
      return { kind: 'single', text }
    }
    if (operation.scope === 'gateway') return toGateway(operation, principal, incoming)
    const { conversation, reply, declared } = await toUpstream(operation, principal, incoming)
    if (conversation === undefined || speaksForItself(operation, incoming, parts)) return reply
    const { server } = operation.resource
    const forbidden = (action: string) => parts.forbids(principal, server, action)
    return guardReply(reply, { server, send: conversation.send }, forbidden, declared)
  }
}

/**
 * A server's reply as its client may see it; what is refused is answered in the same conversation.
 *
 * @param declared what the client said it can do; undefined when nobody knows
 */
export const guardReply = (
  reply: Reply,
  asker: Asker,
  forbids: Askable['forbids'],
  declared?: JsonObject,
): Reply =>
  guardServerRequests(withoutOurMeta(reply), { forbids, declared }, (text) =>
    refuseServerRequest(asker, text),
  )

/** The server that may ask for what it may not have, and where it is answered. */
type Asker = Pick<Conversation, 'send'> & Readonly<{ server: string }>

/** The upstream that the path names: an item's own server may be one of several behind it. */
const upstreamNameOf = (operation: Operation, incoming: Incoming): string =>
  incoming.server ?? operation.resource.server

const speaksForItself = (
  { resource }: Operation,
  { server }: Incoming,
  { upstream }: Pick<ForwardParts, 'upstream'>,
): boolean => server === resource.server && upstream(server).virtual === true

/** MCP 2026-07-28: what a client can do stands in every request; unsaid is undeclared. */
const declaredIn = ({ params }: Message): JsonObject => {
  const meta = isObject(params?._meta) ? params._meta : {}
  const declared = meta[META.clientCapabilities]
  return isObject(declared) ? declared : {}
}

const refuseServerRequest = ({ server, send }: Asker, text: string): void => {
  const message: Message = {
    kind: 'response',
    text,
    idText: undefined,
    method: undefined,
    params: undefined,
  }
  const options = { signal: AbortSignal.timeout(10_000), headers: {}, server }
  // The server asked for something it may not have; whether it hears so is its own affair.
  send(message, options).catch(() => {})
}
