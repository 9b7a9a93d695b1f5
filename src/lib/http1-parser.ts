import { Http1Error } from './http1-error.ts'
import { type Http1Head, parseHead } from './http1-head.ts'

export type ResponseEvents = Readonly<{
  onHead: (head: Http1Head) => void
  onChunk: (bytes: Uint8Array) => void
  /** @param clean false when bytes follow that nobody asked for: the connection must not be reused */
  onEnd: (clean: boolean) => void
}>

export type ResponseParser = Readonly<{
  /** @throws Http1Error `protocol`; after that the parser and its connection are of no more use */
  push: (bytes: Uint8Array) => void
  /** Forgets a response that was read to its end, for the next one. */
  renew: () => void
  /** The peer closed. @throws Http1Error `closed` when the response is not whole */
  close: () => void
}>

export type HeadLimits = Readonly<{ maxHeadBytes: number; maxFields: number }>

const HEAD_END = Buffer.from('\r\n\r\n')
const LINE_END = Buffer.from('\r\n')
const CHUNK_SIZE = /^([0-9a-fA-F]{1,12})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/
const MAX_CHUNK_LINE = 1024

const latin1 = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')

const NOTHING: Buffer = Buffer.alloc(0)

/** Holds what has not been understood yet, and hands it out piece by piece. */
const createHold = () => {
  let held = NOTHING
  return {
    add: (bytes: Uint8Array) => {
      const more = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      held = held.length === 0 ? more : Buffer.concat([held, more])
    },
    size: () => held.length,
    take: (count: number) => {
      const taken = held.subarray(0, count)
      held = held.subarray(count)
      return taken
    },
    /** The bytes before `mark`, both taken off; undefined while it has not come. */
    takeUntil: (mark: Buffer, limit: number): Buffer | undefined => {
      const at = held.indexOf(mark)
      if (at > limit || (at === -1 && held.length > limit)) {
        throw new Http1Error('protocol', `A head or line is longer than ${limit} bytes`)
      }
      if (at === -1) return undefined
      const taken = held.subarray(0, at)
      held = held.subarray(at + mark.length)
      return taken
    },
  }
}

type State =
  | 'head'
  | 'sized'
  | 'chunk-size'
  | 'chunk'
  | 'chunk-end'
  | 'trailers'
  | 'until-close'
  | 'done'

/** A parser for one response after the other; 1xx heads before it are passed over (RFC 9110 §15.2). */
export const createResponseParser = (
  limits: HeadLimits,
  events: ResponseEvents,
): ResponseParser => {
  const hold = createHold()
  let state: State = 'head'
  let remaining = 0

  const finish = () => {
    state = 'done'
    events.onEnd(hold.size() === 0)
  }
  const FIRST: Record<Http1Head['framing'], State> = {
    none: 'done',
    length: 'sized',
    chunked: 'chunk-size',
    close: 'until-close',
  }
  const readHead = (): boolean => {
    const bytes = hold.takeUntil(HEAD_END, limits.maxHeadBytes)
    if (bytes === undefined) return false
    const head = parseHead(latin1(bytes), limits.maxFields)
    if (head.status === 101) throw new Http1Error('protocol', 'The peer switched protocols')
    if (head.status < 200) return true
    state = FIRST[head.framing]
    remaining = head.length
    events.onHead(head)
    if (head.framing === 'none') finish()
    return true
  }
  const readSome = (next: () => void): boolean => {
    if (hold.size() === 0) return false
    const bytes = hold.take(Math.min(remaining, hold.size()))
    remaining -= bytes.length
    events.onChunk(bytes)
    if (remaining === 0) next()
    return true
  }
  const readChunkSize = (): boolean => {
    const line = hold.takeUntil(LINE_END, MAX_CHUNK_LINE)
    if (line === undefined) return false
    const size = CHUNK_SIZE.exec(latin1(line))?.[1]
    if (size === undefined) throw new Http1Error('protocol', 'Malformed chunk size')
    remaining = Number.parseInt(size, 16)
    state = remaining === 0 ? 'trailers' : 'chunk'
    return true
  }
  const readChunkEnd = (): boolean => {
    if (hold.size() < 2) return false
    if (latin1(hold.take(2)) !== '\r\n') throw new Http1Error('protocol', 'Malformed chunk end')
    state = 'chunk-size'
    return true
  }
  let trailerBytes = 0
  const readTrailer = (): boolean => {
    const line = hold.takeUntil(LINE_END, limits.maxHeadBytes)
    if (line === undefined) return false
    trailerBytes += line.length
    if (trailerBytes > limits.maxHeadBytes) throw new Http1Error('protocol', 'Trailers too long')
    if (line.length === 0) finish()
    return true
  }

  /** One step of each state; false when more bytes are needed. */
  const STEPS: Record<State, () => boolean> = {
    head: readHead,
    sized: () => readSome(finish),
    'chunk-size': readChunkSize,
    chunk: () =>
      readSome(() => {
        state = 'chunk-end'
      }),
    'chunk-end': readChunkEnd,
    trailers: readTrailer,
    'until-close': () => {
      remaining = Number.POSITIVE_INFINITY
      return readSome(() => undefined)
    },
    done: () => false,
  }

  return {
    push: (bytes) => {
      if (state === 'done') throw new Http1Error('protocol', 'Bytes after the response')
      hold.add(bytes)
      while (STEPS[state]());
    },
    renew: () => {
      state = 'head'
      trailerBytes = 0
    },
    close: () => {
      if (state === 'until-close') finish()
      if (state !== 'done') throw new Http1Error('closed', 'The connection broke off')
    },
  }
}
