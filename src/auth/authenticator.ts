import type { Source } from '../core/exchange.ts'
import { localPrincipal, type Principal } from '../core/principal.ts'
import { bearerToken } from './bearer.ts'
import { createSecretMatch } from './same-secret.ts'

/**
 * Credentials to principal. Takes the raw `Authorization` header and nothing else of the request: a
 * token in a query, a form or a cookie is never seen.
 *
 * @throws Unauthenticated, AuthenticationUnavailable; at once, or as a rejection
 */
export type Authenticate = (
  authorization: string | undefined,
  source: Source,
) => Promise<Principal> | Principal

export type AuthenticatorOptions = Readonly<{
  /** The attach token of the state directory; undefined when there is none. */
  operator: string | undefined
  /** Everybody else: tokens of the issuer, or `--no-auth`. */
  identity: Authenticate
}>

const OPERATOR = localPrincipal('operator', 'local-operator')

/**
 * The local operator's attach token first, which counts only for a local caller, then the identity.
 *
 * @throws RangeError for an attach token too short to be one
 */
export const createAuthenticator = ({ operator, identity }: AuthenticatorOptions): Authenticate => {
  const isOperator = createSecretMatch(operator)
  // Most headers are of another length, which spares reading them.
  const length = operator === undefined ? undefined : 'Bearer '.length + operator.length
  return (authorization, source) =>
    source.local && authorization?.length === length && isOperator(bearerToken(authorization))
      ? OPERATOR
      : identity(authorization, source)
}
