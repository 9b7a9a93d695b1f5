import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createPublicKey } from 'node:crypto'
import fc from 'fast-check'
import { createJwtAuthenticator } from '../../src/auth/jwt.ts'
import { type Issuer, startIssuer } from '../support/issuer.ts'
import { createClock, createGate, type Gate, LOCAL } from '../support/issuer-authenticator.ts'
import { signWithSecret } from '../support/issuer-keys.ts'

let issuer: Issuer
let gate: Gate
const clock = createClock()
const T = clock.seconds()

beforeAll(async () => {
  issuer = await startIssuer({ keycloakRealm: 'mcp-gateway' })
  gate = createGate(issuer, clock.now)
})
afterAll(() => issuer.close())

type Claims = Record<string, unknown>
type Row = readonly [row: number, name: string, make: () => Promise<string>, verdict: string]

const claims = (changes: Claims = {}): Claims => ({
  iss: issuer.issuer,
  aud: 'mcp-gateway',
  sub: 'u-1',
  iat: T,
  exp: T + 300,
  ...changes,
})
const rs256 = (changes: Claims = {}): Claims => ({
  alg: 'RS256',
  typ: 'JWT',
  kid: 'k1',
  ...changes,
})

const withClaims = (changes: Claims) => () => issuer.token({ iat: T, exp: T + 300, ...changes })
const withHeader = (header: Claims) => () => issuer.token({}, { header })
const signedBy =
  (kid: string, header: Claims = {}) =>
  () =>
    issuer.token({}, { kid, header })
const unsigned =
  (header: Claims, signature = '') =>
  async () =>
    `${encode(header)}.${encode(claims())}.${signature}`
const altered =
  (change: (token: string) => string, kid = 'k1') =>
  async () =>
    change(await issuer.token({}, { kid }))
const raw = (payload: string | Uint8Array, header?: string) => () =>
  issuer.sign(header ?? rs256(), payload)
const rawClaims = (extra: string) => () =>
  issuer.sign(rs256(), `{${JSON.stringify(claims()).slice(1, -1)},${extra}}`)

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const part = (token: string, index: number) => token.split('.')[index] ?? ''
const replacePart = (token: string, index: number, value: string) =>
  token
    .split('.')
    .map((old, at) => (at === index ? value : old))
    .join('.')

/** Sets bits of the last character that no byte of the signature uses. */
const looseBits = (token: string) => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.slice(-1)) + 1]
}

const confused = (form: 'pem' | 'der' | 'jwk') => async () => {
  const { publicJwk } = issuer.key('k1')
  const key = createPublicKey({ key: publicJwk as never, format: 'jwk' })
  const secret = {
    pem: () => key.export({ type: 'spki', format: 'pem' }),
    der: () => key.export({ type: 'spki', format: 'der' }),
    jwk: () => JSON.stringify(publicJwk),
  }[form]()
  const input = `${encode(rs256({ alg: 'HS256' }))}.${encode(claims())}`
  const signature = await signWithSecret(secret)(Buffer.from(input))
  return `${input}.${Buffer.from(signature).toString('base64url')}`
}

const derSignature = (token: string) => {
  const signature = Buffer.from(part(token, 2), 'base64url')
  const integer = (bytes: Buffer) => {
    const positive = Buffer.concat([Buffer.from([0]), bytes])
    return Buffer.concat([Buffer.from([2, positive.length]), positive])
  }
  const body = Buffer.concat([integer(signature.subarray(0, 32)), integer(signature.subarray(32))])
  const der = Buffer.concat([Buffer.from([0x30, body.length]), body])
  return replacePart(token, 2, der.toString('base64url'))
}

