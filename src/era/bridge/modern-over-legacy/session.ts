import type { SendOptions, Upstream } from '../../../core/conversation.ts'
import { SessionNotFound } from '../../../core/errors.ts'
import {
  buildNotification,
  buildRequest,
  isObject,
  type JsonObject,
  type Message,
} from '../../../core/json-rpc.ts'
import { RPC, UNSOLICITED } from '../../../core/protocol.ts'
import { canBeAsked } from '../../translate/input-request.ts'
import { mostVerbose } from '../../translate/log-levels.ts'
import { followGetStream } from './get-stream.ts'
import { COURTESY } from './limits.ts'
import { openConversation } from './open-session.ts'
import { readAnswer } from './read-answer.ts'
import type { Received } from './received.ts'
import { answerText } from './round.ts'

/** A call on its way through a session. */
export type Passenger = Readonly<{
  /** What the server says and asks on the way. */
  take: (received: Received) => void
  logLevel: string | undefined
}>

/** Someone who wants to know what changes at the server. */
export type Hearer = Readonly<{
  hear: (received: Received) => void
  /** Nothing will be heard any more. */
  end: () => void
}>

/** One legacy session, behind which the gateway is the client. */
export type Session = Readonly<{
  /** The result of `initialize`. */
  description: JsonObject
  /** What the server says it can do. */
  capabilities: JsonObject
  /** Gives the call the number that it goes by on the wire. */
  board: (passenger: Passenger) => number
  leave: (number: number) => void
  /**
   * Sends a request that has boarded and reads to its answer; undefined when there is none.
   *
   * @throws SessionNotFound only when the server has not looked at the request
   */
  run: (number: number, message: Message, options: SendOptions) => Promise<Received | undefined>
  /** Makes the server log what the calls under way want to hear. */
  adjustLogLevel: () => Promise<void>
  /** Answers a request of the server: `result` or `error`. */
  answer: (id: unknown, ending: JsonObject) => Promise<void>
  /** Tells the server that nobody waits for this request any more. Never throws. */
  cancel: (number: number, reason: string) => Promise<void>
  attach: (hearer: Hearer) => () => void
  /** Hears also what comes outside of a call's own stream. */
  follow: () => void
  /** Whether the server agreed. One subscription serves everybody who has this session. */
  subscribe: (uri: string) => Promise<boolean>
  unsubscribe: (uri: string) => void
  close: () => Promise<void>
}>

/**
 * @param options.opening milliseconds
 * @param options.onGone the server has forgotten the session
 * @throws UpstreamFailed, UpstreamTimedOut
 */
