import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { decodeUtf8, parseStrictJson } from '../lib/strict-json.ts'
import { MAX_TOKEN_LENGTH } from './bearer.ts'
import { refuseToken, type TokenReason } from './refuse-token.ts'

/** The protected header of a token, as far as it is used. */
export type TokenHeader = Readonly<{ alg: string; kid: string | undefined }>

const PART = /^[A-Za-z0-9_-]+$/
const MAX_DEPTH = 16

/** RFC 9068 §2.1; Keycloak sends `JWT`. Other types are other kinds of token (RFC 8725 §3.11). */
const ACCESS_TOKEN_TYPES = ['at+jwt', 'application/at+jwt', 'jwt']

/**
 * Header parameters that change what is verified, or with which key (RFC 7515 §4.1, RFC 7797). Our keys
 * come from the issuer's key set alone, and an access token is neither encrypted nor nested.
 */
const UNSUPPORTED = ['crit', 'b64', 'zip', 'enc', 'cty', 'jwk', 'jku', 'x5u', 'x5c']

/**
 * Reads the header of a compact JWS (RFC 7515 §7.1) before anything is looked up or verified.
 *
 * @throws Unauthenticated for anything but three canonical parts and a header that we wholly understand
 */
export const readTokenHeader = (token: string, algorithms: readonly string[]): TokenHeader => {
  const parts = token.split('.')
  const [first = ''] = parts
  if (token.length > MAX_TOKEN_LENGTH || parts.length !== 3 || !parts.every(isCanonical)) {
    return refuseToken('malformed_token')
  }
  const header = parseObject(Buffer.from(first, 'base64url'), 'malformed_header')
  const { alg, kid, typ } = header
  if (typeof alg !== 'string' || !algorithms.includes(alg)) {
    return refuseToken('unsupported_algorithm')
  }
  if (UNSUPPORTED.some((name) => Object.hasOwn(header, name))) {
    return refuseToken('unsupported_header')
  }
  if (typ !== undefined && !isAccessTokenType(typ)) return refuseToken('wrong_token_type')
  if (kid !== undefined && typeof kid !== 'string') return refuseToken('malformed_header')
  return { alg, kid }
}

/**
 * The claims of a token whose signature holds.
 *
 * @throws Unauthenticated when two readers could read them differently
 */
export const readTokenClaims = (payload: Uint8Array): JsonObject =>
  parseObject(payload, 'malformed_claims')

/** True for the type of an access token, in a header or in the claims, where Keycloak says `Bearer`. */
export const isAccessTokenType = (typ: unknown): boolean =>
  typeof typ === 'string' && ACCESS_TOKEN_TYPES.includes(typ.toLowerCase())

/** One spelling for one token: stray characters, padding and loose last bits are refused. */
const isCanonical = (part: string): boolean =>
  PART.test(part) && Buffer.from(part, 'base64url').toString('base64url') === part

const parseObject = (bytes: Uint8Array, reason: TokenReason): JsonObject => {
  const value = parseOrRefuse(bytes, reason)
  return isObject(value) ? value : refuseToken(reason)
}

const parseOrRefuse = (bytes: Uint8Array, reason: TokenReason): unknown => {
  try {
    return parseStrictJson(decodeUtf8(bytes), { maxDepth: MAX_DEPTH })
  } catch (cause) {
    return refuseToken(reason, cause)
  }
}
