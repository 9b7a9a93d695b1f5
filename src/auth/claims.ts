import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { isAccessTokenType } from './compact-token.ts'
import { refuseToken, type TokenReason } from './refuse-token.ts'

/** What is demanded of the claims of a token. */
export type ClaimRules = Readonly<{
  issuer: string
  /** One of these must be in `aud`. */
  audiences: readonly string[]
  /** No exception from `audiences`: JWT_AUDIENCE was set. */
  strictAudience: boolean
  /** The issuer is Keycloak, whose stock tokens name no audience of ours. */
  keycloak: boolean
  /** Our own client at the issuer. */
  clientId: string
  /** When set, `azp` (or RFC 9068 `client_id`) must be one of these. */
  authorizedParties: readonly string[] | undefined
  toleranceSeconds: number
  maxLifetimeSeconds: number
}>

/** A claim by own name only: `constructor` is no claim. */
export const own = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/

/** True for text that can stand in a record and on a screen: 1 to 255 bytes, no control characters. */
export const isPlainText = (value: unknown): value is string =>
  typeof value === 'string' &&
  value !== '' &&
  value.isWellFormed() &&
  Buffer.byteLength(value) <= 255 &&
  !CONTROL.test(value)

/**
 * RFC 7519 §4.1, RFC 8725 and RFC 9068 §4, plus what Keycloak puts into tokens that are not for us.
 *
 * @param now seconds since the epoch
 * @throws Unauthenticated with the reason of the first row that does not hold
 */
export const checkClaims = (claims: JsonObject, rules: ClaimRules, now: number): void => {
  const [broken] = claimFaults(claims, rules, now)
  if (broken !== undefined) refuseToken(broken)
}

/** Every reason for which `checkClaims` would refuse, in its order. */
export const claimFaults = (
  claims: JsonObject,
  rules: ClaimRules,
  now: number,
): readonly TokenReason[] =>
  CHECKS.filter(([, holds]) => !holds((name) => own(claims, name), rules, now)).map(
    ([reason]) => reason,
  )

type Claim = (name: string) => unknown
type Check = readonly [
  reason: TokenReason,
  holds: (claim: Claim, rules: ClaimRules, now: number) => boolean,
]

const CHECKS: readonly Check[] = [
  ['wrong_issuer', (claim, { issuer }) => claim('iss') === issuer],
  ['wrong_token_type', (claim) => isAccessTokenClaim(claim('typ'))],
  ['expiry_missing', (claim) => isSeconds(claim('exp'))],
  ['malformed_claims', (claim) => isSecondsOrAbsent(claim('iat'))],
  ['malformed_claims', (claim) => isSecondsOrAbsent(claim('nbf'))],
  ['expired', (claim, rules, now) => seconds(claim('exp')) + rules.toleranceSeconds > now],
  [
    'issued_in_future',
    (claim, rules, now) => earliest(claim('iat')) <= now + rules.toleranceSeconds,
  ],
  ['not_yet_valid', (claim, rules, now) => earliest(claim('nbf')) <= now + rules.toleranceSeconds],
  ['lifetime_too_long', (claim, rules, now) => lifetime(claim, now) <= rules.maxLifetimeSeconds],
  ['bad_subject', (claim) => isSubject(claim('sub'))],
  ['bad_token_id', (claim) => claim('jti') === undefined || isPlainText(claim('jti'))],
  // RFC 7800: bound to a key whose possession nobody proves here.
  ['sender_constrained', (claim) => claim('cnf') === undefined],
  ['wrong_authorized_party', (claim, rules) => isAuthorizedParty(claim, rules)],
  ['wrong_audience', (claim, rules) => isForUs(claim, rules)],
]

const isSeconds = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value)

const isSecondsOrAbsent = (value: unknown) => value === undefined || isSeconds(value)

const seconds = (value: unknown): number => (isSeconds(value) ? value : Number.NaN)

const earliest = (value: unknown): number => (value === undefined ? 0 : seconds(value))

const lifetime = (claim: Claim, now: number): number => {
  const issued = claim('iat')
  return seconds(claim('exp')) - (isSeconds(issued) ? issued : now)
}

/** Keycloak's `typ` claim tells ID, Refresh, Offline and Logout tokens from access tokens. */
const isAccessTokenClaim = (typ: unknown): boolean =>
  typ === undefined ||
  isAccessTokenType(typ) ||
  (typeof typ === 'string' && typ.toLowerCase() === 'bearer')

/** A subject that reads like a role or a group of policy.yaml is nobody's honest name. */
const RESERVED = /^(role|group):/i

const isSubject = (value: unknown): boolean => isPlainText(value) && !RESERVED.test(value)

const isAuthorizedParty = (claim: Claim, { authorizedParties }: ClaimRules): boolean => {
  if (authorizedParties === undefined) return true
  const party = claim('azp') ?? claim('client_id')
  return typeof party === 'string' && authorizedParties.includes(party)
}

/** Keycloak's own resource, in every stock token of a user. */
const STOCK_AUDIENCE = 'account'

const isForUs = (claim: Claim, rules: ClaimRules): boolean => {
  const named = audiencesOf(claim('aud'))
  if (named === undefined) return false
  if (named.some((audience) => rules.audiences.includes(audience))) return true
  if (rules.strictAudience || !rules.keycloak) return false
  return named.every((audience) => audience === STOCK_AUDIENCE) && claim('azp') === rules.clientId
}

/** RFC 7519 §4.1.3; undefined for what is no audience at all, empty for a token that names none. */
const audiencesOf = (aud: unknown): readonly string[] | undefined => {
  const named = aud === undefined ? [] : Array.isArray(aud) ? aud : [aud]
  return named.every((audience) => typeof audience === 'string') ? named : undefined
}
