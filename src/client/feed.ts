import type { GatewayEvent } from '../core/events.ts'
import { isObject } from '../core/json-rpc.ts'
import { parseLossless } from '../lib/lossless-json.ts'
import { pauseFor } from '../lib/pause.ts'
import { isStream, readEvents, readJson } from './answer.ts'
import type { Send } from './ask-server.ts'
import { readEvent } from './event-file.ts'
import { ClientFault, restRefusal } from './fault.ts'

/**
 * What the live feed says. `missed`: so many events are lost to us. `unreadable`: what came is no event.
 * `lost`: the connection is gone, and is tried again after `retryIn` milliseconds. `open`: it stands.
 */
export type FeedNews = Readonly<{ kind: 'event'; event: GatewayEvent }> | StreamNews

/** The same of what a server writes to standard error. */
export type LogNews = Readonly<{ kind: 'line'; line: string; number: number }> | StreamNews

type StreamNews =
  | Readonly<{ kind: 'missed'; count: number }>
  | Readonly<{ kind: 'unreadable'; problem: string }>
  | Readonly<{ kind: 'open' }>
  | Readonly<{ kind: 'lost'; fault: ClientFault; retryIn: number }>

export type FeedOptions = StreamOptions &
  Readonly<{
    /** Whether the gateway shall keep whole exchanges meanwhile, for `GET /admin/events/{id}`. */
    bodies?: boolean
  }>

export type StreamOptions = Readonly<{
  /** The last number seen: 0 for all that the gateway remembers, undefined for what is new. */
  after?: number | undefined
  signal: AbortSignal
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
export const watchEvents = (send: Send, feed: FeedOptions): AsyncGenerator<FeedNews> =>
  watch(
    { send, path: feed.bodies ? '/admin/events?bodies=1' : '/admin/events', read: toEvent },
    feed,
  )

/** The lines of a server's log as they come (`GET /admin/servers/{name}/logs`), in the same way. */
export const watchLog = (
  send: Send,
  server: string,
  options: StreamOptions,
): AsyncGenerator<LogNews> => {
  const path = `/admin/servers/${encodeURIComponent(server)}/logs?follow=1`
  return watch({ send, path, read: toLine }, options)
}

/** A stream of the gateway, and how one message of it is read. */
type Stream<T> = Readonly<{
  send: Send
  path: string
  read: (value: unknown) => T | Extract<StreamNews, { kind: 'unreadable' }>
}>

async function* watch<T>(
  stream: Stream<T>,
  { after, signal, silence = 45_000, firstRetry = 250 }: StreamOptions,
): AsyncGenerator<T | StreamNews> {
  let last = after
  let failures = 0
  while (!signal.aborted) {
    const end = yield* oneConnection(stream, last, signal, silence)
    if (signal.aborted) return
    const { fault } = end
    if (fault.kind === 'refused' || fault.kind === 'foreign') throw fault
    failures = end.heard ? 0 : failures + 1
    last = end.last
    const retryIn = firstRetry * 2 ** Math.min(failures, 4)
    yield { kind: 'lost', fault, retryIn }
    await pauseFor(retryIn, signal)
  }
}

type End = Readonly<{ fault: ClientFault; last: number | undefined; heard: boolean }>

/** One connection from its opening to its loss. */
async function* oneConnection<T>(
  { send, path, read }: Stream<T>,
  after: number | undefined,
  signal: AbortSignal,
  silence: number,
): AsyncGenerator<T | StreamNews, End> {
  const quiet = createQuietWatch(silence)
  let last = after
  let heard = false
  try {
    const response = await send(path, {
      headers: {
        accept: 'text/event-stream',
        ...(last !== undefined && { 'last-event-id': String(last) }),
      },
      signal: AbortSignal.any([signal, quiet.signal]),
    })
    if (!isStream(response)) throw await refusalOf(response)
    heard = true
    yield { kind: 'open' }
    for await (const { data, id } of readEvents(response, quiet.alive)) {
      if (id !== undefined && /^\d{1,15}$/.test(id)) last = Number(id)
      if (data !== '') yield toNews(data, read)
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
const toNews = <T>(data: string, read: Stream<T>['read']): T | StreamNews => {
  try {
    const value = parseLossless(data)
    if (isObject(value) && typeof value.missed === 'number') {
      return { kind: 'missed', count: value.missed }
    }
    return read(value)
  } catch {
    return { kind: 'unreadable', problem: 'is no JSON' }
  }
}

const toEvent = (value: unknown) => {
  const read = readEvent(value)
  return 'event' in read
    ? ({ kind: 'event', ...read } as const)
    : ({ kind: 'unreadable', ...read } as const)
}

const toLine = (value: unknown) =>
  isObject(value) && typeof value.line === 'string' && typeof value.number === 'number'
    ? ({ kind: 'line', line: value.line, number: value.number } as const)
    : ({ kind: 'unreadable', problem: 'is no line' } as const)
