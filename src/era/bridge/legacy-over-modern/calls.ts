import type { Reply, SendOptions } from '../../../core/conversation.ts'
import { asGatewayError, MalformedRequest } from '../../../core/errors.ts'
import { type JsonObject, type Message, resultText } from '../../../core/json-rpc.ts'
import type { ClientWord } from '../../translate/envelope.ts'
import { missingCapability, toLegacyError } from '../../translate/legacy-error.ts'
import { toLegacyResult, wrappedTools } from '../../translate/legacy-result.ts'
import { givenErrorText, idKey, losslessParams, refusalText } from './answers.ts'
import { type CarryParts, carryRequest } from './carry.ts'
import { InputNotGiven } from './client-requests.ts'
import type { ModernAnswer } from './leg.ts'
import { createReplyChannel, type ReplyChannel } from './reply-channel.ts'

/** The requests of one session that are under way. */
export type Calls = Readonly<{
  /** @throws MalformedRequest for an id in use; and what sending to the server throws */
  carry: (
    message: Message,
    idText: string,
    word: ClientWord,
    options: SendOptions,
  ) => Promise<Reply>
  /** The client wants no answer to this id any more, and gets none. Unknown ids are ignored. */
  cancel: (idText: string) => void
  /** Cancels all of them. */
  close: () => void
}>

export const createCalls = (parts: CarryParts): Calls => {
  const running = new Map<string, { controller: AbortController; channel: ReplyChannel }>()
  /** The tools whose output schema the client knows as a wrapped one. */
  const wrapped = new Set<string>()

  const learnTools = (result: JsonObject) => {
    for (const [name, wraps] of wrappedTools(result)) {
      if (wraps) wrapped.add(name)
      else wrapped.delete(name)
    }
  }
  const legacyText = ({ method = '', params }: Message, idText: string, answer: ModernAnswer) => {
    if ('error' in answer) {
      const sentence = missingCapability(answer.error)
      return sentence === undefined || method !== 'tools/call'
        ? givenErrorText(idText, toLegacyError(method, answer.error))
        : refusalText(method, idText, sentence)
    }
    if (method === 'tools/list') learnTools(answer.result)
    const wraps = wrapped.has(String(params?.name))
    return resultText(idText, toLegacyResult(method, answer.result, wraps))
  }
  const cancel = (key: string) => {
    const call = running.get(key)
    running.delete(key)
    // What the client was asked is withdrawn before its stream ends.
    call?.controller.abort()
    call?.channel.finish()
  }

  return {
    carry(message, idText, word, options) {
      const key = idKey(idText)
      if (running.has(key)) throw new MalformedRequest(`The id ${idText} is already in use`)
      const call = {
        controller: new AbortController(),
        channel: createReplyChannel(idText, options.signal),
      }
      running.set(key, call)
      const { channel } = call
      const method = message.method ?? ''
      const request = { method, params: losslessParams(message), word }
      const run = async () => {
        try {
          // The client's own signal stays here: in its era, leaving does not cancel.
          const onward = { ...options, signal: call.controller.signal }
          const answer = await carryRequest(parts, request, channel, onward)
          channel.finish(legacyText(message, idText, answer))
        } catch (cause) {
          if (!(cause instanceof InputNotGiven)) return channel.fail(asGatewayError(cause))
          channel.finish(refusalText(method, idText, cause.message))
        } finally {
          if (running.get(key) === call) running.delete(key)
        }
      }
      void run()
      return channel.reply
    },
    cancel: (idText) => cancel(idKey(idText)),
    close: () => {
      for (const key of [...running.keys()]) cancel(key)
    },
  }
}
