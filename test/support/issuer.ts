import { createIssuerKey, type IssuerKey, standardKeys } from './issuer-keys.ts'

export type IssuerOptions = Readonly<{
  /** Serves Keycloak's addresses for this realm; otherwise a plain OpenID issuer at the root. */
  keycloakRealm?: string
  port?: number
  /** Replaces the standard keys; the first one signs. */
  keys?: readonly IssuerKey[]
  /** Without discovery documents, only the key set is served. */
  discovery?: boolean
  /** Changes the discovery document. */
  document?: (document: Record<string, unknown>) => Record<string, unknown>
}>

export type TokenOptions = Readonly<{
  /** The key that signs, by `kid`. */
  kid?: string
  /** Added to the header; `undefined` removes a member. */
  header?: Record<string, unknown>
}>

/** Header and payload as they shall be: objects become JSON, text and bytes stay as they are. */
export type Part = string | Uint8Array | Record<string, unknown>

/** How the key set is answered: well, not at all, late, or with this body instead. */
export type Trouble = 'none' | 'down' | Readonly<{ delay: number }> | Readonly<{ body: string }>

export type Issuer = Readonly<{
  /** The `iss` of its tokens. */
  issuer: string
  /** The origin; what KEYCLOAK_URL would be. */
  url: string
  jwksUrl: string
  /**
   * A signed token. The default is a valid one as Keycloak makes them, for the audience `mcp-gateway`;
   * claims are added to it, and `undefined` removes one.
   */
  token: (claims?: Record<string, unknown>, options?: TokenOptions) => Promise<string>
  /** Signs whatever it is given. */
  sign: (header: Part, payload: Part, kid?: string) => Promise<string>
  key: (kid: string) => IssuerKey
  /** How often the key set was asked for. */
  jwksFetches: () => number
  /** How often anything was asked for. */
  requests: () => number
  trouble: (trouble: Trouble) => void
  /** Answers 503 to everything, or is well again. */
  down: (isDown: boolean) => void
  /** Replaces the signing key by a new one, which it returns. */
  rotate: () => Promise<IssuerKey>
  close: () => Promise<void>
}>

/** An identity provider on loopback, with real keys and real answers. */
export const startIssuer = async (options: IssuerOptions = {}): Promise<Issuer> => {
  let keys = options.keys ?? (await standardKeys())
  let trouble: Trouble = 'none'
  let jwksFetches = 0
  let requests = 0
  let rotations = 0

  const answer = async (pathname: string): Promise<Response> => {
    requests += 1
    if (pathname === paths.jwks) jwksFetches += 1
    if (trouble === 'down') return new Response('down', { status: 503 })
    if (typeof trouble === 'object' && 'delay' in trouble) await Bun.sleep(trouble.delay)
    if (pathname === paths.jwks) {
      if (typeof trouble === 'object' && 'body' in trouble) return new Response(trouble.body)
      return Response.json({ keys: keys.map((key) => key.publicJwk) })
    }
    const isDiscovery = options.discovery !== false && paths.discovery.includes(pathname)
    return isDiscovery ? Response.json(document()) : new Response('not found', { status: 404 })
  }

  const paths = pathsOf(options.keycloakRealm)
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: options.port ?? 0,
    fetch: (request) => answer(new URL(request.url).pathname),
  })
  const url = `http://127.0.0.1:${server.port}`
  const issuer = `${url}${paths.issuer}`
  const jwksUrl = `${url}${paths.jwks}`

  const document = () => {
    const honest = { issuer, jwks_uri: jwksUrl, token_endpoint: `${url}${paths.token}` }
    return options.document?.(honest) ?? honest
  }

  const key = (kid: string): IssuerKey => {
    const found = keys.find((candidate) => candidate.kid === kid)
    if (found === undefined) throw new Error(`The issuer has no key ${kid}`)
    return found
  }
  const signingKid = () => keys[0]?.kid ?? 'none'

  const sign = async (header: Part, payload: Part, kid = signingKid()): Promise<string> => {
    const input = `${base64url(header)}.${base64url(payload)}`
    return `${input}.${base64url(await key(kid).sign(Buffer.from(input)))}`
  }

  return {
    issuer,
    url,
    jwksUrl,
    sign,
    key,
    token: (claims = {}, { kid = signingKid(), header = {} } = {}) =>
      sign({ alg: key(kid).alg, typ: 'JWT', kid, ...header }, defaultClaims(issuer, claims), kid),
    jwksFetches: () => jwksFetches,
    requests: () => requests,
    trouble: (next) => {
      trouble = next
    },
    down: (isDown) => {
      trouble = isDown ? 'down' : 'none'
    },
    rotate: async () => {
      rotations += 1
      const fresh = await createIssuerKey(`rotated-${rotations}`, 'RS256')
      keys = [fresh, ...keys.slice(1)]
      return fresh
    },
    close: () => server.stop(true),
  }
}

const base64url = (part: Part): string =>
  (part instanceof Uint8Array
    ? Buffer.from(part)
    : Buffer.from(typeof part === 'string' ? part : JSON.stringify(part))
  ).toString('base64url')

const pathsOf = (realm: string | undefined) => {
  const openid = '/.well-known/openid-configuration'
  const oauth = '/.well-known/oauth-authorization-server'
  if (realm === undefined) {
    return { issuer: '', jwks: '/jwks', token: '/token', discovery: [openid, oauth] }
  }
  const issuer = `/realms/${realm}`
  return {
    issuer,
    jwks: `${issuer}/protocol/openid-connect/certs`,
    token: `${issuer}/protocol/openid-connect/token`,
    discovery: [`${issuer}${openid}`, `${oauth}${issuer}`],
  }
}

/** As Keycloak 26 with an audience mapper. Times are of the real clock unless given. */
const defaultClaims = (issuer: string, claims: Record<string, unknown>) => {
  const now = Math.floor(Date.now() / 1000)
  return {
    exp: now + 300,
    iat: now,
    jti: crypto.randomUUID(),
    iss: issuer,
    aud: ['mcp-gateway', 'account'],
    sub: 'b2f5ff47-4366-4dd1-a32b-d1a2b3c4d5e6',
    typ: 'Bearer',
    azp: 'mcp-gateway-client',
    realm_access: { roles: ['offline_access', 'uma_authorization'] },
    resource_access: {
      'mcp-gateway-client': { roles: ['developer'] },
      account: { roles: ['view-profile'] },
    },
    scope: 'openid profile email',
    email_verified: true,
    preferred_username: 'alice',
    email: 'alice@example.com',
    ...claims,
  }
}
