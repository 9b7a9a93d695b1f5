/** One made-up caller of the demo. */
export type DemoPerson = Readonly<{ name: string; email: string }>

/** `expired` was good until a minute ago; `lasting` outlives whoever watches the demo. */
export type DemoToken = 'fresh' | 'expired' | 'lasting'

export type DemoIssuer = Readonly<{
  /** The `iss` of its tokens, and where it describes itself. */
  url: string
  /** A signed token for the audience `mcp-gateway`. */
  token: (person: DemoPerson, kind?: DemoToken) => Promise<string>
  close: () => Promise<void>
}>

const MINUTE = 60
const KID = 'demo'
/** From when and for how long a token is good, in minutes. */
const VALIDITY: Readonly<Record<DemoToken, readonly [since: number, length: number]>> = {
  fresh: [0, 5],
  expired: [-6, 5],
  lasting: [0, 24 * 60],
}

/**
 * An identity provider for the demo alone: on loopback, with a key made now and never written down
 * (RFC 8037 Ed25519). It gives tokens to this program and to nobody else; over the network it only
 * shows its public key.
 *
 * @param now milliseconds since the epoch
 */
export const startDemoIssuer = async (now: () => number): Promise<DemoIssuer> => {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new Error('Ed25519 gave no key pair')
  const { kty, crv, x } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  const keys = { keys: [{ kty, crv, x, kid: KID, alg: 'EdDSA', use: 'sig' }] }
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    routes: {
      '/.well-known/openid-configuration': (): Response =>
        Response.json({ issuer: url, jwks_uri: `${url}/jwks` }),
      '/jwks': (): Response => Response.json(keys),
    },
    fetch: () => new Response(null, { status: 404 }),
  })
  const url: string = `http://127.0.0.1:${server.port}`

  const token: DemoIssuer['token'] = async (person, kind = 'fresh') => {
    const [since, length] = VALIDITY[kind]
    const at = Math.floor(now() / 1000) + since * MINUTE
    const payload = {
      iss: url,
      aud: 'mcp-gateway',
      sub: `demo-${person.name}`,
      preferred_username: person.name,
      email: person.email,
      email_verified: true,
      jti: crypto.randomUUID(),
      iat: at,
      exp: at + length * MINUTE,
    }
    const input = `${encoded({ alg: 'EdDSA', typ: 'JWT', kid: KID })}.${encoded(payload)}`
    const signature = await crypto.subtle.sign('Ed25519', pair.privateKey, Buffer.from(input))
    return `${input}.${Buffer.from(signature).toString('base64url')}`
  }
  return { url, token, close: () => server.stop(true) }
}

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
