import type { Reply } from '../../../core/conversation.ts'
import {
  errorText,
  isObject,
  type JsonObject,
  type Message,
  resultText,
} from '../../../core/json-rpc.ts'
import { RPC } from '../../../core/protocol.ts'
import { parseLossless } from '../../../lib/lossless-json.ts'

/** The parameters of a message with every number as it was written. */
export const losslessParams = (message: Message): JsonObject => {
  const value = parseLossless(message.text)
  return isObject(value) && isObject(value.params) ? value.params : {}
}

/** One request id, however it was written. */
export const idKey = (idText: string): string => JSON.stringify(parseLossless(idText))

export const single = (text: string): Reply => ({ kind: 'single', text })

/** A JSON-RPC error as a server gave it, with whatever else stands in it. */
export const givenErrorText = (idText: string, error: JsonObject): string =>
  `{"jsonrpc":"2.0","id":${idText},"error":${JSON.stringify(error)}}`

/**
 * Why a request could not be carried out: for a tool a result that its model can read, else a JSON-RPC
 * error.
 */
export const refusalText = (method: string, idText: string, sentence: string): string =>
  method === 'tools/call'
    ? resultText(idText, { content: [{ type: 'text', text: sentence }], isError: true })
    : errorText(idText, { code: RPC.internalError, message: sentence })

export const invalidParams = (idText: string, message: string): Reply =>
  single(errorText(idText, { code: RPC.invalidParams, message }))

export const methodNotFound = (idText: string, message = 'Method not found'): Reply =>
  single(errorText(idText, { code: RPC.methodNotFound, message }))
