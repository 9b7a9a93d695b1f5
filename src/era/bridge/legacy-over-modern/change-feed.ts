import type { Reply, StreamEvent } from '../../../core/conversation.ts'
import { InvalidParams, UpstreamFailed, UpstreamTimedOut } from '../../../core/errors.ts'
import { isObject, type JsonObject } from '../../../core/json-rpc.ts'
import { LIST_CHANGES, META, RPC } from '../../../core/protocol.ts'
import { parseLossless } from '../../../lib/lossless-json.ts'
import { withoutMeta } from '../../translate/legacy-result.ts'
import type { LegacyOverModernLimits } from './limits.ts'

/** What a session wants to hear of: its one `subscriptions/listen` (MCP 2026-07-28). */
export type ChangeFeed = Readonly<{
  /** From now on changes of the server's lists are heard of. Does not wait, never throws. */
  hearLists: () => void
  /**
   * Resolves when the server has acknowledged.
   *
   * @throws InvalidParams when it does not honour this one, UpstreamFailed, UpstreamTimedOut
   */
  subscribe: (uri: string) => Promise<void>
  /** Never throws. */
  unsubscribe: (uri: string) => Promise<void>
  close: () => void
}>

/** What a feed needs of its session. */
export type ChangeFeedOptions = Readonly<{
  server: string
  /** Milliseconds. */
  now: () => number
  /** Which lists the server announces changes of, such as `toolsListChanged`. */
  lists: () => JsonObject
  /** Sends `subscriptions/listen` with this filter. */
  listen: (filter: JsonObject, signal: AbortSignal) => Promise<Reply>
  deliver: (text: string) => void
  limits: LegacyOverModernLimits
}>

type Listening = Readonly<{
  /** The text of the filter that was asked for. */
  asked: string
  /** What the server honours of it. */
  honoured: JsonObject
  messages: AsyncIterableIterator<StreamEvent>
  stop: () => void
}>

/** Opens the subscription again whenever the set changes, and with growing pauses when it breaks. */
export const createChangeFeed = (options: ChangeFeedOptions): ChangeFeed => {
  const { lists, deliver, limits } = options
  const uris = new Set<string>()
  let hearsLists = false
  let current: Listening | undefined
  let turn: Promise<unknown> = Promise.resolve()
  let timer: Timer | undefined
  let delay = limits.firstRetry
  let closed = false

  const wanted = (): JsonObject => ({
    ...(hearsLists && lists()),
    ...(uris.size > 0 && { resourceSubscriptions: [...uris] }),
  })
  const replace = (next: Listening | undefined) => {
    clearTimeout(timer)
    current?.stop()
    current = next
  }
  const open = async (): Promise<JsonObject> => {
    const filter = wanted()
    if (closed || Object.keys(filter).length === 0) {
      replace(undefined)
      return {}
    }
    if (current?.asked === JSON.stringify(filter)) return current.honoured
    // The old one goes on until the new one is there: a change told twice is better than one missed.
    const next = await openListening(options, filter)
    if (closed) next.stop()
    else replace(next)
    void follow(next)
    return next.honoured
  }
  /** One after the other: each sees what those before it wanted. */
  const reopen = (): Promise<JsonObject> => {
    const opened = turn.then(open)
    turn = opened.catch(() => undefined)
    return opened
  }
  const retry = (cause?: unknown) => {
    clearTimeout(timer)
    // What a server has refused once it will refuse again.
    if (closed || cause instanceof ListeningRefused) return
    timer = setTimeout(() => void reopen().catch(retry), delay)
    delay = Math.min(delay * 2, limits.longestRetry)
  }
  const follow = async (listening: Listening) => {
    const since = options.now()
    await readAll(listening.messages, (message) => {
      if (current === listening && CHANGES.has(String(message.method))) {
        deliver(withoutSubscription(message))
      }
    })
    if (current !== listening) return
    current = undefined
    // Only one that has lasted tells that the server is well again.
    if (options.now() - since > limits.longestRetry) delay = limits.firstRetry
    retry()
  }
  const forget = async (uri: string) => {
    if (!uris.delete(uri)) return
    await reopen().catch(retry)
  }

  return {
    hearLists() {
      if (hearsLists) return
      hearsLists = true
      reopen().catch(retry)
    },
    async subscribe(uri) {
      uris.add(uri)
      try {
        const { resourceSubscriptions } = await reopen()
        if (Array.isArray(resourceSubscriptions) && resourceSubscriptions.includes(uri)) return
        throw new InvalidParams(`Server ${options.server} does not tell of changes of ${uri}`)
      } catch (cause) {
        await forget(uri)
        throw cause
      }
    },
    unsubscribe: forget,
    close() {
      closed = true
      replace(undefined)
    },
  }
}

const CHANGES: ReadonlySet<string> = new Set([
  ...LIST_CHANGES.map(({ notice }) => notice),
  'notifications/resources/updated',
])

/** The server does not know the subscription, or not with this filter. */
class ListeningRefused extends UpstreamFailed {}

const openListening = async (
  { server, listen, limits }: ChangeFeedOptions,
  filter: JsonObject,
): Promise<Listening> => {
  const controller = new AbortController()
  const stop = () => controller.abort()
  const timer = setTimeout(stop, limits.acknowledge)
  try {
    const reply = await listen(filter, controller.signal)
    const messages = eventsOf(reply).values()
    const honoured = honouredIn(server, (await messages.next()).value)
    return { asked: JSON.stringify(filter), honoured, messages, stop }
  } catch (cause) {
    const late = controller.signal.aborted
    stop()
    if (!late) throw cause
    const sentence = `Server ${server} did not acknowledge the subscription in time`
    throw new UpstreamTimedOut(sentence, { cause })
  } finally {
    clearTimeout(timer)
  }
}

const eventsOf = (reply: Reply): ReadableStream<StreamEvent> => {
  if (reply.kind === 'stream') return reply.events
  return new ReadableStream({
    start(controller) {
      if (reply.kind === 'single') controller.enqueue({ data: reply.text })
      controller.close()
    },
  })
}

/** What the acknowledgement, which comes first, says. */
const honouredIn = (server: string, event: StreamEvent | undefined): JsonObject => {
  const message: unknown = JSON.parse(event?.data || 'null')
  const { params, error } = isObject(message) ? message : {}
  if (isObject(params) && isObject(params.notifications)) return params.notifications
  const because = isObject(error) ? `: ${String(error.message)}` : ''
  const sentence = `Server ${server} did not acknowledge the subscription${because}`
  const forGood = isObject(error) && REFUSALS.has(error.code)
  throw forGood ? new ListeningRefused(sentence) : new UpstreamFailed(sentence)
}

const REFUSALS: ReadonlySet<unknown> = new Set([RPC.methodNotFound, RPC.invalidParams])

const readAll = async (
  messages: Listening['messages'],
  onMessage: (message: JsonObject) => void,
): Promise<void> => {
  try {
    for await (const { data } of messages) {
      const message = data === '' ? undefined : parseLossless(data)
      if (isObject(message)) onMessage(message)
    }
  } catch {
    // A stream that breaks is opened again like one that ends.
  }
}

const withoutSubscription = (message: JsonObject): string => {
  if (!isObject(message.params)) return JSON.stringify(message)
  const { params, ...rest } = message
  const bare = withoutMeta(message.params, META.subscriptionId)
  return JSON.stringify(Object.keys(bare).length === 0 ? rest : { ...rest, params: bare })
}
