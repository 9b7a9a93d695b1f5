import type { Source } from '../core/exchange.ts'
import { type GatewayOptions, joinParts } from './join-parts.ts'

export { GatewayCannotStart } from './cannot-start.ts'

/** A gateway inside this program: nobody listens, and it answers this program alone. */
export type LocalGateway = Readonly<{
  /** As the global one, for any address: every request goes to this gateway. */
  fetch: (url: string, init?: RequestInit) => Promise<Response>
  /** Sentences for the operator. */
  notices: readonly string[]
  /** Ends the servers and writes the record to its end. */
  close: () => Promise<void>
}>

/** Whoever calls is the one who started this program. */
const OURSELVES: Source = { address: undefined, local: true }

/**
 * The whole gateway — identity, policy, record, servers — without a port, for one command.
 *
 * @throws SettingsFault, YamlFault, GatewayCannotStart when another gateway holds the state directory
 */
export const openLocalGateway = async (options: GatewayOptions): Promise<LocalGateway> => {
  const { app, notices, close } = await joinParts({ ...options, sourceOf: () => OURSELVES })
  return {
    fetch: (url, { signal, ...init } = {}) => {
      const headers = new Headers(init.headers)
      headers.set('host', 'localhost')
      return leaving(signal ?? undefined, (inner) =>
        app.handle(new Request(url, { ...init, headers, signal: inner })),
      )
    },
    notices,
    close,
  }
}

/**
 * As over a socket, an aborted request ends for its caller at once, the body of its answer included, and
 * the gateway sees a client that left.
 */
const leaving = async (
  signal: AbortSignal | undefined,
  ask: (inner: AbortSignal) => Promise<Response>,
): Promise<Response> => {
  if (signal === undefined) return ask(new AbortController().signal)
  signal.throwIfAborted()
  const inner = new AbortController()
  const left = Promise.withResolvers<never>()
  left.promise.catch(() => undefined)
  const onAbort = () => left.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  const done = () => signal.removeEventListener('abort', onAbort)
  try {
    const response = await Promise.race([ask(inner.signal), left.promise])
    if (response.body === null) return response
    const body = untilLeft(response.body, left.promise, inner, done)
    return new Response(body, response)
  } catch (cause) {
    done()
    inner.abort(cause)
    throw cause
  }
}

const untilLeft = (
  body: ReadableStream<Uint8Array>,
  left: Promise<never>,
  inner: AbortController,
  done: () => void,
): ReadableStream<Uint8Array> => {
  const reader = body.getReader()
  const leave = async (reason: unknown) => {
    done()
    // The answer is given up before the question: it was not the server that failed.
    await reader.cancel(reason).catch(() => undefined)
    inner.abort(reason)
  }
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const next = await Promise.race([reader.read(), left])
        if (!next.done) return controller.enqueue(next.value)
        done()
        controller.close()
      } catch (cause) {
        controller.error(cause)
        await leave(cause)
      }
    },
    cancel: leave,
  })
}
