import type { SinkStatus } from './line-sink.ts'

export type LineQueueOptions = Readonly<{
  /** Writes text that ends with an end of line, all of it or none. */
  send: (text: string) => Promise<void>
  /** Characters that may wait. */
  limit: number
  /** Milliseconds until a failed write is tried again. */
  retryAfter: number
  /** Milliseconds in which lines gather before they are written together; 0 unless told. */
  linger?: number
  /** Milliseconds that `flush` waits for a place that takes nothing and does not say so. */
  patience: number
}>

export type LineQueue = Readonly<{
  push: (line: string) => void
  /** Tries now, also with nothing to write. */
  attempt: () => void
  flush: () => Promise<void>
  status: () => SinkStatus
}>

const BATCH = 256 * 1024

/** Lines on their way to one place: in order, one write at a time, in bounded memory. */
export const createLineQueue = (options: LineQueueOptions): LineQueue => {
  /** Each with its end of line. */
  let lines: string[] = []
  let size = 0
  let dropped = 0
  let problem: string | undefined
  let sending = false
  let retry: ReturnType<typeof setTimeout> | undefined
  let gathering: ReturnType<typeof setTimeout> | undefined
  let waiters: (() => void)[] = []

  const release = () => {
    for (const resolve of waiters) resolve()
    waiters = []
  }

  const takeBatch = (): readonly string[] => {
    let length = 0
    const end = lines.findIndex((line) => {
      length += line.length
      return length > BATCH
    })
    return lines.slice(0, end === -1 ? lines.length : Math.max(1, end))
  }

  const sendBatch = async () => {
    const batch = takeBatch()
    const text = batch.join('')
    await options.send(text)
    lines = lines.slice(batch.length)
    size -= text.length
    problem = undefined
  }

  const pump = async () => {
    if (sending) return
    sending = true
    clearTimeout(retry)
    clearTimeout(gathering)
    retry = undefined
    gathering = undefined
    try {
      do await sendBatch()
      while (lines.length > 0)
    } catch (cause) {
      problem = cause instanceof Error ? cause.message : String(cause)
      retry = setTimeout(() => void pump(), options.retryAfter)
      retry.unref()
    }
    sending = false
    release()
  }

  const push = (line: string) => {
    if (size + line.length > options.limit) {
      dropped++
      return
    }
    lines.push(`${line}\n`)
    size += line.length + 1
    if (retry !== undefined || sending || gathering !== undefined) return
    if (!options.linger) return void pump()
    gathering = setTimeout(() => void pump(), options.linger)
    gathering.unref()
  }

  const flush = async () => {
    if (lines.length === 0 && !sending) return
    const done = Promise.withResolvers<void>()
    const timer = setTimeout(done.resolve, options.patience)
    waiters.push(done.resolve)
    void pump()
    await done.promise
    clearTimeout(timer)
  }

  const status = (): SinkStatus => ({
    state: problem === undefined ? 'up' : 'down',
    problem,
    waiting: lines.length,
    dropped,
  })

  return { push, attempt: () => void pump(), flush, status }
}
