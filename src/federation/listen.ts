import type { Conversation, Reply, SendOptions, StreamEvent } from '../core/conversation.ts'
import { MethodNotAllowed, SessionNotFound } from '../core/errors.ts'
import { buildNotification, isObject, type JsonObject, type Message } from '../core/json-rpc.ts'
import { toOperation } from '../core/operation.ts'
import type { Principal } from '../core/principal.ts'
import { META } from '../core/protocol.ts'
import { parseLossless } from '../lib/lossless-json.ts'
import { type Changes, type ChangesOptions, createChanges } from './changes.ts'
import { eventId, mapEvents, readEventId } from './events.ts'
import { federatedUri, labelOf } from './names.ts'
import { explained } from './relay.ts'
import { rewrite } from './rewrite.ts'
import {
  type Asking,
  declaredBy,
  type Permitted,
  permitted,
  type Setting,
  streamOperation,
} from './setting.ts'

/** What may change while a client listens, and the flag by which a modern client asks for it. */
const LISTS = [
  { flag: 'toolsListChanged', method: 'tools/list', notice: 'notifications/tools/list_changed' },
  {
    flag: 'promptsListChanged',
    method: 'prompts/list',
    notice: 'notifications/prompts/list_changed',
  },
  {
    flag: 'resourcesListChanged',
    method: 'resources/list',
    notice: 'notifications/resources/list_changed',
  },
] as const

type Listener = Readonly<{ principal: Principal; options: SendOptions; message?: Message }>

const open = (
  setting: Setting,
  given: Omit<ChangesOptions<Permitted>, 'budget' | 'retry' | 'onEnd' | 'lossy'>,
): Reply => {
  const { parts, lines, watch, unwatch } = setting
  const changes: Changes = createChanges({
    ...given,
    lossy: lines.era === 'modern',
    budget: parts.budget,
    retry: parts.retry,
    onEnd: () => unwatch(changes),
  })
  watch(changes)
  return { kind: 'stream', events: changes.events }
}

/** One server's stream as it may reach the client, under federated names. */
const heard = (
  setting: Setting,
  { server, operation, permit }: Permitted,
  { principal, message }: Listener,
  conversation: Conversation,
  reply: Extract<Reply, { kind: 'stream' }>,
): ReadableStream<StreamEvent> => {
  const declared = declaredBy(setting, message)
  const part = { permit, operation, principal, reply, conversation, declared }
  const screened = setting.parts.screen(part)
  const seal = (state: string) => state
  return mapEvents(
    screened.kind === 'stream' ? screened.events : reply.events,
    // The end of one server's stream is not the end of the client's.
    (text) =>
      text.includes('"method"') ? rewrite(text, { server, method: undefined, seal }) : undefined,
    (id) => eventId('changes', server, id),
  )
}

/** The legacy GET stream: what every server tells without being asked. */
export const listenByGet = async (
  setting: Setting,
  asking: Readonly<{
    principal: Principal
    options: SendOptions
    lastEventId: string | undefined
  }>,
): Promise<Reply> => {
  const { lines } = setting
  const { principal, options } = asking
  const resumed = readEventId(asking.lastEventId)
  if (resumed?.kind === 'answer') return resume(setting, asking, resumed)

  const join = async (permitted: Permitted, signal: AbortSignal) => {
    const { server } = permitted
    const conversation = await lines.to(server, options)
    const last = resumed !== undefined && labelOf(server) === resumed.label ? resumed.id : undefined
    try {
      const reply = await conversation.listen(last, {
        ...options,
        server,
        signal: AbortSignal.any([options.signal, signal]),
      })
      return reply.kind === 'stream'
        ? heard(setting, permitted, asking, conversation, reply)
        : undefined
    } catch (cause) {
      // Not every server tells something by itself.
      if (cause instanceof MethodNotAllowed) return undefined
      throw explained(setting, server, cause)
    }
  }
  return open(setting, {
    servers: () => permitted(setting, { face: setting.face(), principal }, streamOperation),
    join,
    greeting: () => undefined,
    notices: LISTS.map(({ notice }) => buildNotification(notice).text),
  })
}

/** The rest of one answer, after its stream broke (MCP 2025-11-25, resumability). */
const resume = async (
  setting: Setting,
  { principal, options }: Readonly<{ principal: Principal; options: SendOptions }>,
  { label, id }: Readonly<{ label: string; id: string }>,
): Promise<Reply> => {
  const { lines } = setting
  const face = setting.face()
  const found = permitted(setting, { face, principal }, streamOperation).find(
    (each) => labelOf(each.server) === label && lines.open().includes(each.server),
  )
  if (found === undefined) throw new SessionNotFound('Nothing to resume')
  const { server } = found
  const conversation = await lines.to(server, options)
  const reply = await conversation.listen(id, { ...options, server })
  if (reply.kind !== 'stream') return reply
  const declared = declaredBy(setting, undefined)
  const screened = setting.parts.screen({ ...found, principal, reply, conversation, declared })
  const events = screened.kind === 'stream' ? screened.events : reply.events
  const seal = (state: string) => state
  return {
    ...reply,
    events: mapEvents(
      events,
      // Which method is answered is not known any more; of the legacy era there is one with links.
      (text) => rewrite(text, { server, method: 'tools/call', seal }),
      (each) => eventId('answer', server, each),
    ),
  }
}

