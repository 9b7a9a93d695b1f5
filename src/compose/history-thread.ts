import { Overloaded, RecordUnavailable, UnprocessableRequest } from '../core/errors.ts'
import type { HistoryQuery } from '../core/history.ts'

/** Which record is read. */
export type HistorySource = Readonly<{
  path: string
  /** The first sequence number of the gateway that runs; undefined while none does. */
  runningSince: number | undefined
}>

/** One question: a page or one event. `now`: milliseconds since the epoch. */
export type HistoryAsked = Readonly<{
  id: number
  now: number
  page?: HistoryQuery
  one?: string
}>

export type HistoryAnswer = Readonly<
  { id: number } & ({ text: string | undefined } | { problem: string; at: number | undefined })
>

/** The record read in a thread of its own; answers are JSON text, which need not be parsed here. */
export type HistoryThread = Readonly<{
  /** @throws UnprocessableRequest for a filter that cannot be read, RecordUnavailable, Overloaded */
  page: (query: HistoryQuery) => Promise<string>
  /** Undefined when there is none. @throws RecordUnavailable, Overloaded */
  one: (id: string) => Promise<string | undefined>
  close: () => void
}>

type Waiting = Readonly<{ resolve: (text: string | undefined) => void; reject: (e: Error) => void }>

/** Questions that may wait at once: who asks faster than the disk reads is told so. */
const LIMIT = 64

/** Starts the thread when it is first asked, and again when it ended by itself. */
export const createHistoryThread = (
  source: HistorySource,
  now: () => number,
  createWorker: () => Worker = createHistoryWorker,
): HistoryThread => {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let counter = 0

  const settle = (answer: HistoryAnswer) => {
    const asked = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('problem' in answer) asked?.reject(toError(answer))
    else asked?.resolve(answer.text)
  }

  const end = () => {
    worker?.terminate()
    worker = undefined
    for (const { reject } of waiting.values()) reject(unavailable('the reading thread ended'))
    waiting.clear()
  }

  const start = (): Worker => {
    const started = createWorker()
    started.addEventListener('message', ({ data }: MessageEvent<string>) =>
      settle(JSON.parse(data)),
    )
    started.addEventListener('error', (event) => event.preventDefault())
    started.addEventListener('close', () => {
      if (worker === started) end()
    })
    started.postMessage(JSON.stringify(source))
    // Reading never keeps the gateway from ending.
    started.unref()
    return started
  }

  const ask = (asked: Pick<HistoryAsked, 'page' | 'one'>): Promise<string | undefined> => {
    if (waiting.size >= LIMIT) throw new Overloaded('Too many questions to the record at once')
    const id = ++counter
    worker ??= start()
    const reading = worker
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      reading.postMessage(JSON.stringify({ id, now: now(), ...asked }))
    })
  }

  return {
    page: async (query) => (await ask({ page: query })) ?? '',
    one: async (id) => ask({ one: id }),
    close: end,
  }
}

const unavailable = (why: string) =>
  new RecordUnavailable('The record cannot be read', { cause: new Error(why), retryAfter: 1 })

const toError = ({ problem, at }: Extract<HistoryAnswer, { problem: string }>): Error =>
  at === undefined
    ? unavailable(problem)
    : new UnprocessableRequest(`filter, at character ${at + 1}: ${problem}`, { data: { at } })

/** In the compiled binary, paths are those of the entry points below their common root. */
const createHistoryWorker = (): Worker =>
  new Worker(
    new URL(
      import.meta.url.includes('$bunfs') ? './compose/history-worker.js' : './history-worker.ts',
      import.meta.url,
    ).href,
  )
