import type { JsonObject } from '../core/json-rpc.ts'
import type { Principal } from '../core/principal.ts'
import { isPlainText, own } from './claims.ts'
import { refuseToken } from './refuse-token.ts'

/** More names than any person has; a token beyond it is refused whole, since a rule may deny by role. */
const MAX_NAMES = 1000

/**
 * The principal that checked claims describe. Roles of our own client, realm roles and groups stay
 * apart; what is malformed gives nothing.
 *
 * @param clientId our client at the issuer: the one whose `resource_access` counts
 * @throws Unauthenticated when there are more roles or groups than could be judged
 */
export const toPrincipal = (claims: JsonObject, issuer: string, clientId: string): Principal => {
  const subject = String(own(claims, 'sub'))
  const username = own(claims, 'preferred_username')
  const tokenId = own(claims, 'jti')
  return {
    issuer,
    subject,
    username: isPlainText(username) ? username : subject,
    verifiedEmail: verifiedEmail(claims),
    clientRoles: names(own(own(own(claims, 'resource_access'), clientId), 'roles')),
    realmRoles: names(own(own(claims, 'realm_access'), 'roles')),
    groups: names(own(claims, 'groups')),
    builtInRole: undefined,
    scopes: scopes(own(claims, 'scope')),
    tokenId: isPlainText(tokenId) ? tokenId : undefined,
    expiresAt: Number(own(claims, 'exp')),
  }
}

const verifiedEmail = (claims: JsonObject): string | undefined => {
  const email = own(claims, 'email')
  if (own(claims, 'email_verified') !== true) return undefined
  return isPlainText(email) && email.includes('@') ? email : undefined
}

/** Names that pretend to be of another namespace than the one they stand in. */
const PRETENDING = /^(user|role|group):|^__proto__$/i

const names = (value: unknown): readonly string[] => {
  if (!Array.isArray(value)) return []
  if (value.length > MAX_NAMES) return refuseToken('too_many_roles')
  return value.filter((name) => isPlainText(name) && !PRETENDING.test(name))
}

/** RFC 8693 §4.2: one string, separated by spaces. */
const scopes = (value: unknown): readonly string[] =>
  typeof value === 'string' ? value.split(' ').filter(isPlainText) : []
