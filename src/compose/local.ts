import type { Source } from '../core/exchange.ts'
import { type GatewayOptions, joinParts } from './join-parts.ts'

export { GatewayCannotStart } from './join-parts.ts'

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
    fetch: async (url, init = {}) => {
      const headers = new Headers(init.headers)
      headers.set('host', 'localhost')
      return unlessAborted(init.signal, app.handle(new Request(url, { ...init, headers })))
    },
    notices,
    close,
  }
}

/** As `fetch` does, an aborted request ends for its caller at once. */
const unlessAborted = async <T>(
  signal: AbortSignal | null | undefined,
  answer: Promise<T>,
): Promise<T> => {
  if (!signal) return answer
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([answer, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
