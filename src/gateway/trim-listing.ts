import { isObject } from '../core/json-rpc.ts'
import { methodRow } from '../core/operation.ts'
import { parseLossless } from '../lib/lossless-json.ts'
import { memberSpans, readStrictJson, type Span, splice } from '../lib/strict-json.ts'

/**
 * Takes out of a listing what its reader may not use, and marks what is left as private to that reader
 * (MCP 2026-07-28, caching: a filtered result must not be shared). All other text stays as it came.
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
  const { text: plain, value: message, spans } = unambiguous(text)
  const span = spans.get('result')
  if (span === undefined || !isObject(message) || !isObject(message.result)) return text
  const { result } = message
  const entries = result[listing.member]
  if (!Array.isArray(entries)) return text
  const kept = entries.map((entry: unknown) => isAllowed(entry, listing.key, mayList))
  const isPrivate = !Object.hasOwn(result, 'cacheScope') || result.cacheScope === 'private'
  if (isPrivate && !kept.includes(false)) return plain
  return splice(plain, span, trimmed(plain.slice(...span), listing.member, kept))
}

/** The message in a text that every parser reads alike: one where a key stands twice is written anew. */
const unambiguous = (text: string) => {
  try {
    return { text, ...readStrictJson(text, { maxDepth: Number.POSITIVE_INFINITY }) }
  } catch {
    const anew = JSON.stringify(parseLossless(text))
    return { text: anew, ...readStrictJson(anew, { maxDepth: Number.POSITIVE_INFINITY }) }
  }
}

/** The text of a result without the entries that are not kept, and private. */
const trimmed = (text: string, member: string, kept: readonly boolean[]): string => {
  const members = memberSpans(text)
  const list = members.get(member)
  const scope = members.get('cacheScope')
  const edits: (readonly [Span, string])[] = []
  if (list !== undefined) edits.push([list, keptEntries(text.slice(...list), kept)])
  if (scope !== undefined) edits.push([scope, '"private"'])
  // From the end to the start, so that the places before stay where they are.
  return edits
    .sort(([[one]], [[other]]) => other - one)
    .reduce((edited, [span, replacement]) => splice(edited, span, replacement), text)
}

const keptEntries = (text: string, kept: readonly boolean[]): string => {
  const entries = [...memberSpans(text).values()].filter((_, index) => kept[index] === true)
  return `[${entries.map((span) => text.slice(...span)).join(',')}]`
}

const isAllowed = (entry: unknown, key: string, mayList: (name: string) => boolean): boolean => {
  const name = isObject(entry) ? entry[key] : undefined
  return typeof name === 'string' && mayList(name)
}
