import type { Abortable } from './abortable.ts'
import { type BodyQueue, createBodyQueue, type Http1Body } from './http1-body.ts'
import { Http1Error } from './http1-error.ts'
import type { Http1Head } from './http1-head.ts'
import { createResponseParser, type HeadLimits } from './http1-parser.ts'

export type Http1Response = Readonly<{
  status: number
  headers: ReadonlyMap<string, string>
  /** Type and subtype alone, lower case; empty where the server named none (RFC 9110 §8.3). */
  mediaType: string
  body: Http1Body
}>

export type Http1Origin = Readonly<{
  /** A name or an address, without brackets. */
  host: string
  port: number
  tls: boolean
}>

export type ConnectOptions = Readonly<{
  limits: HeadLimits
  connectTimeout: number
  /** Asked with the address that the name led to, before a byte is written. */
  mayConnect: (address: string) => boolean
  /** PEM certificates to trust instead of the system's. */
  authorities: string | undefined
}>

export type Http1Connection = Readonly<{
  isOpen: () => boolean
  /**
   * Sends one request; one at a time.
   *
   * @param onFree called once when the response has been read or has failed
   * @throws Http1Error
   */
  exchange: (request: Uint8Array, onFree: (reusable: boolean) => void) => Promise<Http1Response>
  /** Closes at once; a running exchange fails with `cause`. */
  destroy: (cause?: Http1Error) => void
}>

type Exchange = {
  readonly queue: BodyQueue
  readonly head: PromiseWithResolvers<Http1Response>
  readonly onFree: (reusable: boolean) => void
  unsent: Uint8Array
  written: boolean
  answered: boolean
}

type Socket = Bun.Socket<undefined>

/** What is told to whoever watches a socket; filled in once the connection is ready. */
type Ears = { data: (bytes: Uint8Array) => void; drain: () => void; close: () => void }

const broken = (exchange: Exchange): Http1Error => {
  if (!exchange.written) return new Http1Error('unsent', 'The connection was closed already')
  if (!exchange.answered) return new Http1Error('unanswered', 'Closed without an answer')
  return new Http1Error('closed', 'The connection broke off')
}

const asHttp1Error = (cause: unknown): Http1Error =>
  cause instanceof Http1Error ? cause : new Http1Error('protocol', 'Unreadable response', { cause })

const createConnection = (
  socket: Socket,
  ears: Ears,
  limits: HeadLimits,
  onClose: () => void,
): Http1Connection => {
  let open = true
  let current: Exchange | undefined
  let keepAlive = false

  const free = (exchange: Exchange, reusable: boolean) => {
    if (current !== exchange) return
    current = undefined
    if (!reusable) shut()
    exchange.onFree(reusable && open)
  }
  const fail = (exchange: Exchange, cause: Http1Error) => {
    exchange.head.reject(cause)
    exchange.queue.fail(cause)
    free(exchange, false)
  }
  const shut = () => {
    if (!open) return
    open = false
    socket.terminate()
    onClose()
  }
  const destroy = (cause?: Http1Error) => {
    if (current !== undefined) fail(current, cause ?? broken(current))
    shut()
  }
  const flush = (exchange: Exchange) => {
    if (exchange.unsent.length === 0) return
    const count = socket.write(exchange.unsent)
    if (count < 0) return destroy()
    if (count > 0) exchange.written = true
    exchange.unsent = exchange.unsent.subarray(count)
  }

  const flow = {
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    cancel: () => destroy(new Http1Error('aborted', 'The response was given up')),
  }
  const parser = createResponseParser(limits, {
    onHead: (head: Http1Head) => {
      keepAlive = head.keepAlive
      current?.head.resolve({
        status: head.status,
        headers: head.headers,
        mediaType: head.mediaType,
        body: current.queue.body,
      })
    },
    onChunk: (bytes) => current?.queue.push(bytes),
    onEnd: (clean) => {
      const exchange = current
      if (exchange === undefined) return
      exchange.queue.end()
      // A server may answer before it has read the request: then the rest of it would be taken for
      // the next request.
      free(exchange, clean && keepAlive && exchange.unsent.length === 0)
    },
  })

  ears.data = (bytes) => {
    const exchange = current
    // Nobody asked: whatever it is, it would be taken for the next answer.
    if (exchange === undefined) return shut()
    exchange.answered = true
    try {
      parser.push(bytes)
    } catch (cause) {
      fail(exchange, asHttp1Error(cause))
    }
  }
  ears.drain = () => {
    if (current !== undefined) flush(current)
  }
  ears.close = () => {
    const exchange = current
    try {
      if (exchange?.answered === true) parser.close()
    } catch (cause) {
      return destroy(asHttp1Error(cause))
    }
    destroy()
  }

  const begin = (request: Uint8Array, onFree: (reusable: boolean) => void): Exchange => {
    parser.renew()
    return {
      queue: createBodyQueue(flow),
      head: Promise.withResolvers<Http1Response>(),
      onFree,
      unsent: request,
      written: false,
      answered: false,
    }
  }

  return {
    isOpen: () => open,
    exchange: (request, onFree) => {
      if (!open) return Promise.reject(new Http1Error('unsent', 'The connection was closed'))
      const exchange = begin(request, onFree)
      current = exchange
      flush(exchange)
      return exchange.head.promise
    },
    destroy,
  }
}

