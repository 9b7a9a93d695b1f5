import { hash } from 'node:crypto'
import type { Principal } from '../core/principal.ts'
import { createBoundedMap } from '../lib/bounded-map.ts'

/** A token found valid: by which generation of the key set, and until when (milliseconds). */
export type VerifiedToken = Readonly<{ principal: Principal; generation: number; until: number }>

/** Verified tokens by digest: the tokens themselves are kept nowhere. */
export type TokenCache = Readonly<{
  /** Undefined, and forgotten, once it is over or verified by keys that have changed since. */
  get: (digest: string, generation: number, now: number) => Principal | undefined
  set: (digest: string, token: VerifiedToken) => void
}>

/** SHA-256 of a token or the header that holds it: of fixed size, and of no use to whoever reads it. */
export const tokenDigest = (credentials: string): string => hash('sha256', credentials, 'base64')

/** A cache of at most `size` tokens; the least recently used goes first. */
export const createTokenCache = (size: number): TokenCache => {
  const held = createBoundedMap<string, VerifiedToken>(size)
  return {
    get: (digest, generation, now) => {
      const found = held.get(digest)
      if (found === undefined) return undefined
      if (found.generation !== generation || now >= found.until) {
        held.delete(digest)
        return undefined
      }
      held.set(digest, found)
      return found.principal
    },
    set: held.set,
  }
}
