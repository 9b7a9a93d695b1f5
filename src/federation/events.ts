import type { StreamEvent } from '../core/conversation.ts'
import { labelOf } from './names.ts'

/** Events with their text and id mapped. Back-pressure passes through, and so does leaving. */
export const mapEvents = (
  events: ReadableStream<StreamEvent>,
  map: (text: string) => string | undefined,
  mapId: (id: string) => string,
  onEnd: () => void = () => undefined,
): ReadableStream<StreamEvent> => {
  const reader = events.getReader()
  return new ReadableStream<StreamEvent>(
    {
      async pull(controller) {
        for (;;) {
          const { done, value } = await reader.read().catch((cause: unknown) => {
            onEnd()
            throw cause
          })
          if (done) {
            onEnd()
            return controller.close()
          }
          const { id, ...event } = value
          const data = event.data === '' ? '' : map(event.data)
          if (data === undefined) continue
          return controller.enqueue({ ...event, data, ...(id !== undefined && { id: mapId(id) }) })
        }
      },
      cancel(reason) {
        onEnd()
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

/** To what an event's id belongs: the answer to one request, or what a server tells unasked. */
export type StreamKind = 'answer' | 'changes'

/** An event's id, saying also whose it is, so that resuming finds the server. */
export const eventId = (kind: StreamKind, server: string, id: string): string =>
  `${kind}:${labelOf(server)}:${id}`

/** Undefined for an id that is none of ours. */
export const readEventId = (
  text: string | undefined,
): Readonly<{ kind: StreamKind; label: string; id: string }> | undefined => {
  const [, kind, label, id] = /^(answer|changes):([^:]+):(.*)$/.exec(text ?? '') ?? []
  return label === undefined || id === undefined
    ? undefined
    : { kind: kind === 'answer' ? 'answer' : 'changes', label, id }
}
