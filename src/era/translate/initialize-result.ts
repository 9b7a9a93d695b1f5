import { isObject, type JsonObject } from '../../core/json-rpc.ts'
import { LEGACY_VERSIONS, META } from '../../core/protocol.ts'
import { carriedCapabilities } from './capabilities.ts'
import { withoutMeta } from './legacy-result.ts'

/**
 * What `server/discover` found (MCP 2026-07-28) as the answer to `initialize` (MCP 2025-11-25,
 * lifecycle): the client's version when the gateway knows it, else the latest.
 *
 * @param stranger stands for a server that does not say who it is
 */
export const toInitializeResult = (
  discovered: JsonObject,
  requested: unknown,
  stranger: JsonObject,
): JsonObject => {
  const {
    resultType: _type,
    supportedVersions: _versions,
    ttlMs: _ttl,
    cacheScope: _scope,
    capabilities,
    ...rest
  } = discovered
  const meta = isObject(discovered._meta) ? discovered._meta : {}
  const known: readonly unknown[] = LEGACY_VERSIONS
  return {
    protocolVersion: known.includes(requested) ? requested : LEGACY_VERSIONS[0],
    capabilities: carriedCapabilities(capabilities),
    serverInfo: isObject(meta[META.serverInfo]) ? meta[META.serverInfo] : stranger,
    ...withoutMeta(rest, META.serverInfo),
  }
}
