import { isObject, type JsonObject } from '../../core/json-rpc.ts'
import { META } from '../../core/protocol.ts'
import { CACHEABLE } from './cacheable.ts'
import { needsWrapping, wrapOutputSchema } from './output-schema.ts'

/**
 * A modern result as a legacy client knows it: without result type, caching hints and the server's
 * introduction, and with structured content and output schemas that are objects (MCP 2025-11-25).
 *
 * @param wrapped the tool that was called has an output schema that was wrapped when it was listed
 */
export const toLegacyResult = (
  method: string,
  result: JsonObject,
  wrapped: boolean,
): JsonObject => {
  const { resultType, ...rest } = result
  // A result type that only an extension knows is the client's own affair: it declared the extension.
  const plain = resultType === undefined || resultType === 'complete' ? rest : result
  const bare = withoutMeta(CACHEABLE.has(method) ? withoutHints(plain) : plain, META.serverInfo)
  if (method === 'tools/list') return withObjectSchemas(bare)
  return method === 'tools/call' ? withObjectContent(bare, wrapped) : bare
}

/** The names of a page's tools, with whether a legacy client sees their output schema wrapped. */
export const wrappedTools = ({ tools }: JsonObject): readonly (readonly [string, boolean])[] =>
  Array.isArray(tools)
    ? tools.filter(isObject).map((tool) => [String(tool.name), needsWrapping(tool.outputSchema)])
    : []

/** An object without one key of its `_meta`; without `_meta` altogether when nothing is left of it. */
export const withoutMeta = (value: JsonObject, key: string): JsonObject => {
  const { _meta, ...rest } = value
  if (!isObject(_meta) || !Object.hasOwn(_meta, key)) return value
  const { [key]: _dropped, ...kept } = _meta
  return Object.keys(kept).length === 0 ? rest : { ...rest, _meta: kept }
}

const withoutHints = ({ ttlMs: _ttl, cacheScope: _scope, ...rest }: JsonObject): JsonObject => rest

const withObjectSchemas = (result: JsonObject): JsonObject => {
  if (!Array.isArray(result.tools)) return result
  const tools = result.tools.map((tool: unknown) =>
    isObject(tool) && needsWrapping(tool.outputSchema)
      ? { ...tool, outputSchema: wrapOutputSchema(tool.outputSchema) }
      : tool,
  )
  return { ...result, tools }
}

const withObjectContent = (result: JsonObject, wrapped: boolean): JsonObject => {
  const { structuredContent } = result
  if (structuredContent === undefined) return result
  if (!wrapped && isRecord(structuredContent)) return result
  return { ...result, structuredContent: { result: structuredContent } }
}

/** A JSON object: a number that is kept as its own text (`JSON.rawJSON`) is an object without prototype. */
const isRecord = (value: unknown): boolean =>
  isObject(value) && Object.getPrototypeOf(value) !== null
