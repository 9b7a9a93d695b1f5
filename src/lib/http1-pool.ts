import type { Abortable } from './abortable.ts'
import {
  type ConnectOptions,
  type Http1Connection,
  type Http1Origin,
  type Http1Response,
  openConnection,
} from './http1-connection.ts'
import { Http1Error } from './http1-error.ts'

export type Http1Request = Readonly<{
  method: 'GET' | 'POST' | 'DELETE'
  /** Path and query, already encoded. */
  path: string
  headers: Readonly<Record<string, string>>
  body?: string
  /** Aborting closes the connection, at whatever stage. */
  signal: Abortable
}>

export type Http1PoolLimits = Readonly<{
  maxSockets: number
  maxIdle: number
  /** Requests that may wait for a socket. */
  maxQueue: number
  /** Milliseconds an unused socket is kept; a shorter `Keep-Alive: timeout=` of the server is heeded. */
  idleTime: number
}>

export type Http1Pool = Readonly<{
  /**
   * Sends one request to the pool's origin. Nothing is ever sent twice, except a GET on a reused
   * connection that went away without a byte of an answer.
   *
   * @throws Http1Error
   */
  request: (request: Http1Request) => Promise<Http1Response>
  /** Closes every connection; exchanges under way fail. */
  close: () => void
}>

export type Http1PoolOptions = Readonly<{
  origin: Http1Origin
  connect: ConnectOptions
  limits: Http1PoolLimits
  /** Milliseconds, monotonic. */
  now: () => number
}>

type Idle = Readonly<{ connection: Http1Connection; since: number; until: number }>
type Lease = Readonly<{ connection: Http1Connection; reused: boolean }>

const KEEP_ALIVE = /(?:^|[,\s])timeout=(\d{1,6})/i
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const BEYOND_ASCII = /[\x80-\xff]/
const UNFIT = /[^\t\x20-\x7e\x80-\xff]/

const headText = (origin: Http1Origin, request: Http1Request, bodyLength: number): string => {
  const host = origin.host.includes(':') ? `[${origin.host}]` : origin.host
  const standardPort = origin.tls ? 443 : 80
  let text = `${request.method} ${request.path} HTTP/1.1\r\n`
  text += `host: ${origin.port === standardPort ? host : `${host}:${origin.port}`}\r\n`
  for (const name in request.headers) {
    const value = request.headers[name] ?? ''
    if (!TOKEN.test(name) || UNFIT.test(value)) {
      throw new Http1Error('protocol', `The header ${JSON.stringify(name)} cannot be sent`)
    }
    text += `${name}: ${value}\r\n`
  }
  if (request.body !== undefined) text += `content-length: ${bodyLength}\r\n`
  return `${text}\r\n`
}

const toBytes = (origin: Http1Origin, request: Http1Request): Uint8Array => {
  if (!/^\/[\x21-\x7e]*$/.test(request.path)) {
    throw new Http1Error('protocol', 'The path cannot be sent')
  }
  const body = request.body ?? ''
  const head = headText(origin, request, Buffer.byteLength(body))
  // Nearly every head is ASCII, which is the same bytes in both encodings: then one copy does.
  if (!BEYOND_ASCII.test(head)) return Buffer.from(head + body, 'utf-8')
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body, 'utf-8')])
}

/** Milliseconds in which a connection that just served is taken again without a look at it. */
const FRESH = 20

const turnOfEventLoop = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Whether a failed request may be sent again: when nothing was sent, or when sending has no effect. */
const mayRepeat = (cause: unknown, method: string): boolean =>
  cause instanceof Http1Error &&
  (cause.fault === 'unsent' || (cause.fault === 'unanswered' && method === 'GET'))

