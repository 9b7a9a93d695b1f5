import { isObject, type JsonObject } from '../../core/json-rpc.ts'
import { RPC } from '../../core/protocol.ts'

/** MCP 2025-11-25, elicitation: the request can be made when the person has been to a URL. */
const URL_ELICITATION_REQUIRED = -32042

/** A legacy JSON-RPC error as a modern client knows it: codes that have another meaning now are not kept. */
export const toModernError = (error: JsonObject, params: JsonObject): JsonObject => {
  const { code } = error
  if (code === RPC.resourceNotFound) {
    return { ...error, code: RPC.invalidParams, ...withUri(error.data, params.uri) }
  }
  return isReserved(code) ? { ...error, code: RPC.internalError } : error
}

/** The questions of an error that sends a person to a URL first; undefined for every other error. */
export const urlElicitations = ({ code, data }: JsonObject): readonly JsonObject[] | undefined => {
  if (code !== URL_ELICITATION_REQUIRED || !isObject(data)) return undefined
  if (!Array.isArray(data.elicitations)) return undefined
  const found = data.elicitations.filter(isObject)
  return found.length === 0 ? undefined : found
}

/** JSON-RPC 2.0 §5.1: the codes that servers may define, which MCP 2026-07-28 keeps for itself. */
const isReserved = (code: unknown): boolean =>
  typeof code === 'number' && code >= -32099 && code <= -32000

const withUri = (data: unknown, uri: unknown): JsonObject => {
  if (isObject(data)) return Object.hasOwn(data, 'uri') ? {} : { data: { ...data, uri } }
  return data === undefined ? { data: { uri } } : {}
}
