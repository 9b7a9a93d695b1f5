import type { StreamEvent } from '../../../core/conversation.ts'

/** What waits for the client's GET stream, or goes straight into it. */
export type Outbox = Readonly<{
  /** On exactly one stream: the latest that takes it. What no stream takes waits, the oldest goes first. */
  deliver: (text: string) => void
  /** Another GET stream of the client; it begins with what has waited. */
  open: () => ReadableStream<StreamEvent>
  close: () => void
}>

/** @param limit messages that wait; beyond it the oldest are dropped */
export const createOutbox = (limit: number): Outbox => {
  const waiting: string[] = []
  const streams: ReadableStreamDefaultController<StreamEvent>[] = []
  let closed = false

  const remove = (stream: ReadableStreamDefaultController<StreamEvent>) => {
    const at = streams.indexOf(stream)
    if (at !== -1) streams.splice(at, 1)
  }
  const drain = (stream: ReadableStreamDefaultController<StreamEvent>) => {
    while (waiting.length > 0 && (stream.desiredSize ?? 0) > 0) {
      stream.enqueue({ data: waiting.shift() ?? '' })
    }
  }

  return {
    deliver(text) {
      // All that such a message says is that something changed: said twice, it says no more.
      if (closed || waiting.includes(text)) return
      waiting.push(text)
      for (const stream of streams.toReversed()) drain(stream)
      if (waiting.length > limit) waiting.shift()
    },
    open() {
      let mine: ReadableStreamDefaultController<StreamEvent>
      return new ReadableStream<StreamEvent>(
        {
          start(controller) {
            mine = controller
            if (closed) return controller.close()
            streams.push(controller)
            drain(controller)
          },
          pull: drain,
          cancel: () => remove(mine),
        },
        { highWaterMark: 8 },
      )
    },
    close() {
      closed = true
      waiting.length = 0
      for (const stream of streams.splice(0)) stream.close()
    },
  }
}
