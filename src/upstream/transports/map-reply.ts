import type { Reply, StreamEvent } from '../../core/conversation.ts'
import { readServerMessage, type ServerMessage } from '../server-message.ts'

/** A reply whose messages are what `map` makes of them, as they come. */
export const mapReply = (reply: Reply, map: (message: ServerMessage) => string): Reply => {
  if (reply.kind === 'accepted') return reply
  const mapText = (text: string): string => {
    const message = readServerMessage(text)
    return message === undefined ? text : map(message)
  }
  if (reply.kind === 'single') return { ...reply, text: mapText(reply.text) }
  const mapEvent = (event: StreamEvent): StreamEvent =>
    event.data === '' ? event : { ...event, data: mapText(event.data) }
  const reader = reply.events.getReader()
  const events = new ReadableStream<StreamEvent>(
    {
      pull: async (controller) => {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(mapEvent(value))
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  return { ...reply, events }
}

/** A reply whose answer, however it comes, is what `rewrite` makes of its text. */
export const rewriteAnswer = (reply: Reply, rewrite: (text: string) => string): Reply =>
  mapReply(reply, ({ kind, text }) => (kind === 'answer' ? rewrite(text) : text))