/** MCP 2026-07-28, `subscriptions/listen`: acknowledged once, with all that the servers honour. */
export const listen = async (setting: Setting, asking: Asking): Promise<Reply> => {
  const { lines, parts } = setting
  const { message, principal, options } = asking
  const asked = isObject(message.params?.notifications) ? message.params.notifications : {}
  const flags = LISTS.filter(({ flag }) => asked[flag] === true)
  const uris = Array.isArray(asked.resourceSubscriptions) ? asked.resourceSubscriptions : []
  const subscribed = new Map<string, readonly unknown[]>()
  const _meta = { [META.subscriptionId]: JSON.parse(message.idText ?? 'null') as unknown }

  const filterFor = (server: string): JsonObject => {
    const face = setting.face()
    const resources = uris.flatMap((uri: unknown) => {
      const item =
        typeof uri === 'string' ? setting.directory.find(face, 'resource', uri) : undefined
      const mine = item?.server === server && parts.policy.mayUse(principal, 'read_resource', item)
      return mine ? [item.name] : []
    })
    const listable = flags.filter(({ method }) =>
      parts.policy.permits(principal, toOperation(server, 'modern', ask(method))),
    )
    return {
      ...Object.fromEntries(listable.map(({ flag }) => [flag, true])),
      ...(resources.length > 0 && { resourceSubscriptions: resources }),
    }
  }

  const join = async (permitted: Permitted, signal: AbortSignal) => {
    const { server } = permitted
    const filter = filterFor(server)
    if (Object.keys(filter).length === 0) return undefined
    const conversation = await lines.to(server, options)
    const reply = await conversation.send(withFilter(message, filter), {
      ...options,
      server,
      signal: AbortSignal.any([options.signal, signal]),
    })
    // A server that cannot be listened to refuses; its lists are looked at when others change.
    if (reply.kind !== 'stream') return undefined
    const { acknowledged, rest } = await splitAcknowledgement(reply.events)
    subscribed.set(server, honouredUris(server, acknowledged))
    return heard(setting, permitted, asking, conversation, { ...reply, events: rest })
  }

  const greeting = () => {
    const resourceSubscriptions = [...subscribed.values()].flat()
    const notifications = {
      ...Object.fromEntries(flags.map(({ flag }) => [flag, true])),
      ...(resourceSubscriptions.length > 0 && { resourceSubscriptions }),
    }
    const params = { notifications, _meta }
    return buildNotification('notifications/subscriptions/acknowledged', params).text
  }

  return open(setting, {
    servers: () =>
      permitted(setting, { face: setting.face(), principal }, (server) =>
        toOperation(server, 'modern', message),
      ),
    join,
    greeting,
    notices: flags.map(({ notice }) => buildNotification(notice, { _meta }).text),
  })
}

const ask = (method: string): Message => ({
  kind: 'request',
  text: '',
  idText: undefined,
  method,
  params: {},
})

const withFilter = (message: Message, notifications: JsonObject): Message => {
  const whole = parseLossless(message.text)
  const params = {
    ...(isObject(whole) && isObject(whole.params) ? whole.params : {}),
    notifications,
  }
  const text = JSON.stringify({ ...(isObject(whole) ? whole : {}), params })
  return { ...message, text, params }
}

const honouredUris = (server: string, acknowledged: unknown): readonly unknown[] => {
  const params = isObject(acknowledged) ? acknowledged.params : undefined
  const honoured = isObject(params) && isObject(params.notifications) ? params.notifications : {}
  const uris = Array.isArray(honoured.resourceSubscriptions) ? honoured.resourceSubscriptions : []
  return uris.map((uri: unknown) => (typeof uri === 'string' ? federatedUri(server, uri) : uri))
}

/** The first message of a listening stream (MCP 2026-07-28: the acknowledgement), and the others. */
const splitAcknowledgement = async (
  events: ReadableStream<StreamEvent>,
): Promise<{ acknowledged: unknown; rest: ReadableStream<StreamEvent> }> => {
  const reader = events.getReader()
  let acknowledged: unknown
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    if (value.data === '') continue
    acknowledged = JSON.parse(value.data)
    break
  }
  reader.releaseLock()
  return { acknowledged, rest: events }
}
