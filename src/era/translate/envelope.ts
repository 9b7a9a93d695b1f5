import { isObject, type JsonObject } from '../../core/json-rpc.ts'
import { META, MODERN_VERSIONS } from '../../core/protocol.ts'
import { carriedCapabilities } from './capabilities.ts'

/** What a legacy client said once, and a modern server wants to hear with every request. */
export type ClientWord = Readonly<{
  capabilities: JsonObject
  /** Undefined when the client did not introduce itself. */
  clientInfo: unknown
  /** Undefined until the client asked for log messages: then a modern server sends none. */
  logLevel: string | undefined
}>

/**
 * The parameters of a legacy request as a modern server reads them (MCP 2026-07-28, `_meta`). The
 * client's own `_meta`, such as its progress token, stays. Without a task capability a server ignores
 * `task` (MCP 2025-11-25, tasks), and none is announced here.
 */
export const toModernParams = (
  method: string,
  params: JsonObject,
  { capabilities, clientInfo, logLevel }: ClientWord,
): JsonObject => {
  const { task: _ignored, ...untasked } = params
  return {
    ...(method === 'tools/call' ? untasked : params),
    _meta: {
      ...(isObject(params._meta) && params._meta),
      [META.protocolVersion]: MODERN_VERSIONS[0],
      [META.clientCapabilities]: carriedCapabilities(capabilities),
      ...(clientInfo !== undefined && { [META.clientInfo]: clientInfo }),
      ...(logLevel !== undefined && { [META.logLevel]: logLevel }),
    },
  }
}