const rows: readonly Row[] = [
  [1, 'RS256 with an audience as a string', withClaims({ aud: 'mcp-gateway' }), 'accepted'],
  [2, 'ES256', signedBy('e1'), 'accepted'],
  [2, 'PS256', signedBy('p1'), 'accepted'],
  [2, 'EdDSA', signedBy('d1'), 'accepted'],
  [3, 'audience among others', withClaims({ aud: ['account', 'mcp-gateway'] }), 'accepted'],
  [3, 'our own resource URL', withClaims({ aud: 'http://localhost:8000/mcp' }), 'accepted'],
  [4, 'typ at+jwt', withHeader({ typ: 'at+jwt' }), 'accepted'],
  [4, 'typ application/at+jwt', withHeader({ typ: 'application/at+jwt' }), 'accepted'],
  [4, 'typ JWT', withHeader({ typ: 'JWT' }), 'accepted'],
  [4, 'typ absent', withHeader({ typ: undefined }), 'accepted'],
  [5, 'alg none', unsigned({ alg: 'none' }, 'AA'), 'unsupported_algorithm'],
  [5, 'alg None', unsigned({ alg: 'None' }, 'AA'), 'unsupported_algorithm'],
  [5, 'alg nOnE', unsigned({ alg: 'nOnE' }, 'AA'), 'unsupported_algorithm'],
  [5, 'alg none, no signature', unsigned({ alg: 'none' }), 'malformed_token'],
  [5, 'alg RS256, no signature', unsigned(rs256()), 'malformed_token'],
  [5, 'alg missing', withHeader({ alg: undefined }), 'unsupported_algorithm'],
  [5, 'alg empty', withHeader({ alg: '' }), 'unsupported_algorithm'],
  [5, 'alg an array', withHeader({ alg: ['RS256'] }), 'unsupported_algorithm'],
  [6, 'HS256 with the public PEM as secret', confused('pem'), 'unsupported_algorithm'],
  [6, 'HS256 with the public DER as secret', confused('der'), 'unsupported_algorithm'],
  [6, 'HS256 with the public JWK as secret', confused('jwk'), 'unsupported_algorithm'],
  [7, 'HS256 whose secret is in the key set', signedBy('oct'), 'unsupported_algorithm'],
  [7, 'RS256 naming a secret in the key set', signedBy('oct', { alg: 'RS256' }), 'unknown_key'],
  [8, 'RS384 on an RS256 key', withHeader({ alg: 'RS384' }), 'unsupported_algorithm'],
  [8, 'PS256 on an RS256 key', withHeader({ alg: 'PS256' }), 'unknown_key'],
  [8, 'RS512, which is not in the list', withHeader({ alg: 'RS512' }), 'unsupported_algorithm'],
  [9, 'a key for encryption only', signedBy('enc'), 'unknown_key'],
  [10, 'an RSA key of 1024 bits', signedBy('weak'), 'unusable_key'],
  [11, 'an unknown kid', withHeader({ kid: 'k9' }), 'unknown_key'],
  [12, 'no kid, several keys fit', withHeader({ kid: undefined }), 'ambiguous_key'],
  [13, 'kid is a path', withHeader({ kid: '../../dev/null' }), 'unknown_key'],
  [13, 'kid is SQL', withHeader({ kid: "k1' OR '1'='1" }), 'unknown_key'],
  [13, 'kid is __proto__', withHeader({ kid: '__proto__' }), 'unknown_key'],
  [13, 'kid is a number', withHeader({ kid: 1 }), 'malformed_header'],
  [13, 'kid is null', withHeader({ kid: null }), 'malformed_header'],
  [13, 'kid of 100 KB', withHeader({ kid: 'k'.repeat(100_000) }), 'malformed_authorization'],
  [
    14,
    'embedded jwk',
    withHeader({ jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } }),
    'unsupported_header',
  ],
  [16, 'crit with a known name', withHeader({ crit: ['exp'], exp: T + 9 }), 'unsupported_header'],
  [16, 'crit empty', withHeader({ crit: [] }), 'unsupported_header'],
  [16, 'b64 false with crit', withHeader({ b64: false, crit: ['b64'] }), 'unsupported_header'],
  [17, 'b64 false without crit', withHeader({ b64: false }), 'unsupported_header'],
  [18, 'ES256 with a DER signature', altered(derSignature, 'e1'), 'bad_signature'],
  [
    18,
    'ES256 with r and s zero',
    altered((token) => replacePart(token, 2, Buffer.alloc(64).toString('base64url')), 'e1'),
    'bad_signature',
  ],
  [
    19,
    'payload changed',
    altered((token) => replacePart(token, 1, encode(claims({ sub: 'admin' })))),
    'bad_signature',
  ],
  [19, 'signature stripped', altered((token) => replacePart(token, 2, '')), 'malformed_token'],
  [19, 'signature cut', altered((token) => token.slice(0, -2)), 'bad_signature'],
  [19, 'two parts', altered((token) => token.slice(0, token.lastIndexOf('.'))), 'malformed_token'],
  [19, 'four parts', altered((token) => `${token}.AA`), 'malformed_token'],
  [19, 'five parts', altered((token) => `${token}.AA.AA`), 'malformed_token'],
  [20, 'zip', withHeader({ zip: 'DEF' }), 'unsupported_header'],
  [20, 'enc', withHeader({ enc: 'A256GCM' }), 'unsupported_header'],
  [20, 'nested, cty JWT', withHeader({ cty: 'JWT' }), 'unsupported_header'],
  [21, 'trailing newline', altered((token) => `${token}\n`), 'malformed_authorization'],
  [21, 'space inside', altered((token) => token.replace('.', ' .')), 'malformed_authorization'],
  [21, 'padding', altered((token) => `${token}==`), 'malformed_token'],
  [21, 'padding inside', altered((token) => token.replace('.', '=.')), 'malformed_authorization'],
  [21, 'loose last bits, RS256', altered(looseBits), 'malformed_token'],
  [21, 'loose last bits, ES256', altered(looseBits, 'e1'), 'malformed_token'],
  [21, 'another alphabet', altered((token) => `${token.slice(0, -4)}+/+/`), 'malformed_token'],
  [24, 'expired 60 s ago', withClaims({ iat: T - 90, exp: T - 60 }), 'expired'],
  [
    24,
    'expired 4 s ago, within the tolerance',
    withClaims({ iat: T - 90, exp: T - 4 }),
    'accepted',
  ],
  [24, 'expired 5 s ago', withClaims({ iat: T - 90, exp: T - 5 }), 'expired'],
  [24, 'expired 6 s ago', withClaims({ iat: T - 90, exp: T - 6 }), 'expired'],
  [25, 'exp missing', withClaims({ exp: undefined }), 'expiry_missing'],
  [25, 'exp a string', withClaims({ exp: String(T + 300) }), 'expiry_missing'],
  [25, 'exp null', withClaims({ exp: null }), 'expiry_missing'],
  [25, 'exp NaN', raw('{"exp":NaN}'), 'malformed_claims'],
  [25, 'exp negative', withClaims({ iat: undefined, exp: -1 }), 'expired'],
  [26, 'exp 1e300', withClaims({ exp: 1e300 }), 'lifetime_too_long'],
  [
    26,
    'exp infinite',
    () => issuer.sign(rs256(), JSON.stringify(claims()).replace(String(T + 300), '1e999')),
    'expiry_missing',
  ],
  [26, 'a day and a second', withClaims({ exp: T + 86_401 }), 'lifetime_too_long'],
  [26, 'a day', withClaims({ exp: T + 86_400 }), 'accepted'],
  [
    26,
    'a day and a second, no iat',
    withClaims({ iat: undefined, exp: T + 86_401 }),
    'lifetime_too_long',
  ],
  [26, 'issued long ago, nearly over', withClaims({ iat: T - 86_400 }), 'lifetime_too_long'],
  [27, 'nbf in 60 s', withClaims({ nbf: T + 60 }), 'not_yet_valid'],
  [27, 'nbf in 5 s', withClaims({ nbf: T + 5 }), 'accepted'],
  [27, 'nbf a string', withClaims({ nbf: String(T) }), 'malformed_claims'],
  [28, 'iat in 600 s', withClaims({ iat: T + 600, exp: T + 900 }), 'issued_in_future'],
  [28, 'iat in 5 s', withClaims({ iat: T + 5 }), 'accepted'],
  [28, 'iat a string', withClaims({ iat: String(T) }), 'malformed_claims'],
  [
    29,
    'iss of another realm',
    () => issuer.token({ iss: `${issuer.url}/realms/other` }),
    'wrong_issuer',
  ],
  [
    29,
    'iss with a trailing slash',
    () => issuer.token({ iss: `${issuer.issuer}/` }),
    'wrong_issuer',
  ],
  [
    29,
    'iss in upper case',
    () => issuer.token({ iss: issuer.issuer.toUpperCase() }),
    'wrong_issuer',
  ],
  [29, 'iss an array', () => issuer.token({ iss: [issuer.issuer] }), 'wrong_issuer'],
  [29, 'iss missing', withClaims({ iss: undefined }), 'wrong_issuer'],
  [30, 'aud of another service', withClaims({ aud: ['account', 'billing'] }), 'wrong_audience'],
  [30, 'aud with our prefix', withClaims({ aud: 'mcp-gateway-evil' }), 'wrong_audience'],
  [30, 'aud in another case', withClaims({ aud: 'MCP-Gateway' }), 'wrong_audience'],
  [30, 'aud a number', withClaims({ aud: 7 }), 'wrong_audience'],
  [30, 'aud null', withClaims({ aud: null }), 'wrong_audience'],
  [30, 'aud with a number in it', withClaims({ aud: ['mcp-gateway', 7] }), 'wrong_audience'],
  [30, 'aud account, azp ours', withClaims({ aud: 'account' }), 'accepted'],
  [30, 'aud missing, azp ours', withClaims({ aud: undefined }), 'accepted'],
  [30, 'aud empty, azp ours', withClaims({ aud: [] }), 'accepted'],
  [30, 'aud account, azp not ours', withClaims({ aud: 'account', azp: 'shop' }), 'wrong_audience'],
  [
    30,
    'aud account, azp an array',
    withClaims({ aud: 'account', azp: ['mcp-gateway-client'] }),
    'wrong_audience',
  ],
  [
    30,
    'aud missing, azp missing',
    withClaims({ aud: undefined, azp: undefined }),
    'wrong_audience',
  ],
  [32, 'typ claim ID', withClaims({ typ: 'ID' }), 'wrong_token_type'],
  [32, 'typ claim Refresh', withClaims({ typ: 'Refresh' }), 'wrong_token_type'],
  [32, 'typ claim Offline', withClaims({ typ: 'Offline' }), 'wrong_token_type'],
  [32, 'typ claim Logout', withClaims({ typ: 'Logout' }), 'wrong_token_type'],
  [32, 'typ claim a number', withClaims({ typ: 1 }), 'wrong_token_type'],
  [32, 'typ logout+jwt', withHeader({ typ: 'logout+jwt' }), 'wrong_token_type'],
  [32, 'typ dpop+jwt', withHeader({ typ: 'dpop+jwt' }), 'wrong_token_type'],
  [32, 'typ secevent+jwt', withHeader({ typ: 'secevent+jwt' }), 'wrong_token_type'],
  [32, 'typ null', withHeader({ typ: null }), 'wrong_token_type'],
  [33, 'sub missing', withClaims({ sub: undefined }), 'bad_subject'],
  [34, 'sub a number', withClaims({ sub: 7 }), 'bad_subject'],
  [34, 'sub empty', withClaims({ sub: '' }), 'bad_subject'],
  [34, 'sub with a newline', withClaims({ sub: 'u\nadmin' }), 'bad_subject'],
  [34, 'sub with a line separator', withClaims({ sub: 'u\u2028admin' }), 'bad_subject'],
  [34, 'sub with half a character', withClaims({ sub: 'u\ud800' }), 'bad_subject'],
  [34, 'sub of 256 bytes', withClaims({ sub: 'é'.repeat(128) }), 'bad_subject'],
  [34, 'sub of 255 bytes', withClaims({ sub: 's'.repeat(255) }), 'accepted'],
  [34, 'sub role:admin', withClaims({ sub: 'role:admin' }), 'bad_subject'],
  [35, 'sub twice', rawClaims('"sub":"admin"'), 'malformed_claims'],
  [35, 'sub twice, once escaped', rawClaims('"s\\u0075b":"admin"'), 'malformed_claims'],
  [
    35,
    'a role list twice',
    rawClaims('"realm_access":{"roles":[],"roles":["a"]}'),
    'malformed_claims',
  ],
  [35, 'alg twice', raw('{}', '{"alg":"none","alg":"RS256","kid":"k1"}'), 'malformed_header'],
  [36, 'payload an array', raw('[]'), 'malformed_claims'],
  [36, 'payload a string', raw('"sub"'), 'malformed_claims'],
  [36, 'payload not JSON', raw('sub=admin'), 'malformed_claims'],
  [
    36,
    'payload with a byte order mark',
    () => issuer.sign(rs256(), `\ufeff${JSON.stringify(claims())}`),
    'malformed_claims',
  ],
  [36, 'payload not UTF-8', raw(new Uint8Array([0x7b, 0xff, 0x7d])), 'malformed_claims'],
  [
    36,
    'payload 2 000 deep',
    raw(`{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`),
    'malformed_claims',
  ],
  [36, 'payload 10 000 deep', raw('['.repeat(10_000)), 'malformed_authorization'],
  [36, 'header an array', raw('{}', '["RS256"]'), 'malformed_header'],
  [42, 'bound to a DPoP key', withClaims({ cnf: { jkt: 'x' } }), 'sender_constrained'],
  [42, 'bound to nothing that we know', withClaims({ cnf: null }), 'sender_constrained'],
  [43, 'jti a number', withClaims({ jti: 7 }), 'bad_token_id'],
  [
    46,
    "the master realm's admin",
    () => issuer.token({ iss: `${issuer.url}/realms/master`, realm_access: { roles: ['admin'] } }),
    'wrong_issuer',
  ],
]

