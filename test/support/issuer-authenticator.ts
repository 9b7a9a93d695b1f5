import type { Authenticate } from '../../src/auth/authenticator.ts'
import { createKeySet, type KeySet, type KeySetLimits } from '../../src/auth/jwks.ts'
import { createJwtAuthenticator, type JwtOptions } from '../../src/auth/jwt.ts'
import { GatewayError, Unauthenticated } from '../../src/core/errors.ts'
import type { Source } from '../../src/core/exchange.ts'
import type { Principal } from '../../src/core/principal.ts'
import type { Issuer } from './issuer.ts'

export const LOCAL: Source = { address: '127.0.0.1', local: true }
export const REMOTE: Source = { address: '192.0.2.7', local: false }

/** A clock that stands still until it is moved; milliseconds, starting now at a whole second. */
export const createClock = () => {
  let time = Math.floor(Date.now() / 1000) * 1000
  return {
    now: () => time,
    seconds: () => time / 1000,
    advance: (seconds: number) => {
      time += seconds * 1000
    },
  }
}

export type Gate = Readonly<{
  keys: KeySet
  authenticate: Authenticate
  /** The principal behind a token. */
  principal: (token: string) => Promise<Principal>
  /** `accepted`, or the reason code of the refusal (its error code when it has no reason). */
  verdict: (token: string) => Promise<string>
  /** The same for a whole `Authorization` header. */
  headerVerdict: (authorization: string | undefined) => Promise<string>
}>

/** The real authenticator and key set in front of an issuer, configured as the gateway does by default. */
export const createGate = (
  issuer: Issuer,
  now: () => number,
  options: Partial<JwtOptions> = {},
  limits: Partial<KeySetLimits> = {},
): Gate => {
  const keys = createKeySet({ issuer: issuer.issuer, fetch, tick: now, limits })
  const authenticate = createJwtAuthenticator({
    issuer: issuer.issuer,
    audiences: ['mcp-gateway', 'http://localhost:8000/mcp'],
    strictAudience: false,
    keycloak: true,
    clientId: 'mcp-gateway-client',
    keys,
    now,
    ...options,
  })
  const headerVerdict = async (authorization: string | undefined) => {
    try {
      await authenticate(authorization, REMOTE)
      return 'accepted'
    } catch (cause) {
      if (cause instanceof Unauthenticated) return cause.reason
      if (cause instanceof GatewayError) return cause.code
      throw cause
    }
  }
  return {
    keys,
    authenticate,
    principal: async (token) => authenticate(`Bearer ${token}`, REMOTE),
    verdict: (token) => headerVerdict(`Bearer ${token}`),
    headerVerdict,
  }
}
