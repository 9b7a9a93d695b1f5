import { createHash } from 'node:crypto'

/** What of a server has a name of its own. */
export type Kind = 'tool' | 'prompt' | 'resource'

/** Longest alias; what the strictest clients and model providers take. */
const MAX_ALIAS = 64
/** Longest part of an alias that names the server, so that something is left for the item. */
const MAX_LABEL = 32
const PLAIN = /^[A-Za-z0-9_.-]+$/
const UNFIT = /[^A-Za-z0-9_.-]/g
/** How a shortened alias ends. A name that ends so by itself is shortened too, and nothing is mistaken. */
const HASHED = /_x[0-9a-f]{12}$/
const HASH_LENGTH = 12

const hashOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, HASH_LENGTH)

/** How a server is called in aliases: its name, or a stable short form of a long one. */
export const labelOf = (server: string): string =>
  server.length <= MAX_LABEL
    ? server
    : `${server.slice(0, MAX_LABEL - HASH_LENGTH - 1).replace(/_+$/, '')}-${hashOf(server)}`

/**
 * The name of a tool or prompt where several servers are one: `{server}__{name}`. One that is too long,
 * or has other characters than every client takes, is shortened and ends in a hash of the whole.
 */
export const aliasOf = (server: string, name: string): string => {
  const label = labelOf(server)
  const alias = `${label}__${name}`
  if (alias.length <= MAX_ALIAS && PLAIN.test(alias) && !HASHED.test(alias)) return alias
  const room = MAX_ALIAS - label.length - '__'.length - '_x'.length - HASH_LENGTH
  return `${label}__${name.replace(UNFIT, '_').slice(0, room)}_x${hashOf(server, name)}`
}

/** An alias taken apart; `name` is undefined where only a hash of it is left. */
export type AliasParts = Readonly<{ label: string; name: string | undefined }>

/** Undefined for what is no alias. A server's name holds no `__`, so the first one ends it. */
export const readAlias = (alias: string): AliasParts | undefined => {
  const end = alias.indexOf('__')
  if (end < 1) return undefined
  const label = alias.slice(0, end)
  return { label, name: HASHED.test(alias) ? undefined : alias.slice(end + 2) }
}

/** MCP Apps: hosts show only what this scheme names, so it stays in front. */
const APP = 'ui://'

/**
 * How a server is called in URIs (RFC 3986 §3.1: letters, digits, `+`, `-`, `.`, in any case): its name
 * in lower case, with a hash where a character had to give way.
 */
export const schemeOf = (server: string): string => {
  const lower = server.toLowerCase()
  if (/^[a-z][a-z0-9.-]*$/.test(lower)) return lower
  const fit = lower.replace(/[^a-z0-9.-]/g, '-')
  return `${/^[a-z]/.test(fit) ? '' : 's'}${fit}.${hashOf(lower)}`
}

/**
 * The URI (or URI template) of a resource where several servers are one: the whole of it behind the
 * server, so that a template expands as before and equal URIs of two servers differ.
 */
export const federatedUri = (server: string, uri: string): string =>
  uri.startsWith(APP)
    ? `${APP}${schemeOf(server)}+${uri.slice(APP.length)}`
    : `${schemeOf(server)}+${uri}`

/** The server's scheme and its own URI; undefined for what is none of ours. */
export const readUri = (uri: string): Readonly<{ scheme: string; uri: string }> | undefined => {
  const start = uri.startsWith(APP) ? APP.length : 0
  const end = uri.indexOf('+', start)
  if (end <= start) return undefined
  const scheme = uri.slice(start, end).toLowerCase()
  return { scheme, uri: uri.slice(0, start) + uri.slice(end + 1) }
}
