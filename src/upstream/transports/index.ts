import type { ServerEntry } from '../../core/server-entry.ts'
import { createEmbeddedTransport } from './embedded.ts'
import { createHttpTransport } from './http.ts'
import { createStdioTransport } from './stdio.ts'
import type { TransportFactory } from './transport.ts'

/** Every way to reach a server, by the `transport` of its entry. */
export const TRANSPORTS: Readonly<Record<ServerEntry['transport'], TransportFactory>> = {
  http: createHttpTransport,
  rest: createHttpTransport,
  sse: createHttpTransport,
  stdio: createStdioTransport,
  embedded: createEmbeddedTransport,
}
