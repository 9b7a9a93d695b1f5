import { isObject, type JsonObject } from '../../core/json-rpc.ts'
import { META, MODERN_VERSIONS } from '../../core/protocol.ts'
import { CACHEABLE } from './cacheable.ts'
import { carriedCapabilities } from './capabilities.ts'

/** A legacy server gives no hints: what it says is for whoever asked, and may be stale at once. */
const HINTS = { ttlMs: 0, cacheScope: 'private' } as const

/**
 * A legacy result as a modern client expects it: complete, with who the server is and caching hints.
 *
 * @param serverInfo as in the answer to `initialize`; undefined when the server did not say
 */
export const toModernResult = (
  method: string,
  result: JsonObject,
  serverInfo: unknown,
): JsonObject => ({
  ...result,
  resultType: 'complete',
  ...(CACHEABLE.has(method) && HINTS),
  ...introduced(result._meta, serverInfo),
})

/** The answer to `initialize` as the answer to `server/discover` (MCP 2026-07-28, discovery). */
export const toDiscoverResult = (initialized: JsonObject): JsonObject => {
  const { protocolVersion: _version, serverInfo, capabilities, ...rest } = initialized
  return {
    ...rest,
    resultType: 'complete',
    supportedVersions: MODERN_VERSIONS,
    capabilities: carriedCapabilities(capabilities),
    ...HINTS,
    ...introduced(initialized._meta, serverInfo),
  }
}

const introduced = (meta: unknown, serverInfo: unknown): JsonObject =>
  serverInfo === undefined
    ? {}
    : { _meta: { [META.serverInfo]: serverInfo, ...(isObject(meta) && meta) } }
