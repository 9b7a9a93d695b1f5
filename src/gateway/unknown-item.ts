import { ItemNotFound } from '../core/errors.ts'
import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { methodRow, type Operation } from '../core/operation.ts'
import { RPC } from '../core/protocol.ts'

/** Which listing tells whether an item of this method exists. */
const LISTED_BY: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'tools/list'],
  ['prompts/get', 'prompts/list'],
])

/** How MCP 2025-11-25 and MCP 2026-07-28 tell of a resource that is not there. */
const RESOURCE_NOT_FOUND: readonly unknown[] = [RPC.resourceNotFound, RPC.invalidParams]

/**
 * Servers tell of an unknown tool in several ways, some of them as the tool's own error. When an
 * answer failed, and only then, the server is asked what it has.
 *
 * @param list gives the JSON-RPC answer of a listing
 * @throws ItemNotFound when the operation's item is not among what the server has
 */
export const assertKnownItem = async (
  operation: Operation,
  answer: JsonObject,
  list: (method: string) => Promise<JsonObject>,
): Promise<void> => {
  const { method, resource } = operation
  if (!hasFailed(answer)) return
  const notFound = new ItemNotFound(`Not found on ${resource.server}: ${resource.name}`)
  if (method === 'resources/read') {
    const { error } = answer
    if (isObject(error) && RESOURCE_NOT_FOUND.includes(error.code)) throw notFound
    return
  }
  const listedBy = LISTED_BY.get(method)
  const listing = listedBy && methodRow(listedBy)?.listing
  if (listedBy === undefined || !listing) return
  const { result } = await list(listedBy)
  const entries = isObject(result) ? result[listing.member] : undefined
  if (!Array.isArray(entries)) return
  const known = entries.some(
    (entry: unknown) => isObject(entry) && entry[listing.key] === resource.name,
  )
  if (!known) throw notFound
}

const hasFailed = ({ error, result }: JsonObject): boolean =>
  error !== undefined || (isObject(result) && result.isError === true)
