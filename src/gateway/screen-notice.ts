import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { LIST_CHANGES } from '../core/protocol.ts'
import { mayHoldWord } from '../lib/json-word.ts'
import type { View } from './visibility.ts'

type MayKnow = (view: View, params: JsonObject) => boolean

const mayList =
  (method: string): MayKnow =>
  (view) =>
    view.permits(method)
const mayRead: MayKnow = (view, { uri }) => typeof uri === 'string' && view.mayRead(uri)
const ownsTask: MayKnow = (view, { taskId }) => typeof taskId === 'string' && view.ownsTask(taskId)

/** Which notifications tell of something, and whether the reader may know of it. */
const CONCERNS: ReadonlyMap<string, MayKnow> = new Map([
  ...LIST_CHANGES.map(({ notice, method }) => [notice, mayList(method)] as const),
  ['notifications/resources/updated', mayRead],
  ['notifications/tasks/status', ownsTask],
  ['notifications/tasks', ownsTask],
])

/**
 * Whether a server's message may go to this reader: a notification of change only tells of what the
 * reader may use. Every other message may.
 */
export const mayHear = (text: string, view: View): boolean => {
  if (!mayHoldWord(text, 'method')) return true
  const message: unknown = JSON.parse(text)
  if (!isObject(message) || typeof message.method !== 'string') return true
  const concerns = CONCERNS.get(message.method)
  return concerns === undefined || concerns(view, isObject(message.params) ? message.params : {})
}
