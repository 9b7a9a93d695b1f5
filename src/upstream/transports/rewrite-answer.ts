import type { Reply, StreamEvent } from '../../core/conversation.ts'
import { readServerMessage } from '../server-message.ts'

/** A reply whose answer, however it comes, is what `rewrite` makes of its text. */
export const rewriteAnswer = (reply: Reply, rewrite: (text: string) => string): Reply => {
  if (reply.kind === 'single') return { ...reply, text: rewrite(reply.text) }
  if (reply.kind === 'accepted') return reply
  const event = ({ data, ...rest }: StreamEvent): StreamEvent => {
    const isAnswer = data !== '' && readServerMessage(data)?.kind === 'answer'
    return { ...rest, data: isAnswer ? rewrite(data) : data }
  }
  const reader = reply.events.getReader()
  const events = new ReadableStream<StreamEvent>(
    {
      pull: async (controller) => {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(event(value))
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  return { ...reply, events }
}
