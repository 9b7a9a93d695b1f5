import {
  asGatewayError,
  ClientLeft,
  GatewayError,
  SessionNotFound,
  UpstreamFailed,
  UpstreamTimedOut,
} from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/json-rpc.ts'
import { RPC } from '../../../core/protocol.ts'
import { mayBeAsked } from '../../translate/input-request.ts'
import { toLegacyRequest } from '../../translate/legacy-request.ts'
import type { Asked } from './asked.ts'
import { createQuestions } from './questions.ts'
import type { Received } from './received.ts'
import type { Ending, Round } from './round.ts'
import type { Session } from './session.ts'
import { toEnding } from './to-ending.ts'

/**
 * One request in front of a legacy server, from its sending to its end. Between two rounds, while the
 * client finds the answers to the server's questions, it is parked: the server waits, and no client is
 * connected.
 */
export type Call = Readonly<{
  id: string
  owner: string
  /**
   * Carries the call through a session, to its end.
   *
   * @throws SessionNotFound when it was not carried out, and may be once more
   */
  carry: (session: Session) => Promise<void>
  /** A request of the client that waits for what comes next: more questions, or the end. */
  join: (round: Round) => void
  /** The client of this round has left: when nobody waits any more, the server is told. */
  leave: (round: Round) => void
  /** Gives the server the answers that it waits for; all others are passed over. */
  answer: (responses: JsonObject) => void
  fail: (error: GatewayError) => void
  /** Ends a parked call whose questions have waited too long. */
  expire: (now: number) => void
  /** Milliseconds; undefined while it goes on. */
  endedAt: () => number | undefined
  /** Whether it was given up, so that the server may not know yet that it is over. */
  wasGivenUp: () => boolean
}>

export type CallParts = Readonly<{
  server: string
  now: () => number
  newId: () => string
  limits: Readonly<{ debounce: number; parking: number }>
  /** Keeps the call findable and gives the sealed state that finds it. */
  park: (call: Call) => string
  /** A sealed state with which the same request may be made again. */
  sealRepeat: () => string
}>

export const createCall = (asked: Asked, parts: CallParts): Call => {
  const rounds = new Set<Round>()
  const questions = createQuestions(parts.newId)
  const controller = new AbortController()
  const interactive = mayBeAsked(asked.method, asked.capabilities)
  let carried: Readonly<{ session: Session; number: number }> | undefined
  let end: Readonly<{ ending: Ending | GatewayError; at: number }> | undefined
  let asking: ReturnType<typeof setTimeout> | undefined
  let givenUp = false

  const deliver = (round: Round, ending: Ending | GatewayError) =>
    ending instanceof GatewayError ? round.fail(ending) : round.finish(ending)
  const settle = (ending: Ending | GatewayError) => {
    if (end !== undefined) return
    end = { ending, at: parts.now() }
    clearTimeout(asking)
    for (const round of rounds) deliver(round, ending)
    rounds.clear()
  }
  const giveUp = (reason: GatewayError) => {
    if (end !== undefined) return
    givenUp = true
    settle(reason)
    if (carried === undefined) return
    const { session, number } = carried
    // Reading on keeps the connection whole until the server has heard of it.
    void session.cancel(number, reason.message).then(() => controller.abort())
  }

  const inputRequired = (): Ending => ({
    result: {
      resultType: 'input_required',
      inputRequests: questions.inputRequests(),
      requestState: parts.park(call),
    },
  })
  const ask = () => {
    asking = undefined
    if (end !== undefined || questions.isEmpty()) return
    for (const round of rounds) round.finish(inputRequired())
    rounds.clear()
  }
  const takeQuestion = (session: Session, received: Received) => {
    const refusal = questions.refuse(received, asked.capabilities, interactive)
    if (refusal !== undefined || end !== undefined) {
      const error = refusal ?? { code: RPC.internalError, message: 'The call is over' }
      session.answer(received.id, { error }).catch(() => undefined)
      return
    }
    questions.add(received, parts.now())
    asking ??= setTimeout(ask, parts.limits.debounce)
  }
  const takeFrom = (session: Session) => (received: Received) => {
    if (received.kind === 'request') return takeQuestion(session, received)
    if (received.method === 'notifications/cancelled') {
      return questions.withdraw(received.params.requestId)
    }
    for (const round of rounds) round.pass(received)
  }

  const fail = (cause: unknown) => settle(asGatewayError(cause))
  const run = async (session: Session, number: number): Promise<Ending | undefined> => {
    // Some servers tell on the GET stream what belongs to a call.
    if (asked.progressToken !== undefined || asked.logLevel !== undefined) session.follow()
    if (asked.logLevel !== undefined) await session.adjustLogLevel()
    if (end !== undefined) return undefined
    carried = { session, number }
    const message = toLegacyRequest(asked.message, asked.whole, number)
    const options = { headers: asked.headers, signal: controller.signal }
    const answer = await session.run(number, message, options)
    return answer && toEnding(asked, answer.value, session.description, parts.sealRepeat)
  }
  const carry: Call['carry'] = async (session) => {
    if (end !== undefined) return
    const number = session.board({ take: takeFrom(session), logLevel: asked.logLevel })
    try {
      settle((await run(session, number)) ?? noAnswer(parts.server))
    } catch (cause) {
      if (cause instanceof SessionNotFound) throw cause
      fail(cause)
    } finally {
      carried = undefined
      session.leave(number)
    }
  }

  const call: Call = {
    id: parts.newId(),
    owner: asked.owner,
    carry,
    join: (round) => {
      if (end !== undefined) return deliver(round, end.ending)
      if (questions.isEmpty()) return void rounds.add(round)
      round.finish(inputRequired())
    },
    leave: (round) => {
      rounds.delete(round)
      if (rounds.size === 0) giveUp(new ClientLeft('The client left before the answer'))
    },
    answer: (responses) => {
      if (end !== undefined || carried === undefined) return
      for (const { id, result } of questions.take(responses)) {
        carried.session.answer(id, { result }).catch(fail)
      }
    },
    fail,
    expire: (now) => {
      const parked = rounds.size === 0 && end === undefined && carried !== undefined
      if (!parked || now < questions.oldest() + parts.limits.parking) return
      for (const { id, ending } of questions.giveUp()) {
        carried?.session.answer(id, ending).catch(() => undefined)
      }
      giveUp(new UpstreamTimedOut('The questions of the server were not answered in time'))
    },
    endedAt: () => end?.at,
    wasGivenUp: () => givenUp,
  }
  return call
}

const noAnswer = (server: string) =>
  new UpstreamFailed(`Server ${server} ended its answer before it was complete`)