const tlsFault = (
  socket: Socket,
  verified: boolean,
  cause: Error | null,
): Http1Error | undefined =>
  verified && cause === null && socket.authorized
    ? undefined
    : new Http1Error('tls', 'The certificate was not accepted', { cause })

/**
 * Connects, with the certificate and its name verified for TLS before a byte of ours is sent.
 *
 * @param onClose called once when the connection is gone, for whatever reason
 * @throws Http1Error `refused`, `connect`, `tls`, `aborted`
 */
export const openConnection = async (
  origin: Http1Origin,
  options: ConnectOptions,
  signal: Abortable,
  onClose: () => void,
): Promise<Http1Connection> => {
  if (signal.aborted) throw new Http1Error('aborted', 'Given up')
  const ready = Promise.withResolvers<Socket>()
  const ears: Ears = { data: () => undefined, drain: () => undefined, close: () => undefined }
  const lost = () => ready.reject(new Http1Error('connect', 'Closed while connecting'))
  let opened: Socket | undefined
  let abandoned = false

  const giveUp = (fault: Http1Error) => {
    abandoned = true
    ready.reject(fault)
    opened?.terminate()
  }
  const timer = setTimeout(
    () => giveUp(new Http1Error('connect', 'No connection in time')),
    options.connectTimeout,
  )
  const onAbort = () => giveUp(new Http1Error('aborted', 'Given up'))
  signal.addEventListener('abort', onAbort, { once: true })

  Bun.connect<undefined>({
    hostname: origin.host,
    port: origin.port,
    data: undefined,
    ...(origin.tls && {
      tls: {
        serverName: origin.host,
        rejectUnauthorized: true,
        ...(options.authorities !== undefined && { ca: options.authorities }),
      },
    }),
    socket: {
      open: (socket) => {
        opened = socket
        if (abandoned) return void socket.terminate()
        if (!options.mayConnect(socket.remoteAddress)) {
          return giveUp(
            new Http1Error('refused', 'The address is link-local or a metadata service'),
          )
        }
        socket.setNoDelay(true)
        if (!origin.tls) ready.resolve(socket)
      },
      handshake: (socket, verified, cause) => {
        const fault = tlsFault(socket, verified, cause)
        if (fault === undefined) ready.resolve(socket)
        else giveUp(fault)
      },
      data: (_, bytes) => ears.data(bytes),
      drain: () => ears.drain(),
      close: () => {
        lost()
        ears.close()
      },
      // `close` follows and is where the exchange ends.
      error: () => undefined,
      connectError: (_, cause) => ready.reject(new Http1Error('connect', cause.message, { cause })),
    },
  }).catch((cause: unknown) => ready.reject(new Http1Error('connect', 'No connection', { cause })))

  try {
    const socket = await ready.promise
    if (socket.readyState < 1) throw new Http1Error('connect', 'Closed while connecting')
    return createConnection(socket, ears, options.limits, onClose)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}
