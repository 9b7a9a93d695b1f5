import { isObject, type JsonObject } from '../../core/json-rpc.ts'
import { RPC } from '../../core/protocol.ts'

/** MCP 2025-11-25, resources: the code for a resource that is not there; not to be used since. */
const RESOURCE_NOT_FOUND = -32002
/** MCP 2026-07-28: the client did not declare what the request needs. */
const CAPABILITY_MISSING = -32021

/** A modern JSON-RPC error as a legacy client knows it. */
export const toLegacyError = (method: string, error: JsonObject): JsonObject => {
  const missing = method === 'resources/read' && error.code === RPC.invalidParams
  if (!missing || !isObject(error.data) || typeof error.data.uri !== 'string') return error
  return { ...error, code: RESOURCE_NOT_FOUND }
}

/** The sentence of an error that says what the client cannot do; undefined for every other error. */
export const missingCapability = (error: JsonObject): string | undefined =>
  error.code === CAPABILITY_MISSING ? String(error.message) : undefined
