import type { DatabaseOptions, SqlValue } from './database.ts'

/** A table that rows are appended to: which file, and the statement that adds one row. */
export type RecordTable = DatabaseOptions & Readonly<{ insert: string }>

/** What the Worker answers to a batch: why it was not committed, or nothing. */
export type Acknowledgement = string

export type Row = readonly SqlValue[]

export type RecordWriter = Readonly<{
  /**
   * Resolves when the rows are durable. A failed commit rejects it, and with it everything that was
   * appended before the failure was known: rows are durable in the order of the calls, or not at all.
   */
  append: (rows: readonly Row[]) => Promise<void>
  /** Waits for what was appended, then closes the file. Later appends reject. */
  close: () => Promise<void>
}>

export type WriterOptions = Readonly<{
  table: RecordTable
  /** Rows in one transaction at most. */
  batchRows?: number
  createWorker?: () => Worker
}>

type Waiting = Readonly<{
  rows: readonly Row[]
  resolve: () => void
  reject: (cause: Error) => void
}>

/**
 * Appends rows to a table from a Worker, with group commit: what came in one turn of the event loop when
 * nothing is in flight, and everything that came meanwhile together when the commit in flight is through.
 */
export const createWriter = (options: WriterOptions): RecordWriter => {
  const batchRows = options.batchRows ?? 2048
  const createWorker = options.createWorker ?? createRecordWorker
  const queue: Waiting[] = []
  let inFlight: readonly Waiting[] = []
  let worker: Worker | undefined
  let scheduled = false
  let closed = false
  let idle: (() => void) | undefined

  const fail = (message: string) => {
    const cause = new Error(`the record could not be written: ${message}`)
    for (const { reject } of [...inFlight, ...queue.splice(0)]) reject(cause)
    inFlight = []
    idle?.()
  }

  const acknowledge = (message: Acknowledgement) => {
    if (message !== '') return fail(message)
    const committed = inFlight
    inFlight = []
    for (const { resolve } of committed) resolve()
    post()
  }

  /** A Worker that ended by itself is replaced at the next batch; what it had is not acknowledged. */
  const startWorker = (): Worker => {
    const started = createWorker()
    const lost = () => {
      if (worker !== started) return
      worker = undefined
      fail('the writing thread ended')
    }
    started.addEventListener('message', (event: MessageEvent<Acknowledgement>) =>
      acknowledge(event.data),
    )
    started.addEventListener('error', (event) => event.preventDefault())
    started.addEventListener('close', lost)
    started.postMessage(JSON.stringify(options.table))
    return started
  }

  const post = () => {
    scheduled = false
    if (inFlight.length > 0) return
    if (queue.length === 0) return idle?.()
    inFlight = queue.splice(0, batchLength(queue, batchRows))
    worker ??= startWorker()
    // One string is the cheapest message there is between threads.
    worker.postMessage(JSON.stringify(inFlight.flatMap(({ rows }) => rows)))
  }

  const append = (rows: readonly Row[]): Promise<void> => {
    if (closed) return Promise.reject(new Error('the record is closed'))
    if (rows.length === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      queue.push({ rows, resolve, reject })
      if (scheduled || inFlight.length > 0) return
      scheduled = true
      setImmediate(post)
    })
  }

  const close = async () => {
    if (closed) return
    closed = true
    if (scheduled || inFlight.length > 0) {
      await new Promise<void>((resolve) => {
        idle = resolve
      })
    }
    const last = worker
    worker = undefined
    if (last !== undefined) await endWorker(last)
  }

  return { append, close }
}

/** How many waiting calls fit into one transaction; a call's rows are never divided. */
const batchLength = (queue: readonly Waiting[], batchRows: number): number => {
  let rows = 0
  const end = queue.findIndex((waiting) => {
    rows += waiting.rows.length
    return rows > batchRows
  })
  return end === -1 ? queue.length : Math.max(1, end)
}

/** Lets the Worker close its file, so that nothing of the write-ahead log is left behind. */
const endWorker = async (worker: Worker): Promise<void> => {
  await new Promise<void>((resolve) => {
    worker.addEventListener('message', () => resolve())
    worker.addEventListener('close', () => resolve())
    worker.postMessage('')
  })
  worker.terminate()
}

/** In the compiled binary, paths are those of the entry points below their common root. */
const createRecordWorker = (): Worker =>
  new Worker(
    new URL(
      import.meta.url.includes('$bunfs') ? './state/record-worker.js' : './record-worker.ts',
      import.meta.url,
    ).href,
  )