describe('the token table', () => {
  test.each(rows.map(([row, name, make, verdict]) => ({ row, name, make, verdict })))(
    'row $row: $name → $verdict',
    async ({ make, verdict }) => {
      expect(await gate.verdict(await make())).toBe(verdict)
    },
  )

  test('F13: a token that is valid in all but its issuer is refused', async () => {
    for (const iss of ['https://id.example/realms/mcp-gateway', issuer.url, undefined]) {
      expect(await gate.verdict(await issuer.token({ iss }))).toBe('wrong_issuer')
    }
  })

  test('F16: the audience is checked without being configured, and a stock token passes', async () => {
    expect(await gate.verdict(await issuer.token({ aud: 'billing' }))).toBe('wrong_audience')
    expect(await gate.verdict(await issuer.token({ aud: 'account' }))).toBe('accepted')
  })

  test('F18: every refused token is refused in the same words', async () => {
    for (const changes of [{ exp: 1 }, { iss: 'x' }, { aud: 'x' }, { sub: 7 }]) {
      const refusal = await gate.principal(await issuer.token(changes)).catch(String)
      expect(refusal).toBe('Unauthenticated: Invalid token')
    }
  })

  test('row 15: a key that the token points to is never fetched', async () => {
    let hits = 0
    const sentinel = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: () => {
        hits += 1
        return Response.json({ keys: [] })
      },
    })
    const address = `http://127.0.0.1:${sentinel.port}/keys`
    for (const header of [{ jku: address }, { x5u: address }, { x5c: ['MIIB'] }]) {
      expect(await gate.verdict(await issuer.token({}, { header }))).toBe('unsupported_header')
    }
    await sentinel.stop(true)
    expect(hits).toBe(0)
  })

  test('row 22: one scheme, one space, one token', async () => {
    const token = await issuer.token()
    const verdicts = {
      [`Bearer ${token}`]: 'accepted',
      [`bearer ${token}`]: 'accepted',
      [`BEARER ${token}`]: 'accepted',
      [`Bearer ${token}, Bearer ${token}`]: 'malformed_authorization',
      [`Bearer ${token},Bearer ${token}`]: 'malformed_authorization',
      [`Bearer  ${token}`]: 'malformed_authorization',
      [`Bearer\t${token}`]: 'malformed_authorization',
      [`Bearer ${token} x`]: 'malformed_authorization',
      [`Bearer, Bearer ${token}`]: 'malformed_authorization',
      Bearer: 'malformed_authorization',
      'Bearer ': 'malformed_authorization',
      [`Bearer ${'a'.repeat(9 * 1024)}`]: 'malformed_authorization',
      [`Bearer${token}`]: 'unsupported_scheme',
      [token]: 'unsupported_scheme',
      [`Basic ${btoa('alice:secret')}`]: 'unsupported_scheme',
      [`DPoP ${token}`]: 'unsupported_scheme',
    }
    for (const [authorization, verdict] of Object.entries(verdicts)) {
      expect([authorization, await gate.headerVerdict(authorization)]).toEqual([
        authorization,
        verdict,
      ])
    }
  })

  test('row 23: whatever else a request holds, no header means no token', async () => {
    expect(await gate.headerVerdict(undefined)).toBe('no_token')
    expect(await gate.headerVerdict('')).toBe('unsupported_scheme')
  })

  test('row 30: with JWT_AUDIENCE set, a stock token of Keycloak is refused', async () => {
    const strict = createGate(issuer, clock.now, { strictAudience: true })
    for (const aud of ['account', undefined, [], ['account']]) {
      expect(await strict.verdict(await issuer.token({ aud }))).toBe('wrong_audience')
    }
    expect(await strict.verdict(await issuer.token({ aud: 'mcp-gateway' }))).toBe('accepted')
  })

  test('row 30: an issuer that is not Keycloak gets no exception', async () => {
    const other = createGate(issuer, clock.now, { keycloak: false })
    expect(await other.verdict(await issuer.token({ aud: 'account' }))).toBe('wrong_audience')
    expect(await other.verdict(await issuer.token({ aud: undefined }))).toBe('wrong_audience')
  })

  test('row 31: with a list of clients, azp or client_id must be on it', async () => {
    const closed = createGate(issuer, clock.now, { authorizedParties: ['agent'] })
    expect(await closed.verdict(await issuer.token({ azp: 'agent' }))).toBe('accepted')
    const rfc9068 = await issuer.token({ azp: undefined, client_id: 'agent' })
    expect(await closed.verdict(rfc9068)).toBe('accepted')
    for (const azp of ['shop', undefined, 7, ['agent']]) {
      expect(await closed.verdict(await issuer.token({ azp }))).toBe('wrong_authorized_party')
    }
    const both = await issuer.token({ azp: 'shop', client_id: 'agent' })
    expect(await closed.verdict(both)).toBe('wrong_authorized_party')
  })
})

