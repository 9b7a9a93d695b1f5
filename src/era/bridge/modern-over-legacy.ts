import type { Conversation, Reply, SendOptions, Upstream } from '../../core/conversation.ts'
import {
  asGatewayError,
  ClientLeft,
  InvalidParams,
  MethodNotAllowed,
  SessionNotFound,
} from '../../core/errors.ts'
import { isObject } from '../../core/json-rpc.ts'
import { mayBeAsked } from '../translate/input-request.ts'
import { toDiscoverResult } from '../translate/modern-result.ts'
import { type Asked, bindingOf, readAsked } from './modern-over-legacy/asked.ts'
import { type Call, createCall } from './modern-over-legacy/call.ts'
import {
  MODERN_OVER_LEGACY_LIMITS,
  type ModernOverLegacyLimits,
} from './modern-over-legacy/limits.ts'
import { listenIn } from './modern-over-legacy/listen.ts'
import { createParkedCalls } from './modern-over-legacy/parked-calls.ts'
import { readResponses } from './modern-over-legacy/questions.ts'
import { answerText, createRound } from './modern-over-legacy/round.ts'
import { createSessionPool } from './modern-over-legacy/session-pool.ts'
import type { BridgeOptions } from './options.ts'

/** Milliseconds between two looks for what has been left behind. */
const SWEEPING = 1000

export type ModernOverLegacy = Conversation &
  Readonly<{
    /** Ends every session behind it. Never throws. */
    end: () => Promise<void>
  }>

/**
 * The modern era of a legacy server. Behind it stand legacy sessions, one
 * principal's never another's, and the calls that wait there for their client's answers.
 */
export const createModernOverLegacy = (
  upstream: Upstream,
  options: BridgeOptions,
  limits: ModernOverLegacyLimits = MODERN_OVER_LEGACY_LIMITS,
): ModernOverLegacy => {
  const { now, newId, seal } = options
  const pool = createSessionPool(upstream, options, limits)
  const parked = createParkedCalls(now, limits)
  let sweeping: ReturnType<typeof setInterval> | undefined

  const sweep = () => {
    parked.sweep()
    pool.sweep()
    if (!pool.isEmpty() || !parked.isEmpty()) return
    clearInterval(sweeping)
    sweeping = undefined
  }
  const keepSweeping = () => {
    sweep()
    sweeping ??= setInterval(sweep, SWEEPING)
    sweeping.unref()
  }

  const discover = async (asked: Asked): Promise<Reply> => {
    const { session, release } = await pool.lease(asked, 'hearing')
    release()
    const result = toDiscoverResult(session.description)
    return { kind: 'single', text: answerText(asked.idText, { result }) }
  }
  const listen = async (asked: Asked, signal: AbortSignal): Promise<Reply> => {
    const lease = await pool.lease(asked, 'hearing')
    try {
      return await listenIn(lease, asked, limits, signal)
    } catch (cause) {
      lease.release()
      throw cause
    }
  }

  const carry = async (call: Call, asked: Asked): Promise<void> => {
    const use = mayBeAsked(asked.method, asked.capabilities) ? 'alone' : 'together'
    const { session, release } = await pool.lease(asked, use)
    try {
      await call.carry(session)
    } finally {
      release(call.wasGivenUp() && use === 'alone')
    }
  }
  /** What a server did not carry out because it had forgotten the session, it is asked once more. */
  const carryOrFail = async (call: Call, asked: Asked): Promise<void> => {
    try {
      await carry(call, asked).catch((cause: unknown) => {
        if (cause instanceof SessionNotFound) return carry(call, asked)
        throw cause
      })
    } catch (cause) {
      call.fail(asGatewayError(cause))
    }
  }
  const join = (call: Call, asked: Asked, signal: AbortSignal): Promise<Reply> => {
    const round = createRound(asked, signal, () => call.leave(round))
    call.join(round)
    return round.reply
  }
  const begin = (asked: Asked, signal: AbortSignal): Promise<Reply> => {
    const binding = bindingOf(upstream.name, asked)
    const lifetime = limits.parking + limits.keeping
    const call = createCall(asked, {
      server: upstream.name,
      now,
      newId,
      limits,
      park: (parking) => {
        parked.keep(parking)
        return seal.close(binding, { call: parking.id }, lifetime)
      },
      sealRepeat: () => seal.close(binding, {}, lifetime),
    })
    const reply = join(call, asked, signal)
    void carryOrFail(call, asked)
    return reply
  }
  /** A retry (MCP 2026-07-28, MRTR): back to the call that asked, never to a second one. */
  const goOn = (asked: Asked, signal: AbortSignal): Promise<Reply> => {
    const responses = readResponses(asked.params.inputResponses)
    const state = asked.params.requestState
    if (typeof state !== 'string') throw new InvalidParams('inputResponses need their requestState')
    const opened = seal.open(bindingOf(upstream.name, asked), state)
    if (!isObject(opened)) throw new InvalidParams(NOT_VALID)
    if (typeof opened.call !== 'string') return repeat(asked, responses, signal)
    const call = parked.find(opened.call)
    if (call === undefined) throw new InvalidParams(OVER)
    call.answer(responses)
    return join(call, asked, signal)
  }
  /** The server refused before it did anything; now that the person has been where it sent them … */
  const repeat = (
    asked: Asked,
    responses: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ) => {
    const agreed = Object.values(responses).every(
      (response) => isObject(response) && response.action === 'accept',
    )
    if (!agreed) throw new InvalidParams('The server needs what the person has declined')
    return begin(asked, signal)
  }

  const send = async (
    message: Parameters<Conversation['send']>[0],
    given: SendOptions,
  ): Promise<Reply> => {
    const { signal } = given
    if (signal.aborted) throw new ClientLeft('The client left before the answer')
    // Modern clients cancel by leaving, and have nothing else to tell.
    if (message.kind !== 'request') return { kind: 'accepted' }
    keepSweeping()
    const asked = readAsked(message, given)
    if (asked.method === 'server/discover') return discover(asked)
    if (asked.method === 'subscriptions/listen') return listen(asked, signal)
    const { inputResponses, requestState } = asked.params
    const isRetry = inputResponses !== undefined || requestState !== undefined
    return isRetry ? goOn(asked, signal) : begin(asked, signal)
  }

  return {
    era: 'modern',
    send,
    listen: async () => {
      throw new MethodNotAllowed('Listening by GET is of the legacy era')
    },
    // Nobody's leaving ends what everybody shares; sessions end when nobody has used them for a while.
    close: async () => undefined,
    end: pool.close,
  }
}

const NOT_VALID =
  'This requestState is not for this request: it is too old, was changed, or belongs to other parameters or another caller'
const OVER = 'The call that this requestState belongs to is over; make the request again'