/** Keep-alive connections to one origin, bounded in number; requests beyond that wait in line. */
export const createHttp1Pool = ({ origin, connect, limits, now }: Http1PoolOptions): Http1Pool => {
  const live = new Set<Http1Connection>()
  const idle: Idle[] = []
  const waiting: (() => void)[] = []
  let count = 0
  let closed = false
  let sweep: Timer | undefined

  const wakeOne = () => waiting.shift()?.()

  const sweepIdle = () => {
    sweep = undefined
    const time = now()
    for (const { connection } of idle.filter(({ until }) => until <= time)) connection.destroy()
    if (idle.length > 0) scheduleSweep()
  }
  const scheduleSweep = () => {
    sweep ??= setTimeout(sweepIdle, limits.idleTime)
    sweep.unref()
  }
  const forget = (connection: Http1Connection) => {
    const at = idle.findIndex((entry) => entry.connection === connection)
    if (at !== -1) idle.splice(at, 1)
  }
  const keep = (connection: Http1Connection, idleTime: number) => {
    const since = now()
    idle.push({ connection, since, until: since + idleTime })
    scheduleSweep()
  }
  const release = (connection: Http1Connection, reusable: boolean, idleTime: number) => {
    if (reusable && !closed && idle.length < limits.maxIdle && idleTime > 0) {
      keep(connection, idleTime)
    } else connection.destroy()
    wakeOne()
  }

  const takeIdle = async (): Promise<Http1Connection | undefined> => {
    for (let entry = idle.pop(); entry !== undefined; entry = idle.pop()) {
      const { connection, since, until } = entry
      const time = now()
      if (time >= until) connection.destroy()
      // Lets a close that has already arrived be seen: a POST that was written cannot be sent again.
      else if (time - since > FRESH) await turnOfEventLoop()
      if (connection.isOpen()) return connection
    }
    return undefined
  }
  const openNew = async (signal: Abortable): Promise<Http1Connection> => {
    count++
    const gone = () => {
      count--
      if (connection !== undefined) {
        live.delete(connection)
        forget(connection)
      }
      wakeOne()
    }
    let connection: Http1Connection | undefined
    try {
      connection = await openConnection(origin, connect, signal, gone)
    } catch (cause) {
      gone()
      throw cause
    }
    live.add(connection)
    if (closed) connection.destroy()
    return connection
  }
  const waitInLine = async (signal: Abortable) => {
    if (waiting.length >= limits.maxQueue) throw new Http1Error('queue', 'Too many requests wait')
    const turn = Promise.withResolvers<void>()
    const wake = () => turn.resolve()
    const onAbort = () => {
      const at = waiting.indexOf(wake)
      if (at !== -1) waiting.splice(at, 1)
      // Woken and aborted at once: the turn goes to the next in line.
      else wakeOne()
      turn.reject(new Http1Error('aborted', 'Given up'))
    }
    waiting.push(wake)
    signal.addEventListener('abort', onAbort, { once: true })
    await turn.promise.finally(() => signal.removeEventListener('abort', onAbort))
  }
  const refuseLate = (signal: Abortable) => {
    if (closed) throw new Http1Error('unsent', 'The pool is closed')
    if (signal.aborted) throw new Http1Error('aborted', 'Given up')
  }
  const lease = async (signal: Abortable): Promise<Lease> => {
    for (;;) {
      refuseLate(signal)
      const connection = await takeIdle()
      if (connection !== undefined) return { connection, reused: true }
      if (count < limits.maxSockets) return { connection: await openNew(signal), reused: false }
      await waitInLine(signal)
    }
  }

  const run = async (
    { connection }: Lease,
    request: Http1Request,
    bytes: Uint8Array,
  ): Promise<Http1Response> => {
    const onAbort = () => connection.destroy(new Http1Error('aborted', 'Given up'))
    let idleTime = limits.idleTime
    const onFree = (reusable: boolean) => {
      request.signal.removeEventListener('abort', onAbort)
      // The response of a short answer may be freed before its head was looked at below.
      queueMicrotask(() => release(connection, reusable, idleTime))
    }
    if (request.signal.aborted) onAbort()
    else request.signal.addEventListener('abort', onAbort, { once: true })
    const response = await connection.exchange(bytes, onFree)
    const seconds = KEEP_ALIVE.exec(response.headers.get('keep-alive') ?? '')?.[1]
    if (seconds !== undefined) idleTime = Math.min(idleTime, Number(seconds) * 1000 - 500)
    return response
  }

  return {
    request: async (request) => {
      const bytes = toBytes(origin, request)
      const first = await lease(request.signal)
      try {
        return await run(first, request, bytes)
      } catch (cause) {
        if (!first.reused || !mayRepeat(cause, request.method)) throw cause
        // Where one kept connection was gone, the others are too.
        for (const { connection } of [...idle]) connection.destroy()
        return run(await lease(request.signal), request, bytes)
      }
    },
    close: () => {
      closed = true
      clearTimeout(sweep)
      for (const connection of [...live]) connection.destroy()
      while (waiting.length > 0) wakeOne()
    },
  }
}
