import { isObject, type JsonObject, type Message } from '../core/json-rpc.ts'
import { LIST_CHANGES } from '../core/protocol.ts'
import { parseLossless } from '../lib/lossless-json.ts'
import type { View } from './visibility.ts'

/**
 * A `subscriptions/listen` without what its sender may not hear of (MCP 2026-07-28): the server then
 * acknowledges the subset that is honoured. The same message when nothing has to go.
 */
export const narrowListen = (message: Message, view: View): Message => {
  const asked = message.params?.notifications
  if (!isObject(asked)) return message
  const removed = LIST_CHANGES.filter(
    ({ flag, method }) => asked[flag] === true && !view.permits(method),
  )
  const uris = allowed(asked.resourceSubscriptions, view.mayRead)
  const tasks = allowed(asked.taskIds, view.ownsTask)
  if (removed.length === 0 && uris === undefined && tasks === undefined) return message
  const whole = parseLossless(message.text)
  if (!isObject(whole) || !isObject(whole.params) || !isObject(whole.params.notifications)) {
    return message
  }
  const notifications: JsonObject = {
    ...without(
      whole.params.notifications,
      removed.map(({ flag }) => flag),
    ),
    ...(uris && { resourceSubscriptions: uris }),
    ...(tasks && { taskIds: tasks }),
  }
  const params = { ...whole.params, notifications }
  return { ...message, text: JSON.stringify({ ...whole, params }), params }
}

/** Those that may stay; undefined when all may, or there are none. */
const allowed = (
  list: unknown,
  may: (entry: string) => boolean,
): readonly unknown[] | undefined => {
  if (!Array.isArray(list)) return undefined
  const kept = list.filter((entry: unknown) => typeof entry === 'string' && may(entry))
  return kept.length === list.length ? undefined : kept
}

const without = (object: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)))
