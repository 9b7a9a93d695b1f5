import type { Conversation, SendOptions } from '../../../core/conversation.ts'
import { ClientLeft } from '../../../core/errors.ts'
import {
  buildNotification,
  buildRequest,
  isObject,
  type JsonObject,
} from '../../../core/json-rpc.ts'
import { type ClientWord, toModernParams } from '../../translate/envelope.ts'
import { type ClientRequests, InputNotGiven } from './client-requests.ts'
import {
  elicitationId,
  type InputRequest,
  inputRequestsOf,
  isInputRequired,
} from './input-rounds.ts'
import { askModern, type ModernAnswer } from './leg.ts'
import type { LegacyOverModernLimits } from './limits.ts'
import type { ReplyChannel } from './reply-channel.ts'

/** What carrying a request needs of its session. */
export type CarryParts = Readonly<{
  server: string
  modern: Conversation
  requests: ClientRequests
  newId: () => string
  limits: LegacyOverModernLimits
}>

/**
 * Carries one legacy request to a modern server: what the server says on the way goes to the client at
 * once, what it asks for is asked of the client, and the request repeated with the answers
 * (MCP 2026-07-28, MRTR).
 *
 * @param params the request's own, value for value
 * @throws InputNotGiven when the server cannot have the input it needs
 * @throws UpstreamFailed, UpstreamTimedOut, ClientLeft
 */
export const carryRequest = async (
  { server, modern, requests, newId, limits }: CarryParts,
  request: Readonly<{ method: string; params: JsonObject; word: ClientWord }>,
  channel: ReplyChannel,
  options: SendOptions,
): Promise<ModernAnswer> => {
  const { method, word } = request
  const params = toModernParams(method, request.params, word)
  const elsewhere: string[] = []

  const leg = (more: JsonObject) => {
    const message = buildRequest(newId(), method, { ...params, ...more })
    return askModern(server, modern, message, options, (text) => {
      channel.emit(text)
      return channel.ready()
    })
  }
  const collect = async (asked: readonly InputRequest[]): Promise<JsonObject> => {
    const round = new AbortController()
    const signal = AbortSignal.any([round.signal, options.signal])
    const one = async (input: InputRequest) => {
      const response = await requests.ask(channel, input, signal)
      const id = elicitationId(input)
      if (id !== undefined && isObject(response) && response.action === 'accept') elsewhere.push(id)
      return [input.key, response] as const
    }
    try {
      return Object.fromEntries(await Promise.all(asked.map(one)))
    } finally {
      // When one question failed, the others need no answer any more.
      round.abort()
    }
  }
  const nextRound = async (result: JsonObject): Promise<JsonObject> => {
    const asked = inputRequestsOf(server, result, word.capabilities, newId)
    if (channel.isLeft() || options.signal.aborted) {
      throw new ClientLeft('The server has a question, and nobody waits for the answer any more')
    }
    const { requestState } = result
    const state = requestState === undefined ? {} : { requestState }
    if (asked.length > 0) return { ...state, inputResponses: await collect(asked) }
    await pause(limits.pace, options.signal)
    return state
  }

  let answer = await leg({})
  for (let round = 0; 'result' in answer && isInputRequired(answer.result); round++) {
    if (round >= limits.rounds) {
      throw new InputNotGiven(`Server ${server} still wanted input after ${limits.rounds} rounds`)
    }
    answer = await leg(await nextRound(answer.result))
  }
  for (const id of elsewhere) {
    const note = buildNotification('notifications/elicitation/complete', { elicitationId: id })
    channel.emit(note.text)
  }
  return answer
}

const pause = async (time: number, signal: AbortSignal): Promise<void> => {
  const over = Promise.withResolvers<void>()
  const timer = setTimeout(over.resolve, time)
  const onAbort = () => over.reject(new ClientLeft('The client cancelled the request'))
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await over.promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}
