import type { ServerEntry } from '../core/server-entry.ts'
import { nearest } from '../lib/nearest.ts'

type Transport = ServerEntry['transport']

/**
 * The transport that a `type:` names. The original took any text for http; so does this, with a notice,
 * unless the text names a transport that it would be wrong to replace.
 */
export const transportOf = (
  declared: string,
): Readonly<{ transport: Transport; notice?: string } | { problem: string }> => {
  const word = declared.toLowerCase().replaceAll('_', '-')
  const transport = TRANSPORTS.get(word)
  if (transport) return { transport }
  if (UNSUPPORTED.has(word)) {
    return { problem: `${declared} is not supported; http, sse, stdio and rest are` }
  }
  const match = nearest(word, [...TRANSPORTS.keys()])
  const hint = match === undefined ? '' : `; did you mean ${match}?`
  return {
    transport: 'http',
    notice: `${JSON.stringify(declared)} names no transport, treated as http${hint}`,
  }
}

const TRANSPORTS: ReadonlyMap<string, Transport> = new Map([
  ['http', 'http'],
  ['https', 'http'],
  ['streamable-http', 'http'],
  ['streamablehttp', 'http'],
  ['sse', 'sse'],
  ['stdio', 'stdio'],
  ['rest', 'rest'],
])

const UNSUPPORTED: ReadonlySet<string> = new Set(['grpc', 'websocket', 'ws', 'wss'])
