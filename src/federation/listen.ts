import type { Reply, StreamEvent } from '../core/conversation.ts'
import { buildNotification, isObject, type JsonObject, type Message } from '../core/json-rpc.ts'
import { toOperation } from '../core/operation.ts'
import { LIST_CHANGES, META } from '../core/protocol.ts'
import type { Item } from './directory.ts'
import { heardFrom, openChanges } from './heard.ts'
import { withParam } from './message.ts'
import { federatedUri } from './names.ts'
import { permitted } from './permitted.ts'
import type { Asking, Setting } from './setting.ts'
import { federatedTask, findTask } from './tasks.ts'

/** What of single items a modern client may ask to hear of, and how the face spells it. */
const ITEMS = { resourceSubscriptions: federatedUri, taskIds: federatedTask } as const
type ItemList = keyof typeof ITEMS
const ITEM_LISTS = Object.keys(ITEMS) as readonly ItemList[]

/** MCP 2026-07-28, `subscriptions/listen`: acknowledged once, with all that the servers honour. */
export const listen = async (setting: Setting, asking: Asking): Promise<Reply> => {
  const { lines, parts } = setting
  const { message, principal, owner, options } = asking
  const given = message.params?.notifications
  const asked = isObject(given) ? given : {}
  const flags = LIST_CHANGES.filter(({ flag }) => asked[flag] === true)
  const _meta = { [META.subscriptionId]: JSON.parse(message.idText ?? 'null') as unknown }
  /** What each server acknowledged, under federated names. */
  const honoured = new Map<string, JsonObject>()

  const find: Readonly<Record<ItemList, (name: string) => Item | undefined>> = {
    resourceSubscriptions: (name) => {
      const item = setting.directory.find(setting.face(), 'resource', name)
      return item && parts.policy.mayUse(principal, 'read_resource', item) ? item : undefined
    },
    taskIds: (name) => {
      const item = findTask(parts, setting.face(), principal, name)
      const tool = item && parts.toolOf(principal, item.server, item.name)
      if (item === undefined || tool === undefined) return undefined
      const resource = { server: item.server, name: tool }
      return parts.policy.mayUse(principal, 'invoke_tool', resource) ? item : undefined
    },
  }
  const itemsOf = (server: string, list: ItemList): readonly string[] =>
    listOf(asked[list]).flatMap((name) => {
      const item = typeof name === 'string' ? find[list](name) : undefined
      return item?.server === server ? [item.name] : []
    })
  const filterFor = (server: string): JsonObject => {
    const listable = flags.filter(({ method }) =>
      parts.policy.permits(principal, toOperation(server, 'modern', asks(method))),
    )
    const items = ITEM_LISTS.map((list) => [list, itemsOf(server, list)] as const)
    return {
      ...Object.fromEntries(listable.map(({ flag }) => [flag, true])),
      ...Object.fromEntries(items.filter(([, names]) => names.length > 0)),
    }
  }
  const here = () =>
    permitted(setting, { face: setting.face(), principal }, (server) =>
      toOperation(server, 'modern', message),
    ).map((each) => {
      const filter = filterFor(each.server)
      return { ...each, filter, wanted: JSON.stringify(filter) }
    })

  const join = async (each: ReturnType<typeof here>[number], signal: AbortSignal) => {
    const { server, filter } = each
    if (Object.keys(filter).length === 0) return undefined
    const conversation = await lines.to(server, options)
    const reply = await conversation.send(withParam(message, ['notifications'], filter), {
      ...options,
      server,
      signal: AbortSignal.any([options.signal, signal]),
    })
    // A server that cannot be listened to refuses; its lists are looked at when others change.
    if (reply.kind !== 'stream') return undefined
    const { acknowledged, rest } = await splitAcknowledgement(reply.events)
    honoured.set(server, federated(server, acknowledged))
    const hearing = { permitted: each, principal, message, conversation, kind: 'changes' } as const
    return heardFrom(setting, hearing, { ...reply, events: rest })
  }

  const greeting = () => {
    const all = [...honoured.values()]
    const items = ITEM_LISTS.map(
      (list) => [list, all.flatMap((each) => listOf(each[list]))] as const,
    )
    const notifications = {
      ...Object.fromEntries(flags.map(({ flag }) => [flag, true])),
      ...Object.fromEntries(items.filter(([, names]) => names.length > 0)),
    }
    const params = { notifications, _meta }
    return buildNotification('notifications/subscriptions/acknowledged', params).text
  }

  return openChanges(setting, owner, {
    servers: here,
    join,
    greeting,
    notices: flags.map(({ notice }) => buildNotification(notice, { _meta }).text),
  })
}

const asks = (method: string): Message => ({
  kind: 'request',
  text: '',
  idText: undefined,
  method,
  params: {},
})

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** The items that a server honours, as the face spells them. */
const federated = (server: string, acknowledged: unknown): JsonObject => {
  const params = isObject(acknowledged) ? acknowledged.params : undefined
  const given = isObject(params) && isObject(params.notifications) ? params.notifications : {}
  const spelled = (list: ItemList) =>
    listOf(given[list]).map((name) => (typeof name === 'string' ? ITEMS[list](server, name) : name))
  return Object.fromEntries(ITEM_LISTS.map((list) => [list, spelled(list)]))
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
