import { compactVerify, errors } from 'jose'
import type { Principal } from '../core/principal.ts'
import type { Authenticate } from './authenticator.ts'
import { requireBearerToken } from './bearer.ts'
import { type ClaimRules, checkClaims } from './claims.ts'
import { readTokenClaims, readTokenHeader } from './compact-token.ts'
import type { KeySet } from './jwks.ts'
import type { PublicKey } from './key-document.ts'
import { refuseToken } from './refuse-token.ts'
import { createTokenCache, tokenDigest } from './token-cache.ts'
import { toPrincipal } from './token-principal.ts'

/** Asymmetric, and in use with real issuers (RFC 8725 §3.2). */
const DEFAULT_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const

/** Everything that can be configured: no `none`, and no algorithm whose key both sides know. */
const ASYMMETRIC = /^(?:(?:RS|PS|ES)(?:256|384|512)|EdDSA|Ed25519)$/

export type JwtOptions = Readonly<{
  issuer: string
  audiences: readonly string[]
  strictAudience: boolean
  keycloak: boolean
  clientId: string
  authorizedParties?: readonly string[]
  algorithms?: readonly string[]
  keys: Pick<KeySet, 'find' | 'generation' | 'isUsable'>
  /** Milliseconds since the epoch. */
  now: () => number
  toleranceSeconds?: number
  maxLifetimeSeconds?: number
  /** How long a verified token is not verified again; never beyond its expiry. */
  cacheSeconds?: number
  /** Tokens. */
  cacheSize?: number
  /** Asked at every use of a token, cached or not. */
  revoked?: (tokenId: string) => boolean
}>

/**
 * Bearer tokens of one issuer: RFC 7519 with RFC 8725 and RFC 9068, and stricter where two readers of
 * one token could differ.
 *
 * @returns an authenticator that answers at once for a token verified a short while ago
 * @throws RangeError for an algorithm that is not asymmetric, or none at all
 */
export const createJwtAuthenticator = (options: JwtOptions): Authenticate => {
  const { keys, now, revoked = () => false, cacheSeconds = 300, cacheSize = 10_000 } = options
  const algorithms = assertAsymmetric(options.algorithms ?? DEFAULT_ALGORITHMS)
  const rules = toClaimRules(options)
  const cache = createTokenCache(cacheSize)

  const unlessRevoked = (principal: Principal): Principal =>
    principal.tokenId !== undefined && revoked(principal.tokenId)
      ? refuseToken('revoked')
      : principal

  const verify = async (token: string, digest: string): Promise<Principal> => {
    const { key, generation } = await keys.find(readTokenHeader(token, algorithms))
    const claims = readTokenClaims(await verifySignature(token, key, algorithms))
    checkClaims(claims, rules, now() / 1000)
    const principal = toPrincipal(claims, rules.issuer, rules.clientId)
    const until = Math.min((principal.expiresAt ?? 0) * 1000, now() + cacheSeconds * 1000)
    cache.set(digest, { principal, generation, until })
    return unlessRevoked(principal)
  }

  return (authorization) => {
    // Of a token that is known, every character was looked at before.
    const digest = tokenDigest(authorization ?? '')
    const known = keys.isUsable() && cache.get(digest, keys.generation(), now())
    return known ? unlessRevoked(known) : verify(requireBearerToken(authorization), digest)
  }
}

const assertAsymmetric = (algorithms: readonly string[]): readonly string[] => {
  const wrong = algorithms.find((algorithm) => !ASYMMETRIC.test(algorithm))
  if (wrong !== undefined) throw new RangeError(`${wrong} is not an asymmetric JWS algorithm`)
  if (algorithms.length === 0) throw new RangeError('At least one JWS algorithm is needed')
  return algorithms
}

/** What is demanded of claims, with what is usual where nothing is said. */
export const toClaimRules = (
  options: Omit<JwtOptions, 'keys' | 'now' | 'revoked'>,
): ClaimRules => ({
  issuer: options.issuer,
  audiences: options.audiences,
  strictAudience: options.strictAudience,
  keycloak: options.keycloak,
  clientId: options.clientId,
  authorizedParties: options.authorizedParties,
  toleranceSeconds: options.toleranceSeconds ?? 5,
  maxLifetimeSeconds: options.maxLifetimeSeconds ?? 86_400,
})

/**
 * The payload that the signature covers. Whatever the library throws is a refusal: it answers a key
 * that is too short with a TypeError, which says nothing about us.
 */
const verifySignature = async (
  token: string,
  key: PublicKey,
  algorithms: readonly string[],
): Promise<Uint8Array> => {
  try {
    return (await compactVerify(token, key, { algorithms: [...algorithms] })).payload
  } catch (cause) {
    const isForged = cause instanceof errors.JWSSignatureVerificationFailed
    return refuseToken(isForged ? 'bad_signature' : 'unusable_key', cause)
  }
}
