import type { Conversation, SendOptions } from '../../../core/conversation.ts'
import { UpstreamFailed } from '../../../core/errors.ts'
import { isObject, type JsonObject, type Message } from '../../../core/json-rpc.ts'
import { parseLossless } from '../../../lib/lossless-json.ts'

/** What a modern server answered to one request: exactly one of both. */
export type ModernAnswer = Readonly<{ result: JsonObject } | { error: JsonObject }>

/**
 * Sends one request to a modern server and waits for its answer.
 *
 * @param onMessage is given what the server says before it answers, one message after the other
 * @throws UpstreamFailed when there is no answer, and what `send` throws
 */
export const askModern = async (
  server: string,
  modern: Conversation,
  message: Message,
  options: SendOptions,
  onMessage: (text: string) => void | Promise<void>,
): Promise<ModernAnswer> => {
  const reply = await modern.send(message, options)
  if (reply.kind === 'single') return answerOf(parseLossless(reply.text)) ?? noAnswer(server)
  if (reply.kind === 'accepted') return noAnswer(server)
  for await (const { data } of reply.events) {
    if (data === '') continue
    const answer = answerOf(parseLossless(data))
    if (answer !== undefined) return answer
    await onMessage(data)
  }
  return noAnswer(server)
}

const answerOf = (message: unknown): ModernAnswer | undefined => {
  if (!isObject(message)) return undefined
  if (isObject(message.error)) return { error: message.error }
  return isObject(message.result) ? { result: message.result } : undefined
}

const noAnswer = (server: string): never => {
  throw new UpstreamFailed(`Server ${server} gave no answer`)
}
