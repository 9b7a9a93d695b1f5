import type { Reply } from '../../../core/conversation.ts'
import { pauseFor } from '../../../lib/pause.ts'
import { type Received, readReceived } from './received.ts'

/** How the answer to one request is read. */
export type Reading = Readonly<{
  /** The id the request had on the wire. */
  number: number
  /** Takes everything that is not the answer. */
  take: (received: Received) => void
  /** Opens the stream of the request again where it broke off. */
  resume: (lastEventId: string) => Promise<Reply>
  signal: AbortSignal
}>

/** How often in a row a server may close the stream of one request without having said anything. */
const RESUMPTIONS = 5
const PAUSE = 1000
const LONGEST_PAUSE = 30_000

/**
 * Reads a reply to its answer. A server may close the stream before that and have it resumed by its
 * event id (MCP 2025-11-25, SEP-1699).
 *
 * @returns undefined when there is no answer
 */
export const readAnswer = async (reply: Reply, reading: Reading): Promise<Received | undefined> => {
  const place: Place = { id: undefined, retry: PAUSE }
  let current = reply
  for (let silent = 0; silent < RESUMPTIONS; silent++) {
    const before = place.id
    const answer = await readThrough(current, reading, place)
    if (answer !== undefined || place.id === undefined || reading.signal.aborted) return answer
    if (place.id !== before) silent = 0
    await pauseFor(Math.min(place.retry, LONGEST_PAUSE), reading.signal)
    if (reading.signal.aborted) return undefined
    current = await reading.resume(place.id)
  }
  return undefined
}

/** Where a stream can be resumed, and after how many milliseconds. */
type Place = { id: string | undefined; retry: number }

const readThrough = async (
  reply: Reply,
  { number, take }: Reading,
  place: Place,
): Promise<Received | undefined> => {
  if (reply.kind === 'accepted') return undefined
  if (reply.kind === 'single') return readReceived(reply.text)
  for await (const event of reply.events) {
    place.id = event.id ?? place.id
    place.retry = event.retry ?? place.retry
    const received = readReceived(event.data)
    if (received?.kind === 'answer' && received.id === number) return received
    if (received !== undefined && received.kind !== 'answer') take(received)
  }
  return undefined
}
