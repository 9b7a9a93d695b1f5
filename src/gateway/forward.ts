import type {
  Conversation,
  Reply,
  SendOptions,
  StreamEvent,
  Upstream,
} from '../core/conversation.ts'
import type { Permit } from '../core/decision.ts'
import { InternalFault, UpstreamFailed } from '../core/errors.ts'
import type { Incoming } from '../core/incoming.ts'
import { isObject, type JsonObject, type Message, resultText } from '../core/json-rpc.ts'
import { methodRow, type Operation } from '../core/operation.ts'
import { type Principal, principalId } from '../core/principal.ts'
import { INFO_META, META } from '../core/protocol.ts'
import { type Carried, initialize, inSession, type Sessions } from './legacy-sessions.ts'
import { narrowListen } from './narrow-listen.ts'
import { withoutOurMeta } from './our-meta.ts'
import type { OwnConversations } from './own-conversations.ts'
import { type Askable, guardServerRequests } from './server-requests.ts'
import { assertKnownItem } from './unknown-item.ts'
import type { View } from './visibility.ts'

/** What forwarding needs of the other parts. */
export type ForwardParts = Readonly<{
  /** @throws ServerNotFound */
  upstream: (name: string) => Upstream
  sessions: Sessions
  own: OwnConversations
  /** What a principal may see of a server. */
  viewOf: (principal: Principal, server: string) => View
  /** What policy says when a server asks something of its client; undefined when it may. */
  forbids: (principal: Principal, server: string, action: string) => string | undefined
  /** Every enabled server, as `GET /mcp/servers` tells of it. */
  listServers: () => readonly JsonObject[]
  /** How one server is doing and what its process wrote to standard error. @throws ServerNotFound */
  serverLog: (name: string) => JsonObject
  watch: (after: number | undefined) => ReadableStream<StreamEvent>
  /** What the gateway tells of itself, as JSON text; undefined for operations that are no such question. */
  observe: (operation: Operation, incoming: Incoming) => Promise<string> | undefined
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

  const toGateway = async (operation: Operation, incoming: Incoming): Promise<Reply> => {
    if (operation.method === 'datacline/events') {
      const after = Number(incoming.lastEventId)
      const resume = incoming.lastEventId !== undefined && Number.isSafeInteger(after)
      return { kind: 'stream', events: parts.watch(resume ? after : undefined) }
    }
    const observed = await parts.observe(operation, incoming)
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

  const toUpstream = async (
    operation: Operation,
    principal: Principal,
    incoming: Incoming,
  ): Promise<Carried> => {
    const { signal, headers } = incoming
    const owner = principalId(principal)
    const { server } = operation.resource
    const options = { signal, headers, owner, principal, server }
    const upstream = parts.upstream(doorOf(operation, incoming))
    if (operation.era === 'either') {
      const reply = await either(upstream, operation, owner, signal)
      return { conversation: undefined, reply, declared: undefined }
    }
    if (operation.era === 'legacy' && operation.method !== 'initialize') {
      return inSession(sessions, upstream.name, operation, incoming, options)
    }
    if (operation.message === undefined) {
      throw new InternalFault(`${operation.method} has no message to forward`)
    }
    if (operation.era === 'legacy')
      return initialize(sessions, upstream, operation.message, options)
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
    if (operation.scope === 'gateway') return toGateway(operation, incoming)
    const { conversation, reply, declared } = await toUpstream(operation, principal, incoming)
    if (conversation === undefined || speaksForItself(operation, incoming, parts)) return reply
    const { server } = operation.resource
    const forbidden = (action: string) => parts.forbids(principal, server, action)
    return guardReply(reply, conversation, forbidden, declared)
  }
}

/**
 * A server's reply as its client may see it; what is refused is answered in the same conversation.
 *
 * @param declared what the client said it can do; undefined when nobody knows
 */
export const guardReply = (
  reply: Reply,
  conversation: Pick<Conversation, 'send'>,
  forbids: Askable['forbids'],
  declared?: JsonObject,
): Reply =>
  guardServerRequests(withoutOurMeta(reply), { forbids, declared }, (text) =>
    refuseServerRequest(conversation, text),
  )

/** The upstream that the path names: an item's own server may be one of several behind it. */
const doorOf = (operation: Operation, incoming: Incoming): string =>
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

const refuseServerRequest = (conversation: Pick<Conversation, 'send'>, text: string): void => {
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
export const everyPage = async (
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
