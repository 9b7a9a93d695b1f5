import { InvalidParams } from '../core/errors.ts'
import { isObject, type JsonObject, type Message } from '../core/json-rpc.ts'
import { methodRow } from '../core/operation.ts'
import { mapMemberAt, mapString } from '../lib/json-member.ts'
import { parseLossless } from '../lib/lossless-json.ts'
import { memberSpans, type Span, splice } from '../lib/strict-json.ts'
import type { Told } from './ask-each.ts'
import { federatedUri, type Kind } from './names.ts'
import type { Cursors } from './sealed.ts'

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ['tools/list', 'tool'],
  ['prompts/list', 'prompt'],
  ['resources/list', 'resource'],
  ['resources/templates/list', 'resource'],
])

/** What a listing is of; undefined for a method that lists nothing with a name. */
export const listedKind = (method: string | undefined): Kind | undefined => KINDS.get(method ?? '')

/** The cursor that a listing asks to go on from. @throws InvalidParams for what is none */
export const cursorOf = (message: Message): string | undefined => {
  const cursor = message.params?.cursor
  if (cursor === undefined || typeof cursor === 'string') return cursor
  throw new InvalidParams('Invalid cursor')
}

/** The listing as one server is asked for it: from its own cursor on, and without progress. */
export const toPart = (message: Message, cursor: string | undefined): Message => {
  const whole = parseLossless(message.text)
  const given = isObject(whole) && isObject(whole.params) ? whole.params : {}
  const narrowed = (params: JsonObject): JsonObject => {
    const { cursor: _ours, _meta, ...rest } = params
    const { progressToken: _token, ...meta } = isObject(_meta) ? _meta : {}
    return {
      ...rest,
      ...(_meta !== undefined && { _meta: meta }),
      ...(cursor !== undefined && { cursor }),
    }
  }
  return {
    ...message,
    text: JSON.stringify({ ...(isObject(whole) ? whole : {}), params: narrowed(given) }),
    params: narrowed(message.params ?? {}),
  }
}

/** What of one server's page a merged one needs, found without reading the entries. */
export type Page = Readonly<{
  server: string
  problem: string | undefined
  /** JSON texts. */
  entries: readonly string[]
  nextCursor: unknown
  ttlMs: unknown
}>

export const pageOf = (method: string, { server, result, problem }: Told): Page => {
  const members = memberSpans(result)
  const value = (name: string): unknown => {
    const span = members.get(name)
    return span && JSON.parse(result.slice(...span))
  }
  const span = members.get(methodRow(method)?.listing?.member ?? '')
  const list = span === undefined ? '' : result.slice(...span)
  const entries = list.startsWith('[') ? [...memberSpans(list).values()] : []
  return {
    server,
    problem,
    entries: entries.map((each) => list.slice(...each)),
    nextCursor: value('nextCursor'),
    ttlMs: value('ttlMs'),
  }
}

/** Where each server's listing goes on; undefined at the end. */
export const cursorsAfter = (pages: readonly Page[]): Cursors | undefined => {
  const more = pages.flatMap(({ server, nextCursor }) =>
    // MCP, pagination: an empty cursor is a cursor.
    typeof nextCursor === 'string' ? [[server, nextCursor] as const] : [],
  )
  return more.length === 0 ? undefined : Object.fromEntries(more)
}

/**
 * The entries of several servers, in their order and each in its own, under federated names.
 *
 * @param rename gives the federated name; undefined for what the face does not show
 * @returns JSON text of an array
 */
export const mergeListing = (
  method: string,
  pages: readonly Page[],
  rename: (server: string, name: string) => string | undefined,
): string => {
  const find = nameFinder(methodRow(method)?.listing?.key ?? '')
  const renamed = (server: string, entry: string): readonly string[] => {
    const span = find(entry)
    const name: unknown = span && JSON.parse(entry.slice(...span))
    const federated = typeof name === 'string' ? rename(server, name) : undefined
    if (span === undefined || federated === undefined) return []
    const text = splice(entry, span, JSON.stringify(federated))
    return [entry.includes('resourceUri') ? withApp(text, server) : text]
  }
  const entries = pages.flatMap((page) =>
    page.entries.flatMap((each) => renamed(page.server, each)),
  )
  return `[${entries.join(',')}]`
}

/** Finds where an entry is named: most begin with their name, and hold no other member called so. */
const nameFinder = (key: string): ((entry: string) => Span | undefined) => {
  const quoted = JSON.stringify(key)
  const start = `{${quoted}:"`
  return (entry) => {
    if (!entry.startsWith('{')) return undefined
    const end = entry.startsWith(start) ? entry.indexOf('"', start.length) : -1
    const plain = end !== -1 && entry.indexOf(quoted, start.length) === -1 && !entry.includes('\\')
    return plain ? [start.length - 1, end + 1] : memberSpans(entry).get(key)
  }
}

/** Milliseconds for which a merged answer is good: as long as all of its parts are. */
export const lifetimeOf = (
  parts: readonly Readonly<{ problem: string | undefined; ttlMs: unknown }>[],
): number => {
  const lifetimes = parts.map(({ problem, ttlMs }) =>
    problem === undefined && typeof ttlMs === 'number' ? Math.max(0, ttlMs) : 0,
  )
  return lifetimes.length === 0 ? 0 : Math.min(...lifetimes)
}

/** Where MCP Apps name the resource that shows an entry: in a nested key, and formerly in a flat one. */
const APPS = [
  ['_meta', 'ui', 'resourceUri'],
  ['_meta', 'ui/resourceUri'],
] as const

const withApp = (entry: string, server: string): string =>
  APPS.reduce(
    (text, path) =>
      mapMemberAt(text, path, (uri) => mapString(uri, (own) => federatedUri(server, own))),
    entry,
  )
