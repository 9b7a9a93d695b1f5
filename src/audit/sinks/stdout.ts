import { createLineQueue } from './line-queue.ts'
import type { LineSink } from './line-sink.ts'

/** As much of a Node stream as is needed; `process.stdout` is one. */
export type LineStream = Readonly<{
  write: (text: string, done: (cause?: Error | null) => void) => unknown
  on: (event: 'error', listener: (cause: Error) => void) => unknown
}>

export type StdoutOptions = Readonly<{
  stream: LineStream
  /** Milliseconds in which lines gather; 0 unless told. */
  linger?: number
  /** Characters that may wait for a reader that does not read. */
  limit?: number
  /** Milliseconds. */
  retryAfter?: number
  /** Milliseconds that closing waits for such a reader. */
  patience?: number
}>

/** Standard output: one JSON line for each settled event, for whoever reads; no part of the record. */
export const createStdoutSink = (options: StdoutOptions): LineSink => {
  const { stream } = options
  // A closed pipe also comes as an event; without a listener it would end the gateway.
  stream.on('error', () => {})

  const send = (text: string) =>
    new Promise<void>((resolve, reject) => {
      if (text === '') return resolve()
      stream.write(text, (cause) => (cause ? reject(cause) : resolve()))
    })

  const queue = createLineQueue({
    send,
    limit: options.limit ?? 4 * 1024 * 1024,
    retryAfter: options.retryAfter ?? 1000,
    patience: options.patience ?? 500,
    linger: options.linger ?? 0,
  })

  return {
    name: 'stdout',
    write: queue.push,
    status: queue.status,
    flush: queue.flush,
    close: queue.flush,
  }
}
