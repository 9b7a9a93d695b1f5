import type { StreamEvent } from '../core/conversation.ts'

/** A stream with each message's text mapped; undefined drops the message. Back-pressure passes through. */
export const mapEvents = (
  events: ReadableStream<StreamEvent>,
  map: (text: string) => string | undefined,
): ReadableStream<StreamEvent> =>
  events.pipeThrough(
    new TransformStream<StreamEvent, StreamEvent>(
      {
        transform(event, controller) {
          const data = event.data === '' ? '' : map(event.data)
          if (data !== undefined) controller.enqueue({ ...event, data })
        },
      },
      { highWaterMark: 1 },
      { highWaterMark: 0 },
    ),
  )
