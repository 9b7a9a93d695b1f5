import type { Message } from '../core/json-rpc.ts'
import { META, MODERN_VERSIONS, NAMED_BY } from '../core/protocol.ts'
import { encodeHeaderValue } from '../lib/header-value.ts'
import { valueAt } from './server-message.ts'
import { isTraceparent } from './trace-context.ts'

const mayCross = (name: string, value: string): boolean =>
  name.startsWith('mcp-param-') ||
  name === 'tracestate' ||
  (name === 'traceparent' && isTraceparent(value))

/** How a message is framed and where it goes is ours alone, whatever the configuration says. */
const OURS = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
])

/**
 * The client's headers that may reach a server: an allow-list, so that credentials, cookies,
 * forwarding and hop-by-hop headers stay here without being listed.
 */
export const crossingHeaders = (
  headers: Readonly<Record<string, string>>,
): Record<string, string> => {
  const crossing: Record<string, string> = {}
  for (const name in headers) {
    const lower = name.toLowerCase()
    const value = headers[name] ?? ''
    if (mayCross(lower, value)) crossing[lower] = value
  }
  return crossing
}

/** The gateway's own credential for a server, as headers. */
export const credentialHeaders = (
  headers: Readonly<Record<string, string>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !OURS.has(name)),
  )

/** The standard headers of a modern request, computed from its body (MCP 2026-07-28 §Streamable HTTP). */
export const modernHeaders = ({ method, params }: Message): Record<string, string> => {
  const version = valueAt(params, ['_meta', META.protocolVersion])
  const name = valueAt(params, [NAMED_BY.get(method ?? '') ?? ''])
  return {
    'mcp-protocol-version': typeof version === 'string' ? version : MODERN_VERSIONS[0],
    ...(method !== undefined && { 'mcp-method': encodeHeaderValue(method) }),
    ...(typeof name === 'string' && { 'mcp-name': encodeHeaderValue(name) }),
  }
}