describe('the principal of a token', () => {
  const principalOf = async (changes: Claims) => gate.principal(await issuer.token(changes))

  test('is what the issuer says, with kinds of roles apart', async () => {
    const exp = T + 200
    const principal = await principalOf({ exp, jti: 't-1', groups: ['/team'], scope: 'openid mcp' })
    expect(principal).toEqual({
      issuer: issuer.issuer,
      subject: 'b2f5ff47-4366-4dd1-a32b-d1a2b3c4d5e6',
      username: 'alice',
      verifiedEmail: 'alice@example.com',
      clientRoles: ['developer'],
      realmRoles: ['offline_access', 'uma_authorization'],
      groups: ['/team'],
      builtInRole: undefined,
      scopes: ['openid', 'mcp'],
      tokenId: 't-1',
      expiresAt: exp,
    })
  })

  test.each([
    ['not an array', { roles: 'admin' }, []],
    ['an object', { roles: { 0: 'admin', length: 1 } }, []],
    ['mixed', { roles: ['a', 7, null, ['admin'], { name: 'admin' }, 'b'] }, ['a', 'b']],
    ['of other namespaces', { roles: ['__proto__', 'user:admin', 'role:admin', 'c'] }, ['c']],
    ['with control characters', { roles: ['admin\n', '', 'd'] }, ['d']],
    ['not in an object', ['admin'], []],
  ])('row 37: realm roles that are %s give nothing', async (_, realm_access, roles) => {
    expect((await principalOf({ realm_access })).realmRoles).toEqual(roles)
  })

  test('row 37: more roles than can be judged are refused, never cut', async () => {
    const roles = Array.from({ length: 1001 }, () => 'r')
    const token = await issuer.token({ realm_access: { roles } })
    expect(await gate.verdict(token)).toBe('too_many_roles')
  })

  test('row 37: inherited names are no claims', async () => {
    const payload = JSON.stringify(claims()).replace(
      '{',
      '{"__proto__":{"realm_access":{"roles":["admin"]},"email_verified":true},',
    )
    const principal = await gate.principal(await issuer.sign(rs256(), payload))
    expect(principal.realmRoles).toEqual([])
    expect(Object.hasOwn(Object.prototype, 'realm_access')).toBe(false)
  })

  test('row 38: a role of another client is no role', async () => {
    const principal = await principalOf({
      resource_access: { 'other-client': { roles: ['admin'] } },
    })
    expect(principal.clientRoles).toEqual([])
  })

  test('row 38: a client id that is a name of every object gives no roles', async () => {
    const odd = createGate(issuer, clock.now, { clientId: 'constructor' })
    expect((await odd.principal(await issuer.token())).clientRoles).toEqual([])
  })

  test('row 39: a lightweight token has a name and no roles', async () => {
    const token = await issuer.sign(rs256(), claims())
    const principal = await gate.principal(token)
    expect(principal.username).toBe('u-1')
    expect([...principal.clientRoles, ...principal.realmRoles, ...principal.groups]).toEqual([])
  })

  test.each([
    [{ email_verified: false }, undefined],
    [{ email_verified: 'true' }, undefined],
    [{ email_verified: 1 }, undefined],
    [{ email_verified: undefined }, undefined],
    [{ email: 'admin' }, undefined],
    [{ email: ['alice@example.com'] }, undefined],
    [{}, 'alice@example.com'],
  ])('row 40: with %p the verified e-mail is %p', async (changes, email) => {
    expect((await principalOf(changes)).verifiedEmail).toBe(email)
  })

  test('row 41: a borrowed username changes who is shown, not who is meant', async () => {
    const principal = await principalOf({ sub: 'u-2', preferred_username: 'u-1' })
    expect(principal).toMatchObject({ subject: 'u-2', username: 'u-1' })
  })

  test.each([[7], [''], ['a\u0000b'], [null]])(
    'a username like %p is replaced by the subject',
    async (preferred_username) => {
      expect((await principalOf({ sub: 'u-3', preferred_username })).username).toBe('u-3')
    },
  )
})

