/** What is acted on: one item (or `*`, a whole list or the server itself) of one server. */
export type Resource = Readonly<{ server: string; name: string }>

/** The text that policy.yaml and the record use: `mcp:{server}:{name}`. */
export const formatResource = (resource: Resource): string =>
  `mcp:${resource.server}:${resource.name}`

/**
 * Reads `mcp:{server}:{name}`, split at the first two colons, so that a name may hold colons.
 * Returns undefined for anything else; a lone `*` is a pattern, not a resource.
 */
export const parseResource = (text: string): Resource | undefined => {
  const match = /^mcp:([^:]+):(.+)$/s.exec(text)
  return match?.[1] !== undefined && match[2] !== undefined
    ? { server: match[1], name: match[2] }
    : undefined
}

/** The resource of operations on the gateway itself, such as watching its events. */
export const GATEWAY: Resource = { server: 'gateway', name: '*' }
