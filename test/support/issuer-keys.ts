/** A key pair of a test issuer: how it signs, and how it shows itself in the key set. */
export type IssuerKey = Readonly<{
  kid: string
  alg: string
  publicJwk: Readonly<Record<string, unknown>>
  sign: (input: Uint8Array) => Promise<Uint8Array>
}>

type Scheme = Readonly<{ generate: object; sign: object; usages?: readonly KeyUsage[] }>
type KeyUsage = 'sign' | 'verify'

const rsa = (name: string, modulusLength = 2048, hash = 'SHA-256'): object => ({
  name,
  modulusLength,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash,
})

const SCHEMES = {
  RS256: { generate: rsa('RSASSA-PKCS1-v1_5'), sign: { name: 'RSASSA-PKCS1-v1_5' } },
  RS384: {
    generate: rsa('RSASSA-PKCS1-v1_5', 2048, 'SHA-384'),
    sign: { name: 'RSASSA-PKCS1-v1_5' },
  },
  RS512: {
    generate: rsa('RSASSA-PKCS1-v1_5', 2048, 'SHA-512'),
    sign: { name: 'RSASSA-PKCS1-v1_5' },
  },
  PS256: { generate: rsa('RSA-PSS'), sign: { name: 'RSA-PSS', saltLength: 32 } },
  ES256: {
    generate: { name: 'ECDSA', namedCurve: 'P-256' },
    sign: { name: 'ECDSA', hash: 'SHA-256' },
  },
  EdDSA: { generate: { name: 'Ed25519' }, sign: { name: 'Ed25519' } },
} as const satisfies Record<string, Scheme>

export type SigningAlgorithm = keyof typeof SCHEMES

type Shown = Readonly<{ alg?: string; use?: string }>

const generate = (alg: SigningAlgorithm, modulusLength: number | undefined) => {
  const scheme: Scheme = SCHEMES[alg]
  return crypto.subtle.generateKey(
    { ...scheme.generate, ...(modulusLength && { modulusLength }) } as never,
    true,
    ['sign', 'verify'],
  ) as unknown as Promise<CryptoKeyPair>
}

/** A fresh key pair. `shown` overrides what the key set says of it; `undefined` members are left out. */
export const createIssuerKey = async (
  kid: string,
  alg: SigningAlgorithm,
  { shown = { alg, use: 'sig' } as Shown, modulusLength = undefined as number | undefined } = {},
): Promise<IssuerKey> => {
  const { privateKey, publicKey } = await generate(alg, modulusLength)
  const { key_ops: _, ext: __, alg: ___, ...jwk } = await crypto.subtle.exportKey('jwk', publicKey)
  return {
    kid,
    alg,
    publicJwk: { ...jwk, kid, ...shown },
    sign: async (input) =>
      new Uint8Array(
        await crypto.subtle.sign(SCHEMES[alg].sign as never, privateKey, new Uint8Array(input)),
      ),
  }
}

/** A secret that an issuer wrongly publishes. */
export const createSecretKey = (kid: string): IssuerKey => {
  const secret = crypto.getRandomValues(new Uint8Array(32))
  return {
    kid,
    alg: 'HS256',
    publicJwk: { kty: 'oct', k: Buffer.from(secret).toString('base64url'), kid, alg: 'HS256' },
    sign: signWithSecret(secret),
  }
}

/** HS256, also with bytes that were never meant to be a secret. */
export const signWithSecret =
  (secret: string | Uint8Array): IssuerKey['sign'] =>
  async (input) =>
    new Bun.CryptoHasher('sha256', secret as string).update(input).digest()

/**
 * The keys of every test issuer in this process, generated once: k1 (RS256), p1 (PS256), e1 (ES256),
 * d1 (EdDSA), weak (RSA of 1024 bits), enc (for encryption only) and oct.
 */
export const standardKeys = (): Promise<readonly IssuerKey[]> => {
  standard ??= Promise.all([
    createIssuerKey('k1', 'RS256'),
    createIssuerKey('p1', 'PS256'),
    createIssuerKey('e1', 'ES256'),
    createIssuerKey('d1', 'EdDSA'),
    createIssuerKey('weak', 'RS256', { modulusLength: 1024 }),
    createIssuerKey('enc', 'RS256', { shown: { alg: 'RSA-OAEP', use: 'enc' } }),
    createSecretKey('oct'),
  ])
  return standard
}

let standard: Promise<readonly IssuerKey[]> | undefined
