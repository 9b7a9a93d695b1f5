import type { Reply, StreamEvent } from '../core/conversation.ts'
import { MalformedRequest } from '../core/errors.ts'
import { type Message, toMessage } from '../core/json-rpc.ts'
import type { Answer } from '../gateway/gateway.ts'
import { memberSpans, readStrictJson } from '../lib/strict-json.ts'
import { jsonAnswer } from './json-answer.ts'
import { mcpRefusal } from './refusals.ts'
import { streamResponse } from './stream-response.ts'

/** Far more than any client sends; each of them is an operation of its own. */
const MAX_ELEMENTS = 256

/** The one revision that has batches (MCP 2025-03-26, Streamable HTTP; gone in 2025-06-18). */
export const BATCH_VERSION = '2025-03-26'

/**
 * The messages of a batch, each with its own text.
 *
 * @param text a JSON array, already found free of duplicate keys
 * @throws MalformedRequest when there is none, or too many, or when an element is no message, or opens a session (MCP 2025-03-26, lifecycle)
 */
export const readBatch = (text: string): readonly Message[] => {
  const elements = [...memberSpans(text).values()]
  if (elements.length === 0) throw new MalformedRequest('An empty batch is not accepted')
  if (elements.length > MAX_ELEMENTS) {
    throw new MalformedRequest(`A batch of more than ${MAX_ELEMENTS} messages is not accepted`)
  }
  return elements.map((span) => readElement(text.slice(...span)))
}

const readElement = (text: string): Message => {
  const { value, spans } = readStrictJson(text)
  const span = spans.get('id')
  const message = toMessage(text, value, span && text.slice(...span))
  if (message.method !== 'initialize') return message
  throw new MalformedRequest('initialize must not be part of a batch')
}

/**
 * The answers to a batch: an array of them when all are there, else one stream on which each arrives
 * when it does (MCP 2025-03-26, Streamable HTTP); 202 when nothing was asked.
 */
export const renderBatch = async (
  messages: readonly Message[],
  answers: readonly Answer[],
  challenge: (presented: boolean) => string,
  endsIn: (answer: Answer) => number | undefined,
): Promise<Response> => {
  const parts = await Promise.all(
    messages.map(async (message, at): Promise<string | Events | undefined> => {
      const answer = answers[at]
      if (answer === undefined) return undefined
      if ('reply' in answer) return told(answer.reply)
      if (message.kind !== 'request') return undefined
      return mcpRefusal(answer.exchange, answer.refusal, message.idText, challenge).text()
    }),
  )
  const texts = parts.filter((part) => typeof part === 'string')
  const streams = parts.filter((part) => part instanceof ReadableStream)
  if (streams.length > 0) {
    return streamResponse(merged(texts, streams), { endsIn: answers[0] && endsIn(answers[0]) })
  }
  if (texts.length === 0) return new Response(null, { status: 202 })
  return jsonAnswer(`[${texts.join(',')}]`)
}

type Events = ReadableStream<StreamEvent>

const told = (reply: Reply): string | Events | undefined => {
  if (reply.kind === 'single') return reply.text
  return reply.kind === 'stream' ? reply.events : undefined
}

/** What several streams say, in the order in which they say it, after what is known already. */
const merged = (texts: readonly string[], streams: readonly Events[]): Events => {
  const readers = streams.map((stream) => stream.getReader())
  const next = new Map(readers.map((reader) => [reader, reader.read()] as const))
  const waiting = texts.map((data) => ({ data }))
  return new ReadableStream<StreamEvent>(
    {
      async pull(controller) {
        const known = waiting.shift()
        if (known !== undefined) return controller.enqueue(known)
        while (next.size > 0) {
          const [reader, { done, value }] = await Promise.race(
            [...next].map(async ([each, read]) => [each, await read] as const),
          )
          if (done) next.delete(reader)
          else {
            next.set(reader, reader.read())
            return controller.enqueue(value)
          }
        }
        controller.close()
      },
      async cancel(reason) {
        await Promise.all(readers.map((reader) => reader.cancel(reason)))
      },
    },
    { highWaterMark: 0 },
  )
}
