import type { Conversation, Reply, SendOptions } from '../../core/conversation.ts'
import { type GatewayError, MalformedRequest, MethodNotAllowed } from '../../core/errors.ts'
import { errorText, type Message } from '../../core/json-rpc.ts'
import { RPC, UNSOLICITED } from '../../core/protocol.ts'
import { callLimits, createDeadline, type Deadline } from '../deadline.ts'
import { asUpstreamFault, clientLeft, failed, timedOut } from '../faults.ts'
import { readBrokenAnswer, readServerMessage, type ServerMessage } from '../server-message.ts'
import { createReplyQueue, type ReplyQueue } from './reply-queue.ts'
import { keyOf, numberedNames, ownerKey, ownNames, type WireNames } from './wire-names.ts'

/** Requests and answers over one two-way connection, as stdio and the embedded server have. */
export type Multiplexer = Readonly<{
  send: Conversation['send']
  listen: Conversation['listen']
  /**
   * One JSON text of the server; false when it is no JSON-RPC message and was passed over. The call to
   * which it is a broken answer fails at once.
   */
  receive: (text: string) => boolean
  /** A text of the server was lost. When just one call is under way, it was that one's. */
  lost: () => void
  /** Whether something is under way, or somebody listens. */
  isBusy: () => boolean
  /** The server is gone: everything under way ends with this, and so does whatever comes later. */
  fail: (cause: GatewayError) => void
}>

export type MultiplexerOptions = Readonly<{
  server: string
  /**
   * `own`: a connection of one legacy session, whose ids stay as they are. `shared`: one connection of
   * the modern era for everybody, with ids of the gateway's own.
   */
  names: 'own' | 'shared'
  /** Milliseconds without a sign of life. */
  timeout: number
  /** Throws or rejects with a GatewayError when the text cannot be delivered. */
  write: (text: string) => void | Promise<void>
}>

type Flight = {
  readonly wire: WireNames
  readonly method: string | undefined
  readonly queue: ReplyQueue
  readonly deadline: Deadline | undefined
  /** The client of a legacy session has left; its answer is awaited all the same, and dropped. */
  detached: boolean
}

/** Messages kept for a listener that has not come yet. */
const BACKLOG = 64

const refusalFor = (id: unknown, code: number, message: string) =>
  errorText(keyOf(id), { code, message })

