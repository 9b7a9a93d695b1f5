import { isObject, type JsonObject } from '../../core/json-rpc.ts'
import { META, MODERN_VERSIONS } from '../../core/protocol.ts'

/** What a legacy server says is for whoever asked, and is stale at once (protocol.md §1.8, rule d). */
const HINTS = { ttlMs: 0, cacheScope: 'private' } as const

/** The results that carry caching hints (MCP 2026-07-28, caching). */
const CACHEABLE: ReadonlySet<string> = new Set([
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
])

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
    capabilities: modernCapabilities(capabilities),
    ...HINTS,
    ...introduced(initialized._meta, serverInfo),
  }
}

/** The core tasks of 2025-11-25 have no place in the modern era; everything else is carried. */
const modernCapabilities = (capabilities: unknown): JsonObject => {
  if (!isObject(capabilities)) return {}
  const { tasks: _tasks, ...carried } = capabilities
  return carried
}

const introduced = (meta: unknown, serverInfo: unknown): JsonObject =>
  serverInfo === undefined
    ? {}
    : { _meta: { [META.serverInfo]: serverInfo, ...(isObject(meta) && meta) } }
