import { isObject, type JsonObject } from '../../core/json-rpc.ts'
import { RPC } from '../../core/protocol.ts'

/** A modern JSON-RPC error as a legacy client knows it. */
export const toLegacyError = (method: string, error: JsonObject): JsonObject => {
  const missing = method === 'resources/read' && error.code === RPC.invalidParams
  if (!missing || !isObject(error.data) || typeof error.data.uri !== 'string') return error
  return { ...error, code: RPC.resourceNotFound }
}

/** The sentence of an error that says what the client cannot do; undefined for every other error. */
export const missingCapability = (error: JsonObject): string | undefined =>
  error.code === RPC.missingCapability ? String(error.message) : undefined
