import { LOCAL_ISSUER, type Principal } from '../core/principal.ts'
import type { Policy } from './policy-file.ts'
import { groupName } from './principal-names.ts'
import { type Asker, createAsker, type HeldRole } from './question.ts'

/**
 * Who asks, with the roles of the policy in force: by `user_roles`, by client roles of the same name, and
 * by `realm_roles` and `group_roles`. Nothing else gives a role; a user called `admin` is nobody.
 */
export const toAsker = (policy: Policy, principal: Principal): Asker => {
  const claimed = userNames(principal)
  // Whoever registers as `anonymous` at an issuer is not the caller whom the gateway calls so.
  const borrowed = principal.username === 'anonymous' && principal.issuer !== LOCAL_ISSUER
  const users = borrowed ? claimed.filter((name) => !name.startsWith('user:')) : claimed
  return createAsker(principal, heldRoles(policy, principal, users), users, claimed)
}

const userNames = (principal: Principal): readonly string[] => {
  const names = [`sub:${principal.subject}`, `user:${principal.username}`]
  if (principal.verifiedEmail !== undefined) names.push(`email:${principal.verifiedEmail}`)
  return names
}

const heldRoles = (
  policy: Policy,
  principal: Principal,
  users: readonly string[],
): readonly HeldRole[] => {
  if (principal.builtInRole === 'local-operator') return [builtIn('local-operator')]
  const mapped = users.flatMap((name) => policy.userRoles.get(name) ?? [])
  const known = users.some((name) => policy.userRoles.has(name))
  if (principal.builtInRole !== undefined && !known) return [builtIn(principal.builtInRole)]
  const held = [
    ...mapped,
    ...principal.clientRoles
      .filter((role) => policy.roles.has(role))
      .map((role) => ({ role, origin: 'role of the token' })),
    ...principal.realmRoles.flatMap((role) => policy.realmRoles.get(role) ?? []),
    ...principal.groups.flatMap((group) => policy.groupRoles.get(groupName(group)) ?? []),
  ]
  return held.filter((each, at) => held.findIndex((other) => other.role === each.role) === at)
}

const builtIn = (role: string): HeldRole => ({ role, origin: 'built in' })
