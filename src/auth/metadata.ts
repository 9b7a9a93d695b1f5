const WELL_KNOWN = '/.well-known/oauth-protected-resource'

export type ProtectedResourceMetadata = Readonly<{
  resource: string
  authorization_servers: readonly string[]
  bearer_methods_supported: readonly ['header']
  resource_name: string
  scopes_supported?: readonly string[]
}>

export type MetadataOptions = Readonly<{
  /** The exact address that clients use, such as `https://gateway.example/mcp`. */
  resource: string
  issuer: string
  resourceName: string
  scopes?: readonly string[]
}>

/** The protected resource metadata of one resource (RFC 9728 §2). It tells nothing about servers or users. */
export const protectedResourceMetadata = ({
  resource,
  issuer,
  resourceName,
  scopes = [],
}: MetadataOptions): ProtectedResourceMetadata => ({
  resource: canonicalResource(resource),
  authorization_servers: [issuer],
  bearer_methods_supported: ['header'],
  resource_name: resourceName,
  ...(scopes.length > 0 && { scopes_supported: scopes }),
})

/** RFC 9728 §3.1: the well-known part goes between the host and the path of the resource. */
export const protectedResourceMetadataUrl = (resource: string): string => {
  const { origin, pathname, search } = new URL(canonicalResource(resource))
  return `${origin}${WELL_KNOWN}${pathname === '/' ? '' : pathname}${search}`
}

/**
 * RFC 8707 §2 and MCP authorization: lower-case scheme and host, no fragment, no trailing slash. Clients
 * compare it with the address they used.
 */
export const canonicalResource = (resource: string): string => {
  const { origin, pathname, search } = new URL(resource)
  return `${origin}${pathname.replace(/\/+$/, '')}${search}`
}