export const openSession = async (
  upstream: Upstream,
  options: Readonly<{
    capabilities: JsonObject
    clientInfo: JsonObject
    owner: string | undefined
    opening: number
    onGone: () => void
  }>,
): Promise<Session> => {
  const signal = AbortSignal.timeout(options.opening)
  const { conversation, description } = await openConversation(
    upstream,
    options.capabilities,
    options.clientInfo,
    signal,
    options.owner,
  )
  const capabilities = isObject(description.capabilities) ? description.capabilities : {}
  const passengers = new Map<number, Passenger>()
  const hearers = new Set<Hearer>()
  const subscribed = new Map<string, { agreed: Promise<boolean>; count: number }>()
  const ending = new AbortController()
  let lastNumber = 0
  let level: string | undefined
  let leveling = Promise.resolve()
  let following = false

  const tell = async (message: Message) => {
    await conversation.send(message, { signal: AbortSignal.timeout(COURTESY), headers: {} })
  }
  const answer = (id: unknown, given: JsonObject) =>
    tell({
      kind: 'response',
      text: answerText(JSON.stringify(id), given),
      idText: JSON.stringify(id),
      method: undefined,
      params: undefined,
    })
  /** Whether an answer reaches a server that asked out of turn is its own affair. */
  const answerAnyway = (id: unknown, given: JsonObject) => {
    answer(id, given).catch(() => undefined)
  }

  const takeRequest = (received: Received, passenger: Passenger | undefined) => {
    if (received.method === 'ping') return answerAnyway(received.id, { result: {} })
    if (passenger !== undefined) return passenger.take(received)
    const message = 'There is no single call under way that this could belong to'
    answerAnyway(received.id, { error: { code: RPC.internalError, message } })
  }
  /** `own`: on whose stream it came. Without one it is the only call's, and with several nobody's. */
  const route = (received: Received, own?: Passenger) => {
    const [only, ...others] = passengers.values()
    const passenger = own ?? (others.length === 0 ? only : undefined)
    if (received.kind === 'request') return takeRequest(received, passenger)
    if (UNSOLICITED.test(received.method)) {
      for (const hearer of [...hearers]) hearer.hear(received)
      return
    }
    if (received.method === 'notifications/progress') {
      return passengers.get(Number(received.params.progressToken))?.take(received)
    }
    passenger?.take(received)
  }

  const silence = () => {
    following = false
    for (const hearer of [...hearers]) hearer.end()
  }
  const gone = () => {
    ending.abort()
    silence()
    options.onGone()
  }
  const follow = () => {
    if (following) return
    following = true
    const stream = { take: route, onGone: gone, onSilent: silence, signal: ending.signal }
    void followGetStream(conversation, stream)
  }

  const run: Session['run'] = async (number, message, { headers, signal }) => {
    const reply = await conversation.send(message, { headers, signal }).catch((cause: unknown) => {
      if (cause instanceof SessionNotFound) gone()
      throw cause
    })
    return readAnswer(reply, {
      number,
      take: (received) => route(received, passengers.get(number)),
      resume: (lastEventId) => conversation.listen(lastEventId, { headers: {}, signal }),
      signal,
    }).catch((cause: unknown) => {
      if (!(cause instanceof SessionNotFound)) throw cause
      gone()
      return undefined
    })
  }
  /** A request of the gateway's own; whether it succeeded. */
  const ask = async (method: string, params: JsonObject): Promise<boolean> => {
    const number = ++lastNumber
    const options = { headers: {}, signal: ending.signal }
    const answered = await run(number, buildRequest(number, method, params), options).catch(
      () => undefined,
    )
    return answered !== undefined && Object.hasOwn(answered.value, 'result')
  }
  const adjust = async () => {
    const asked = [...passengers.values()].map(({ logLevel }) => logLevel)
    const wanted = mostVerbose(asked.filter((each) => each !== undefined))
    if (wanted === undefined || wanted === level) return
    if (await ask('logging/setLevel', { level: wanted })) level = wanted
  }

  // Sent before `initialized`, so that it is open before the server has a reason to ask something there.
  if (canBeAsked(options.capabilities)) follow()
  try {
    await conversation.send(buildNotification('notifications/initialized'), { signal, headers: {} })
  } catch (cause) {
    ending.abort()
    await conversation.close()
    throw cause
  }

  return {
    description,
    capabilities,
    board: (passenger) => {
      passengers.set(++lastNumber, passenger)
      return lastNumber
    },
    leave: (number) => void passengers.delete(number),
    run,
    adjustLogLevel: async () => {
      if (capabilities.logging === undefined) return
      leveling = leveling.then(adjust)
      await leveling
    },
    answer,
    cancel: (number, reason) =>
      tell(buildNotification('notifications/cancelled', { requestId: number, reason })).catch(
        () => undefined,
      ),
    attach: (hearer) => {
      hearers.add(hearer)
      follow()
      return () => void hearers.delete(hearer)
    },
    follow,
    subscribe: (uri) => {
      const entry = subscribed.get(uri) ?? { agreed: ask('resources/subscribe', { uri }), count: 0 }
      entry.count++
      subscribed.set(uri, entry)
      return entry.agreed
    },
    unsubscribe: (uri) => {
      const entry = subscribed.get(uri)
      if (entry === undefined || --entry.count > 0) return
      subscribed.delete(uri)
      void entry.agreed.then((agreed) => agreed && ask('resources/unsubscribe', { uri }))
    },
    close: async () => {
      ending.abort()
      silence()
      await conversation.close()
    },
  }
}
