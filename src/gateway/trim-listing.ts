import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { methodRow } from '../core/operation.ts'
import { parseLossless } from '../lib/lossless-json.ts'

/**
 * Takes out of a listing what its reader may not use, and marks what is left as private to that reader
 * (MCP 2026-07-28, caching: a filtered result must not be shared). Every other value stays.
 *
 * @param text JSON text of one JSON-RPC message; anything but a listing's result comes back as it is
 * @param mayList tells by name (or URI) what stays
 */
export const trimListing = (
  text: string,
  method: string,
  mayList: (name: string) => boolean,
): string => {
  const listing = methodRow(method)?.listing
  if (listing === undefined) return text
  const message = parseLossless(text)
  if (!isObject(message) || !isObject(message.result)) return text
  const { result } = message
  const entries = result[listing.member]
  if (!Array.isArray(entries)) return text
  const kept = entries.filter((entry: unknown) => isAllowed(entry, listing.key, mayList))
  return JSON.stringify({
    ...message,
    result: { ...result, [listing.member]: kept, ...privately(result) },
  })
}

const isAllowed = (entry: unknown, key: string, mayList: (name: string) => boolean): boolean => {
  const name = isObject(entry) ? entry[key] : undefined
  return typeof name === 'string' && mayList(name)
}

const privately = (result: JsonObject) =>
  Object.hasOwn(result, 'cacheScope') ? { cacheScope: 'private' } : {}
