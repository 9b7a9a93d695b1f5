import { Unauthenticated } from '../core/errors.ts'
import { localPrincipal } from '../core/principal.ts'
import type { Authenticate } from './authenticator.ts'
import { bearerToken } from './bearer.ts'
import { createSecretMatch } from './same-secret.ts'

export type AnonymousOptions = Readonly<{
  /** Printed at start; what callers from elsewhere must present. */
  developmentToken: string | undefined
  /** `--no-auth-network`: everyone is let in, from anywhere. */
  open: boolean
}>

const ANONYMOUS = localPrincipal('anonymous', 'local-developer')

/**
 * `--no-auth`: a local caller is `anonymous` whatever it presents, since its clients may well send a
 * token meant for elsewhere. Any other caller must present the development token.
 *
 * @throws RangeError for a development token too short to be one
 */
export const createAnonymousAuthenticator = ({
  developmentToken,
  open,
}: AnonymousOptions): Authenticate => {
  const isDeveloper = createSecretMatch(developmentToken)
  return (authorization, source) => {
    if (open || source.local || isDeveloper(bearerToken(authorization))) return ANONYMOUS
    throw new Unauthenticated('development_token_required', authorization !== undefined)
  }
}
