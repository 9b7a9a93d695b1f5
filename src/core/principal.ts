/** Who is calling, as one authenticator established it. Nothing here was merely claimed. */
export type Principal = Readonly<{
  /** RFC 7519 §4.1.1 `iss`, or `LOCAL_ISSUER` for callers that the gateway itself vouches for. */
  issuer: string
  /** RFC 7519 §4.1.2 `sub`. */
  subject: string
  /** For people's eyes and for `user_roles`; never compared across issuers. */
  username: string
  /** Only when the issuer says `email_verified: true`. */
  verifiedEmail: string | undefined
  /** Roles of our own client at the issuer: they count by name. */
  clientRoles: readonly string[]
  /** Realm roles and groups count only through `realm_roles:` and `group_roles:` in policy.yaml. */
  realmRoles: readonly string[]
  groups: readonly string[]
  /** A role the gateway gives by itself, outside of policy.yaml. */
  builtInRole: BuiltInRole | undefined
  scopes: readonly string[]
  /** RFC 7519 §4.1.7 `jti`. */
  tokenId: string | undefined
  /** Seconds since the epoch; undefined when the identity does not expire. */
  expiresAt: number | undefined
}>

/**
 * `local-developer`: `--no-auth`, may do everything that no rule takes away, but never `gateway:*`.
 * `local-operator`: holds the attach token of the state directory, may do `gateway:*` and nothing else.
 */
export type BuiltInRole = 'local-developer' | 'local-operator'

export const LOCAL_ISSUER = 'datacline:local'

/** The identity that is compared: names are only shown. */
export const principalId = (principal: Principal): string =>
  `${principal.issuer}|${principal.subject}`

/** A principal the gateway vouches for by itself, with no token behind it. */
export const localPrincipal = (subject: string, builtInRole: BuiltInRole): Principal => ({
  issuer: LOCAL_ISSUER,
  subject,
  username: subject,
  verifiedEmail: undefined,
  clientRoles: [],
  realmRoles: [],
  groups: [],
  builtInRole,
  scopes: [],
  tokenId: undefined,
  expiresAt: undefined,
})
