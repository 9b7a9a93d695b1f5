import type { GatewayEvent } from '../core/events.ts'
import { isObject } from '../core/json-rpc.ts'
import { parseLossless } from '../lib/lossless-json.ts'
import { isStream, readEvents, readJson } from './answer.ts'
import type { Send } from './ask-server.ts'
import { readEvent } from './event-file.ts'
import { ClientFault, restRefusal } from './fault.ts'

/**
 * What the live feed says. `missed`: so many events are lost to us. `unreadable`: what came is no event.
 * `lost`: the connection is gone, and is tried again after `retryIn` milliseconds. `open`: it stands.
 */
export type FeedNews =
  | Readonly<{ kind: 'event'; event: GatewayEvent }>
  | Readonly<{ kind: 'missed'; count: number }>
  | Readonly<{ kind: 'unreadable'; problem: string }>
  | Readonly<{ kind: 'open' }>
  | Readonly<{ kind: 'lost'; fault: ClientFault; retryIn: number }>

export type FeedOptions = Readonly<{
  /** The last sequence number seen: 0 for all that the gateway remembers, undefined for what is new. */
  after?: number | undefined
  signal: AbortSignal
  /** Whether the gateway shall keep whole exchanges meanwhile, for `GET /admin/events/{id}`. */
  bodies?: boolean
  /** Milliseconds without a sign of life before the connection counts as lost; 45 s unless told. */
  silence?: number
  /** Milliseconds before the first new attempt; doubles up to 16 times that; 250 unless told. */
  firstRetry?: number
}>

/**
 * The gateway's events as they happen (`GET /admin/events`), resumed where they broke off, until the
 * signal is aborted.
 *
 * @throws ClientFault `refused` and `foreign`: trying again would not help
 */
export async function* watchEvents(
  send: Send,
  { after, signal, bodies = false, silence = 45_000, firstRetry = 250 }: FeedOptions,
): AsyncGenerator<FeedNews> {
  let last = after
  let failures = 0
  while (!signal.aborted) {
    const end = yield* oneConnection(send, bodies, last, signal, silence)
    if (signal.aborted) return
    const { fault } = end
    if (fault.kind === 'refused' || fault.kind === 'foreign') throw fault
    failures = end.heard ? 0 : failures + 1
    last = end.last
    const retryIn = firstRetry * 2 ** Math.min(failures, 4)
    yield { kind: 'lost', fault, retryIn }
    await pause(retryIn, signal)
  }
}

type End = Readonly<{ fault: ClientFault; last: number | undefined; heard: boolean }>

/** One connection from its opening to its loss. */
async function* oneConnection(
  send: Send,
  bodies: boolean,
  after: number | undefined,
  signal: AbortSignal,
  silence: number,
): AsyncGenerator<FeedNews, End> {
  const quiet = createQuietWatch(silence)
  let last = after
  let heard = false
  try {
    const response = await send(bodies ? '/admin/events?bodies=1' : '/admin/events', {
      headers: {
        accept: 'text/event-stream',
        ...(last !== undefined && { 'last-event-id': String(last) }),
      },
      signal: AbortSignal.any([signal, quiet.signal]),
    })
    if (!isStream(response)) throw await refusalOf(response)
    heard = true
    yield { kind: 'open' }
    for await (const { data } of readEvents(response, quiet.alive)) {
      const news = toNews(data)
      if (news?.kind === 'event') last = news.event.seq
      if (news) yield news
    }
    return { fault: new ClientFault('unreachable', 'ended the stream'), last, heard }
  } catch (cause) {
    const fault = cause instanceof ClientFault ? cause : asLost(cause)
    return { fault, last, heard }
  } finally {
    quiet.end()
  }
}

/** A connection can be dead without anybody having closed it: then nothing comes, not even comments. */
const createQuietWatch = (silence: number) => {
  const quiet = new AbortController()
  const hush = () => quiet.abort(new ClientFault('silent', 'fell silent'))
  let timer = setTimeout(hush, silence)
  return {
    signal: quiet.signal,
    alive: () => {
      clearTimeout(timer)
      timer = setTimeout(hush, silence)
    },
    end: () => {
      clearTimeout(timer)
      quiet.abort()
    },
  }
}

const asLost = (cause: unknown) => new ClientFault('unreachable', 'broke off', { cause })

const refusalOf = async (response: Response): Promise<ClientFault> =>
  restRefusal(await readJson(response), response) ??
  new ClientFault('foreign', 'answered without a stream')

/** Whoever reads this may rely on an event's shape, whatever a gateway of another version says. */
const toNews = (data: string): FeedNews | undefined => {
  if (data === '') return undefined
  try {
    const value = parseLossless(data)
    if (isObject(value) && typeof value.missed === 'number') {
      return { kind: 'missed', count: value.missed }
    }
    const read = readEvent(value)
    return 'event' in read ? { kind: 'event', ...read } : { kind: 'unreadable', ...read }
  } catch {
    return { kind: 'unreadable', problem: 'is no JSON' }
  }
}

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
