import type { Reply, StreamEvent } from '../core/conversation.ts'
import { asGatewayError, ClientLeft, type GatewayError } from '../core/errors.ts'
import type { Outcome } from '../core/exchange.ts'
import { isObject } from '../core/json-rpc.ts'
import { mayHoldWord } from '../lib/json-word.ts'
import { type StreamEnd, watchStream } from '../lib/watch-stream.ts'

/** How a reply ended: told in full, or broken off. */
export type Spent = Readonly<
  { outcome: Outcome; fault?: undefined } | { fault: GatewayError; outcome?: undefined }
>

/**
 * Calls `settle` exactly once, when the reply is spent: at once for a single answer, at the end, break
 * or abandonment of a stream. What the client reads is unchanged.
 */
export const whenSpent = (reply: Reply, settle: (spent: Spent) => void): Reply => {
  if (reply.kind === 'accepted') {
    settle({ outcome: { status: 'success', responseStatus: 202, error: undefined } })
    return reply
  }
  if (reply.kind === 'single') {
    settle({ outcome: outcomeOf(reply.text) })
    return reply
  }
  return { ...reply, events: watched(reply.events, settle) }
}

const watched = (
  events: ReadableStream<StreamEvent>,
  settle: (spent: Spent) => void,
): ReadableStream<StreamEvent> => {
  let last = ''
  return watchStream(events, {
    each: ({ data }) => {
      if (data !== '') last = data
    },
    ended: (end) => settle(spentBy(end, last)),
  })
}

const spentBy = (end: StreamEnd, last: string): Spent => {
  if (end.how === 'read') return { outcome: outcomeOf(last) }
  return end.how === 'broken'
    ? { fault: asGatewayError(end.cause) }
    : { fault: new ClientLeft('The client left before the answer was complete') }
}

const SUCCESS: Outcome = { status: 'success', responseStatus: 200, error: undefined }
const failed = (error: string): Outcome => ({ status: 'error', responseStatus: 200, error })

/** Reads from the last message of a reply whether the operation did what it was asked to. */
export const outcomeOf = (text: string): Outcome => {
  // Most answers are neither: the words are looked for before anything is parsed a second time.
  if (!mayHoldWord(text, 'error') && !mayHoldWord(text, 'isError')) return SUCCESS
  const message: unknown = JSON.parse(text)
  if (!isObject(message)) return SUCCESS
  const { error, result } = message
  if (isObject(error)) return failed(String(error.message))
  if (isObject(result) && result.isError === true) return failed(toolError(result.content))
  return SUCCESS
}

const toolError = (content: unknown): string => {
  const first: unknown = Array.isArray(content) ? content[0] : undefined
  const text = isObject(first) && typeof first.text === 'string' ? first.text : 'the tool failed'
  return text.length > 500 ? `${text.slice(0, 499)}…` : text
}
