import { Unauthenticated } from '../core/errors.ts'

/** Characters; longer tokens are refused unread, so that what follows can be linear and still cheap. */
export const MAX_TOKEN_LENGTH = 8192

/** RFC 6750 §2.1, with exactly one space. Merged duplicates (`Bearer a, Bearer b`) hold a comma. */
const CREDENTIALS = /^bearer ([A-Za-z0-9\-._~+/]+=*)$/i
const BEARER_SCHEME = /^bearer(?![^\s,])/i

/** The token of an `Authorization` header; undefined for no header and for one that is no bearer token. */
export const bearerToken = (authorization: string | undefined): string | undefined => {
  if (authorization === undefined || authorization.length > MAX_TOKEN_LENGTH + 7) return undefined
  return CREDENTIALS.exec(authorization)?.[1]
}

/**
 * The token of an `Authorization` header.
 *
 * @throws Unauthenticated when there is none. Another scheme counts as nothing presented: RFC 6750 §3.1
 *   gives no error code to a caller that does not know what is wanted.
 */
export const requireBearerToken = (authorization: string | undefined): string => {
  const token = bearerToken(authorization)
  if (token !== undefined) return token
  if (authorization === undefined) throw new Unauthenticated('no_token', false)
  if (!BEARER_SCHEME.test(authorization)) throw new Unauthenticated('unsupported_scheme', false)
  throw new Unauthenticated('malformed_authorization', true)
}
