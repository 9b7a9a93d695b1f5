import { buildNotification, isObject, type JsonObject } from '../../../core/json-rpc.ts'
import { parseLossless } from '../../../lib/lossless-json.ts'
import type { ReplyChannel } from './reply-channel.ts'

/** Why a server did not get the input it asked for, in a sentence for the caller. */
export class InputNotGiven extends Error {
  override readonly name = 'InputNotGiven'
}

/** The requests that a session has made of its client and that are not answered yet. */
export type ClientRequests = Readonly<{
  /**
   * Asks the client on the stream of the request that needs it.
   *
   * @returns the result, value for value
   * @throws InputNotGiven when the client refuses or takes too long, or the signal is aborted
   */
  ask: (
    channel: ReplyChannel,
    request: Readonly<{ method: string; params: JsonObject | undefined }>,
    signal: AbortSignal,
  ) => Promise<unknown>
  /** A response that the client posted. One that nobody waits for is dropped. */
  answer: (text: string) => void
}>

/**
 * @param newId gives unguessable ids, so that they never meet a client's own
 * @param patience milliseconds for one answer
 */
export const createClientRequests = (newId: () => string, patience: number): ClientRequests => {
  const waiting = new Map<string, (response: JsonObject) => void>()
  return {
    async ask(channel, { method, params }, signal) {
      const id = `datacline-${newId()}`
      const answered = Promise.withResolvers<JsonObject>()
      const giveUp = (reason: string) => {
        const note = buildNotification('notifications/cancelled', { requestId: id, reason })
        channel.emit(note.text)
        answered.reject(new InputNotGiven(`${method}: ${reason}`))
      }
      const onAbort = () => giveUp('no longer needed')
      const timer = setTimeout(() => giveUp('not answered in time'), patience)
      signal.addEventListener('abort', onAbort, { once: true })
      waiting.set(id, answered.resolve)
      channel.emit(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
      try {
        return resultOf(method, await answered.promise)
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        waiting.delete(id)
      }
    },
    answer(text) {
      const response = parseLossless(text)
      if (isObject(response)) waiting.get(String(response.id))?.(response)
    },
  }
}

const resultOf = (method: string, { result, error }: JsonObject): unknown => {
  if (!isObject(error)) return result
  throw new InputNotGiven(`${method}: ${String(error.message)}`)
}
