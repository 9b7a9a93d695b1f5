import type { StreamEvent } from '../core/conversation.ts'
import { encodeSse, SSE_KEEPALIVE } from '../lib/sse.ts'
import { SAFE_HEADERS } from './safe-headers.ts'

export type StreamOptions = Readonly<{
  headers?: Readonly<Record<string, string>>
  /** Milliseconds between comments on a quiet stream. */
  keepAlive?: number
  /** Milliseconds after which the stream ends, because the caller's token does; undefined for never. */
  endsIn?: number | undefined
}>

/** A Response of server-sent events: never buffered, never compressed, alive when quiet. */
export const streamResponse = (
  events: ReadableStream<StreamEvent>,
  { headers = {}, keepAlive = 15_000, endsIn }: StreamOptions = {},
): Response =>
  new Response(toBytes(events, keepAlive, endsIn), {
    headers: {
      ...SAFE_HEADERS,
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      ...headers,
    },
  })

const LONGEST_TIMER = 2 ** 31 - 1
const utf8 = new TextEncoder()

const toBytes = (
  events: ReadableStream<StreamEvent>,
  keepAlive: number,
  endsIn: number | undefined,
): ReadableStream<Uint8Array> => {
  const reader = events.getReader()
  let quiet: ReturnType<typeof setInterval> | undefined
  let expiry: ReturnType<typeof setTimeout> | undefined
  const stop = () => {
    clearInterval(quiet)
    clearTimeout(expiry)
  }
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const comment = utf8.encode(SSE_KEEPALIVE)
      // Headers leave with the first byte: without one, a client of a quiet stream waits for both.
      controller.enqueue(comment)
      quiet = setInterval(() => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(comment)
      }, keepAlive)
      if (endsIn === undefined) return
      expiry = setTimeout(
        () => void reader.cancel('token expired'),
        Math.min(endsIn, LONGEST_TIMER),
      )
    },
    async pull(controller) {
      const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }))
      if (!done && value !== undefined) {
        controller.enqueue(utf8.encode(encodeSse({ event: 'message', ...value })))
        return
      }
      stop()
      controller.close()
    },
    cancel(reason) {
      stop()
      return reader.cancel(reason)
    },
  })
}
