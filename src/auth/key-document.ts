import { createLocalJWKSet, errors, type JSONWebKeySet, type LocalJWKSet } from 'jose'
import { isObject } from '../core/json-rpc.ts'
import { parseStrictJson } from '../lib/strict-json.ts'
import type { TokenHeader } from './compact-token.ts'
import { refuseToken } from './refuse-token.ts'

/** A public key in the form that signatures are verified with. */
export type PublicKey = Awaited<ReturnType<LocalJWKSet>>

/** Picks the one key that fits a header, by `kid`, type, `alg`, `use` and `key_ops` (RFC 7517 §4). */
export type PickKey = (header: TokenHeader) => Promise<PublicKey | undefined>

const VERIFYING = ['RSA', 'EC', 'OKP']

/**
 * Reads a key set (RFC 7517 §5). The result gives undefined when no key fits, and throws
 * Unauthenticated when several do or the one that does cannot be used.
 *
 * @throws Error for a set without a single key that could verify anything: that is a broken answer,
 *   not a change of keys
 */
export const parseKeyDocument = (text: string): PickKey => {
  const document = parseStrictJson(text, { maxDepth: 16 })
  const keys = isObject(document) && Array.isArray(document.keys) ? document.keys : []
  if (!keys.some((key) => isObject(key) && VERIFYING.includes(String(key.kty)))) {
    throw new Error('The key set holds no public key')
  }
  const resolve = createLocalJWKSet({ keys } as JSONWebKeySet)
  return async ({ alg, kid }) => {
    try {
      return await resolve(kid === undefined ? { alg } : { alg, kid })
    } catch (cause) {
      if (cause instanceof errors.JWKSNoMatchingKey) return undefined
      const isAmbiguous = cause instanceof errors.JWKSMultipleMatchingKeys
      return refuseToken(isAmbiguous ? 'ambiguous_key' : 'unusable_key', cause)
    }
  }
}
