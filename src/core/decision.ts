/** One thing that was compared while deciding, for people who ask why. */
export type Comparison = Readonly<{
  /** The condition or permission key, such as `tool_name_pattern`. */
  key: string
  expected: string
  actual: string
  holds: boolean
}>

/** A rule or permission that almost decided otherwise, with what kept it from doing so. */
export type NearMiss = Readonly<{ name: string; at: string | undefined; because: string }>

export type ReasonCode =
  | 'rule'
  | 'permission'
  | 'built_in_role'
  | 'default_policy'
  | 'no_policy'
  | 'unknown_method'
  | 'policy_error'

/** Why a decision fell: what the denial says, what the record stores, what the terminal shows. */
export type Reason = Readonly<{
  code: ReasonCode
  /** One sentence, such as `denied by rule: Block dangerous tools (policies/policy.yaml:31)`. */
  text: string
  /** The deciding rule's name, or `role:developer`. */
  rule: string | undefined
  /** `policies/policy.yaml:31`, relative to the config directory; undefined for built-in reasons. */
  at: string | undefined
  /** The policy roles that the principal holds, each with where it came from. */
  roles: readonly string[]
  compared: readonly Comparison[]
  nearMisses: readonly NearMiss[]
  /** What would be permitted instead, or whom to ask; for the text of a denial. */
  advice: string | undefined
  /** SHA-256 of the policy file, hexadecimal; `none` without a file. */
  policyHash: string
}>

/** What must also be done when permitting. */
export type Obligation = 'trim_listing'

declare const minted: unique symbol

/** The right to forward one operation. Only `permit` makes one: forwarding undecided does not compile. */
export type Permit = Readonly<{
  effect: 'permit'
  reason: Reason
  obligations: readonly Obligation[]
  [minted]: true
}>

export type Deny = Readonly<{
  effect: 'deny'
  reason: Reason
  /** `server`: the caller may use nothing of this server, and must not learn whether it exists. */
  scope: 'server' | 'item'
}>

export type Decision = Permit | Deny

/** The only mint of permits; called by policy decision points and nowhere else. */
export const permit = (reason: Reason, obligations: readonly Obligation[] = []): Permit =>
  ({ effect: 'permit', reason, obligations }) as Permit

export const deny = (reason: Reason, scope: Deny['scope']): Deny => ({
  effect: 'deny',
  reason,
  scope,
})
