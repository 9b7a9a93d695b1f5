import { InvalidParams } from '../core/errors.ts'
import { isObject, type JsonObject, type Message } from '../core/json-rpc.ts'
import { methodRow } from '../core/operation.ts'
import { parseLossless } from '../lib/lossless-json.ts'
import type { Told } from './ask-each.ts'
import type { Directory } from './directory.ts'
import type { Face } from './face.ts'
import { federatedUri, type Kind } from './names.ts'
import type { Cursors } from './sealed.ts'

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ['tools/list', 'tool'],
  ['prompts/list', 'prompt'],
  ['resources/list', 'resource'],
  ['resources/templates/list', 'resource'],
])

/** What a listing is of; undefined for a method that lists nothing. */
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
    const { cursor: _ours, ...rest } = params
    const meta = isObject(rest._meta) ? rest._meta : {}
    const { progressToken: _token, ...kept } = meta
    return {
      ...rest,
      ...(Object.keys(kept).length > 0 || rest._meta !== undefined ? { _meta: kept } : {}),
      ...(cursor !== undefined && { cursor }),
    }
  }
  return {
    ...message,
    text: JSON.stringify({ ...(isObject(whole) ? whole : {}), params: narrowed(given) }),
    params: narrowed(message.params ?? {}),
  }
}

/** Where each server's listing goes on; undefined at the end. */
export const cursorsAfter = (all: readonly Told[]): Cursors | undefined => {
  const more = all.flatMap(({ server, result }) =>
    // MCP, pagination: an empty cursor is a cursor.
    typeof result.nextCursor === 'string' ? [[server, result.nextCursor] as const] : [],
  )
  return more.length === 0 ? undefined : Object.fromEntries(more)
}

/** One page of several servers, in their order and each in its own, under federated names. */
export const mergeListing = (
  method: string,
  all: readonly Told[],
  face: Face,
  directory: Directory,
): JsonObject => {
  const kind = listedKind(method)
  const listing = methodRow(method)?.listing
  if (kind === undefined || listing === undefined) return {}
  const entries = all.flatMap(({ server, result }) => {
    const member = face.members.find((each) => each.server === server)
    const list: unknown = result[listing.member]
    return (Array.isArray(list) ? list : []).flatMap((entry: unknown) => {
      const name = isObject(entry) ? entry[listing.key] : undefined
      if (!isObject(entry) || typeof name !== 'string' || !member?.shows(kind, name)) return []
      const renamed = { ...entry, [listing.key]: directory.nameOf(kind, { server, name }) }
      return [kind === 'tool' ? withApp(renamed, server) : renamed]
    })
  })
  return { [listing.member]: entries }
}

/** Milliseconds for which a merged answer is good: as long as all of its parts are. */
export const lifetimeOf = (all: readonly Told[]): number =>
  all.length === 0
    ? 0
    : Math.min(
        ...all.map(({ result, problem }) =>
          problem === undefined && typeof result.ttlMs === 'number' ? Math.max(0, result.ttlMs) : 0,
        ),
      )

/** MCP Apps: a tool names the resource that shows it, in a nested key and formerly in a flat one. */
const withApp = (tool: JsonObject, server: string): JsonObject => {
  if (!isObject(tool._meta)) return tool
  const meta = tool._meta
  const flat = meta[FLAT_APP]
  return {
    ...tool,
    _meta: {
      ...meta,
      ...(isObject(meta.ui) && { ui: withAppUri(meta.ui, server) }),
      ...(typeof flat === 'string' && { [FLAT_APP]: federatedUri(server, flat) }),
    },
  }
}

const FLAT_APP = 'ui/resourceUri'

const withAppUri = (ui: JsonObject, server: string): JsonObject =>
  typeof ui.resourceUri === 'string'
    ? { ...ui, resourceUri: federatedUri(server, ui.resourceUri) }
    : ui
