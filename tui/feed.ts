import { type Client, ClientFault, type FeedNews, pauseFor } from '../src/client.ts'
import type { GatewayEvent } from '../src/core/events.ts'
import type { Event } from './events.ts'
import type { Link } from './state.ts'

export type FeedOptions = Readonly<{
  /** The gateway as it can be reached now: where it listens and its token may be others than before. */
  reach: () => Promise<Client>
  dispatch: (event: Event) => void
  /** The newest sequence number heard. */
  heard: () => number
  signal: AbortSignal
}>

/** Milliseconds between two batches: soon enough for the eye, and no more frames than it sees. */
const BATCH = 40
/** Milliseconds before a gateway that refused us, or is not there, is tried again. */
const RETRY = 1_000

/** Watches the gateway until the signal is aborted, and begins anew whenever it was lost. */
export const watch = async (options: FeedOptions): Promise<void> => {
  const { reach, dispatch, heard, signal } = options
  while (!signal.aborted) {
    try {
      const client = await reach()
      await follow(client.events({ after: heard(), bodies: true, signal }), client.url, dispatch)
    } catch (cause) {
      if (signal.aborted) return
      dispatch({ type: 'link', link: lostLink(cause) })
    }
    await pauseFor(RETRY, signal)
  }
}

/** Until the connection is lost: the gateway may be found elsewhere by then. */
const follow = async (
  news: AsyncIterable<FeedNews>,
  place: string,
  dispatch: FeedOptions['dispatch'],
): Promise<void> => {
  const batch = createBatch(dispatch)
  try {
    for await (const each of news) {
      if (each.kind === 'lost') throw each.fault
      if (each.kind === 'event') batch.add(each.event)
      else if (each.kind === 'missed') dispatch({ type: 'missed', count: each.count })
      else if (each.kind === 'unreadable') dispatch(leftOut(each.problem))
      else dispatch({ type: 'link', link: { kind: 'live' }, place })
    }
  } finally {
    batch.flush()
  }
}

/** Events that come close together are told together. */
const createBatch = (dispatch: FeedOptions['dispatch']) => {
  let waiting: GatewayEvent[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    if (waiting.length === 0) return
    const events = waiting
    waiting = []
    dispatch({ type: 'heard', events })
  }
  return {
    flush,
    add: (event: GatewayEvent) => {
      waiting.push(event)
      timer ??= setTimeout(flush, BATCH)
    },
  }
}

const leftOut = (problem: string): Event => ({
  type: 'said',
  text: `an event of the gateway is left out: it ${problem}`,
  tone: 'warn',
})

const lostLink = (cause: unknown): Link => {
  const why = cause instanceof Error ? cause.message : String(cause)
  const refused = cause instanceof ClientFault && cause.kind === 'refused'
  return refused
    ? { kind: 'refused', sentence: `the gateway refuses, trying again: ${why}` }
    : { kind: 'lost', sentence: `the gateway is gone, trying again: ${why}` }
}
