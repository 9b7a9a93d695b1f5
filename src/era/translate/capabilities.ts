import { isObject, type JsonObject } from '../../core/json-rpc.ts'

/**
 * What a client or server of one era says it can do, as the other era knows it. Everything is carried but
 * the core tasks of MCP 2025-11-25: since then tasks are an extension, which goes by another name.
 *
 * @returns no capabilities for what is no object
 */
export const carriedCapabilities = (capabilities: unknown): JsonObject => {
  if (!isObject(capabilities)) return {}
  const { tasks: _tasks, ...carried } = capabilities
  return carried
}