describe('tampering', () => {
  test('every single changed character of a token is noticed', async () => {
    const token = await issuer.sign({ alg: 'ES256', kid: 'e1' }, claims(), 'e1')
    expect(await gate.verdict(token)).toBe('accepted')
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === 'A' ? 'B' : 'A'
      const changed = token.slice(0, at) + other + token.slice(at + 1)
      expect([at, await gate.verdict(changed)]).not.toEqual([at, 'accepted'])
    }
  })

  test('no random mutation of a valid token authenticates', async () => {
    const token = await issuer.token()
    const position = fc.nat({ max: token.length - 1 })
    const insertion = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom('.', '=', '-', '_', ' ', '\n', 'eyJ'),
    )
    const mutation = fc.record({ from: position, length: fc.nat({ max: 40 }), insertion })
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
        const mutated = mutations.reduce(
          (text, { from, length, insertion }) =>
            text.slice(0, from) + insertion + text.slice(from + length),
          token,
        )
        fc.pre(mutated !== token)
        expect(await gate.verdict(mutated)).not.toBe('accepted')
      }),
      { numRuns: 400 },
    )
  })

  test('no random claim makes anything but an answer or a refusal', async () => {
    const names = fc.constantFrom(
      'iss',
      'aud',
      'exp',
      'iat',
      'nbf',
      'sub',
      'typ',
      'azp',
      'jti',
      'cnf',
      'realm_access',
      'resource_access',
      'groups',
      'scope',
      'email',
      '__proto__',
    )
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, fc.jsonValue({ maxDepth: 3 })), async (changes) => {
        const token = await issuer.sign(
          { alg: 'ES256', kid: 'e1' },
          { ...claims(), ...changes },
          'e1',
        )
        expect(await gate.verdict(token)).toBeString()
      }),
      { numRuns: 100 },
    )
  })
})

describe('settings', () => {
  const settings = () => ({
    issuer: issuer.issuer,
    audiences: ['mcp-gateway'],
    strictAudience: true,
    keycloak: false,
    clientId: 'c',
    keys: gate.keys,
    now: clock.now,
  })

  test.each([['none'], ['HS256'], ['RS1'], ['dir'], ['']])(
    'the algorithm %p cannot be configured',
    (algorithm) => {
      expect(() => createJwtAuthenticator({ ...settings(), algorithms: [algorithm] })).toThrow(
        RangeError,
      )
    },
  )

  test('an empty list of algorithms cannot be configured', () => {
    expect(() => createJwtAuthenticator({ ...settings(), algorithms: [] })).toThrow(RangeError)
  })

  test('an algorithm that is not in the list is refused though its key is known', async () => {
    const narrow = createJwtAuthenticator({ ...settings(), algorithms: ['RS256'] })
    const token = await issuer.token({}, { kid: 'e1' })
    await expect(Promise.resolve(narrow(`Bearer ${token}`, LOCAL))).rejects.toMatchObject({
      reason: 'unsupported_algorithm',
    })
  })
})
