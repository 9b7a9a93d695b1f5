import { type ClaimRules, claimFaults } from '../auth/claims.ts'
import { readTokenClaims } from '../auth/compact-token.ts'
import { createJwtAuthenticator, toClaimRules } from '../auth/jwt.ts'
import type { TokenReason } from '../auth/refuse-token.ts'
import { AuthenticationUnavailable, Unauthenticated } from '../core/errors.ts'
import type { JsonObject } from '../core/json-rpc.ts'
import type { Principal } from '../core/principal.ts'
import { issuerOf, tokenRules } from './identity.ts'
import { type Looking, openIssuerKeys } from './issuer-check.ts'

export type { TokenReason } from '../auth/refuse-token.ts'

/** What the gateway would say to a token, and why. */
export type TokenStory = Readonly<{
  /** `unverified`: the issuer's keys could not be had, so nothing in it is known to be true. */
  verdict: 'accepted' | 'unverified' | TokenReason
  principal: Principal | undefined
  /** As the token says; undefined when it cannot be read. */
  claims: JsonObject | undefined
  /** Everything that is wrong with the claims. */
  faults: readonly TokenReason[]
  /** Names no audience but Keycloak's own, and our client as the one it was given to. */
  stock: boolean
  expected: Readonly<{ issuer: string; audiences: readonly string[]; clientId: string }>
}>

export type TokenQuestion = Looking &
  Readonly<{
    token: string
    /** Milliseconds since the epoch. */
    now: () => number
  }>

/** Judges a token as the gateway would; undefined when the gateway takes no tokens. */
export const explainToken = async (question: TokenQuestion): Promise<TokenStory | undefined> => {
  const { values, token, now } = question
  const issuer = issuerOf(values)
  const keys = openIssuerKeys(question)
  if (keys === undefined || issuer === undefined) return undefined
  const rules = tokenRules(values, issuer)
  const claimRules = toClaimRules(rules)
  const authenticate = createJwtAuthenticator({ ...rules, keys, now, cacheSeconds: 0 })
  const verdict = await authenticateWith(() =>
    authenticate(`Bearer ${token}`, { address: undefined, local: false }),
  )
  const claims = claimsOf(token)
  const judged = (demanded: ClaimRules) =>
    claims === undefined ? [] : claimFaults(claims, demanded, now() / 1000)
  return {
    ...verdict,
    claims,
    faults: judged(claimRules),
    stock:
      claims !== undefined &&
      claimRules.keycloak &&
      !judged({ ...claimRules, audiences: [], strictAudience: false }).includes('wrong_audience'),
    expected: rules,
  }
}

const authenticateWith = async (
  authenticate: () => Promise<Principal> | Principal,
): Promise<Pick<TokenStory, 'verdict' | 'principal'>> => {
  try {
    return { verdict: 'accepted', principal: await authenticate() }
  } catch (cause) {
    if (cause instanceof AuthenticationUnavailable) {
      return { verdict: 'unverified', principal: undefined }
    }
    if (!(cause instanceof Unauthenticated)) throw cause
    return { verdict: cause.reason as TokenReason, principal: undefined }
  }
}

/** Unverified, for explanations only. */
const claimsOf = (token: string): JsonObject | undefined => {
  try {
    return readTokenClaims(Buffer.from(token.split('.')[1] ?? '', 'base64url'))
  } catch {
    return undefined
  }
}
