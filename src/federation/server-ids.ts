import type { Message } from '../core/json-rpc.ts'
import { mapMember, mapMemberAt, mapString } from '../lib/json-member.ts'
import { parseLossless } from '../lib/lossless-json.ts'
import { labelOf } from './names.ts'
import { federatedTask, RELATED_TASK } from './tasks.ts'

/**
 * The id (or progress token) of a server's own request, as the client of several servers sees it: two
 * servers may well use the same one. It says itself where the answer belongs.
 */
export const federatedId = (server: string, id: unknown): string =>
  `${labelOf(server)}:${JSON.stringify(id)}`

/** Undefined for what is none of ours. */
export const readId = (id: unknown): Readonly<{ label: string; id: unknown }> | undefined => {
  const [, label, text] = typeof id === 'string' ? (/^([^:]+):(.+)$/s.exec(id) ?? []) : []
  if (label === undefined || text === undefined) return undefined
  try {
    return { label, id: parseLossless(text) }
  } catch {
    return undefined
  }
}

/** A client's answer to a server's request, under the names that the server gave. */
export const toServerAnswer = (server: string, message: Message, id: unknown): Message => {
  const idText = JSON.stringify(id)
  const prefix = federatedTask(server, '')
  const ownTask = (task: string) => (task.startsWith(prefix) ? task.slice(prefix.length) : task)
  const text = mapMember(message.text, 'id', () => idText)
  return {
    ...message,
    idText,
    text: mapMemberAt(text, ['result', ...RELATED_TASK], (task) => mapString(task, ownTask)),
  }
}