/** The logic that every two-way transport has in common. */
export const createMultiplexer = (options: MultiplexerOptions): Multiplexer => {
  const { server, write } = options
  const shared = options.names === 'shared'
  const flights = new Map<string, Flight>()
  const tokens = new Map<string, Flight>()
  const backlog: string[] = []
  let listener: ReplyQueue | undefined
  let gone: GatewayError | undefined
  let lastNumber = 0

  const land = (flight: Flight) => {
    flight.deadline?.clear()
    flights.delete(flight.wire.idKey)
    if (flight.wire.tokenKey !== undefined) tokens.delete(flight.wire.tokenKey)
  }
  /** A server that takes nothing any more needs not be told. */
  const tell = (text: string) => {
    Promise.try(write, text).catch(() => undefined)
  }
  const tellCancelled = ({ wire, method }: Flight, reason: string) => {
    // MCP, cancellation: `initialize` is never cancelled.
    if (method === 'initialize') return
    const params = `{"requestId":${wire.id},"reason":"${reason}"}`
    tell(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":${params}}`)
  }
  const expire = (flight: Flight) => {
    land(flight)
    tellCancelled(flight, 'Timed out')
    flight.queue.refuse(timedOut(server))
  }
  /** Modern: leaving cancels. Legacy: it does not, only nobody reads the answer. */
  const leave = (flight: Flight) => {
    if (flights.get(flight.wire.idKey) !== flight) return
    flight.detached = true
    if (shared) {
      land(flight)
      tellCancelled(flight, 'The client left')
    }
    flight.queue.refuse(clientLeft())
  }

  const board = (message: Message): Flight => {
    const wire = shared ? numberedNames(message, ++lastNumber) : ownNames(message)
    if (flights.has(wire.idKey)) throw new MalformedRequest(`The id ${wire.id} is already in use`)
    const listening = message.method === 'subscriptions/listen'
    const flight: Flight = {
      wire,
      method: message.method,
      queue: createReplyQueue(message.idText, () => leave(flight)),
      deadline: listening
        ? undefined
        : createDeadline(callLimits(options.timeout), () => expire(flight)),
      detached: false,
    }
    flights.set(wire.idKey, flight)
    if (wire.tokenKey !== undefined) tokens.set(wire.tokenKey, flight)
    if (listening) flight.queue.open()
    return flight
  }

  const attached = () =>
    [...flights.values()].filter(({ detached, deadline }) => !detached && deadline !== undefined)

  /** The call that a message without a name may belong to. */
  const guess = (): Flight | undefined => {
    const calls = attached()
    if (calls.length === 1) return calls[0]
    // Between strangers a guess would show one of them what is another's.
    return shared || listener !== undefined ? undefined : calls.at(-1)
  }
  const deliverToListener = (text: string): boolean => {
    if (listener !== undefined) return listener.deliver(text)
    if (shared || backlog.length >= BACKLOG) return false
    backlog.push(text)
    return true
  }
  const deliverUnnamed = ({ kind, method = '', text, id }: ServerMessage) => {
    const flight = UNSOLICITED.test(method) && listener !== undefined ? undefined : guess()
    if (kind === 'request') flight?.deadline?.pause()
    else flight?.deadline?.touch()
    const delivered = flight === undefined ? deliverToListener(text) : flight.queue.deliver(text)
    if (delivered || kind !== 'request') return
    tell(refusalFor(id, RPC.internalError, 'No client is there to answer'))
  }
  const takeNotification = (message: ServerMessage) => {
    const owner = ownerKey(message)
    if (owner === undefined) return deliverUnnamed(message)
    const flight = (owner.by === 'id' ? flights : tokens).get(owner.key)
    if (flight === undefined || flight.detached) return
    flight.deadline?.touch()
    flight.queue.deliver(flight.wire.restore(message))
  }
  const takeRequest = (message: ServerMessage) => {
    // MCP 2026-07-28: servers send no requests.
    if (shared) return tell(refusalFor(message.id, RPC.methodNotFound, 'Method not found'))
    deliverUnnamed(message)
  }
  const takeAnswer = (message: ServerMessage) => {
    const flight = flights.get(keyOf(message.id))
    if (flight === undefined) return
    land(flight)
    flight.queue.finish(flight.wire.restore(message))
  }
  /** An answer that cannot be read was to the request with that id, or else to the only one. */
  const loseAnswer = (id?: unknown) => {
    const [only, ...others] = [...flights.values()]
    const guessed = others.length === 0 ? only : undefined
    const flight = id === undefined ? guessed : flights.get(keyOf(id))
    if (flight === undefined) return
    land(flight)
    flight.queue.refuse(failed(server, 'gave an answer that could not be read'))
  }
  const TAKE: Record<ServerMessage['kind'], (message: ServerMessage) => void> = {
    answer: takeAnswer,
    request: takeRequest,
    notification: takeNotification,
  }

  /** The client's own cancellation: the request it names ends without an answer. */
  const releaseCancelled = (message: Message) => {
    if (message.method !== 'notifications/cancelled') return
    const flight = flights.get(keyOf(message.params?.requestId))
    if (flight === undefined) return
    land(flight)
    flight.queue.finish()
  }
  const sendOneWay = async (message: Message): Promise<Reply> => {
    // A notification names requests by the client's ids, which nobody knows on a shared connection;
    // modern clients have none that could matter (they cancel by leaving), and nothing to answer.
    if (shared) return { kind: 'accepted' }
    await write(message.text)
    // The server may go on now that its question is answered.
    if (message.kind === 'response') for (const { deadline } of attached()) deadline?.touch()
    releaseCancelled(message)
    return { kind: 'accepted' }
  }
  const sendRequest = async (message: Message, signal: AbortSignal): Promise<Reply> => {
    const flight = board(message)
    const onAbort = () => leave(flight)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      write(flight.wire.text)?.catch((cause: unknown) => {
        land(flight)
        flight.queue.refuse(asUpstreamFault(server, cause))
      })
    } catch (cause) {
      land(flight)
      throw cause
    }
    const reply = await flight.queue.reply
    if (reply.kind === 'single') signal.removeEventListener('abort', onAbort)
    return reply
  }
  const refuseGone = (signal: AbortSignal) => {
    if (gone !== undefined) throw gone
    if (signal.aborted) throw clientLeft()
  }

  return {
    send: async (message, { signal }) => {
      refuseGone(signal)
      return message.kind === 'request' ? sendRequest(message, signal) : sendOneWay(message)
    },
    listen: async (_lastEventId, { signal }: SendOptions) => {
      refuseGone(signal)
      if (shared) throw new MethodNotAllowed('Listening by GET is of the legacy era')
      listener?.finish()
      const queue = createReplyQueue(undefined, () => close())
      const close = () => {
        if (listener === queue) listener = undefined
        queue.finish()
      }
      listener = queue
      queue.open()
      signal.addEventListener('abort', close, { once: true })
      for (const text of backlog.splice(0)) queue.deliver(text)
      return queue.reply
    },
    receive: (text) => {
      const message = readServerMessage(text)
      if (message === undefined) {
        const broken = readBrokenAnswer(text)
        if (broken !== undefined) loseAnswer(broken.id)
        return false
      }
      TAKE[message.kind](message)
      return true
    },
    lost: loseAnswer,
    isBusy: () => flights.size > 0 || listener !== undefined,
    fail: (cause) => {
      gone ??= cause
      for (const flight of [...flights.values()]) {
        land(flight)
        flight.queue.refuse(cause)
      }
      listener?.finish()
      listener = undefined
    },
  }
}
