import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { mayHoldWord } from '../lib/json-word.ts'
import { parseLossless } from '../lib/lossless-json.ts'

/**
 * What makes a result private to its reader (MCP 2026-07-28, caching): what policy decided for one must
 * not be served to others from a cache. Nothing where the server gave no hint.
 */
export const privately = (result: JsonObject): JsonObject =>
  Object.hasOwn(result, 'cacheScope') ? { cacheScope: 'private' } : {}

/** A result made private as a whole. */
export const makePrivate = (text: string): string => {
  if (!mayHoldWord(text, 'cacheScope')) return text
  const message = parseLossless(text)
  if (!isObject(message) || !isObject(message.result)) return text
  const { cacheScope } = message.result
  if (cacheScope === undefined || cacheScope === 'private') return text
  return JSON.stringify({ ...message, result: { ...message.result, cacheScope: 'private' } })
}
