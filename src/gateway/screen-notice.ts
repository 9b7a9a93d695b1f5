import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { mayHoldWord } from '../lib/json-word.ts'
import type { View } from './visibility.ts'

/** Which notifications tell of something, and whether the reader may know of it. */
const CONCERNS: ReadonlyMap<string, (view: View, params: JsonObject) => boolean> = new Map([
  ['notifications/tools/list_changed', (view: View) => view.permits('tools/list')],
  ['notifications/prompts/list_changed', (view: View) => view.permits('prompts/list')],
  ['notifications/resources/list_changed', (view: View) => view.permits('resources/list')],
  [
    'notifications/resources/updated',
    (view: View, { uri }: JsonObject) => typeof uri === 'string' && view.mayRead(uri),
  ],
  ['notifications/tasks/status', ownsIt],
  ['notifications/tasks', ownsIt],
])

function ownsIt(view: View, { taskId }: JsonObject): boolean {
  return typeof taskId === 'string' && view.ownsTask(taskId)
}

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
