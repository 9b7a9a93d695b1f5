/**
 * Why somebody was not let in, as people say it. The record has the codes of the checks; a caller is told
 * none of this.
 */
const SENTENCES: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  no_token: ['no token was sent', 'Send one: Authorization: Bearer TOKEN.'],
  unsupported_scheme: ['it was no bearer token', 'Send Authorization: Bearer TOKEN.'],
  malformed_authorization: ['the Authorization header is malformed', 'Send Bearer and one token.'],
  development_token_required: [
    'a caller from elsewhere needs the development token',
    'Send the token that the gateway printed at its start, or call from its own machine.',
  ],
  expired: ['the token has expired', 'Get a new one; if it is new, one of the clocks is off.'],
  not_yet_valid: ['the token is not valid yet', 'One of the clocks is off.'],
  issued_in_future: ['the token was issued in the future', 'One of the clocks is off.'],
  bad_signature: ['the signature does not fit', 'The token was changed, or is not of the issuer.'],
  unknown_key: ['signed with a key that the issuer does not publish', 'Get a new token.'],
  wrong_issuer: ['the token is of another issuer', 'Compare its iss with JWT_ISSUER.'],
  wrong_audience: ['the token is for somebody else', 'Compare its aud with JWT_AUDIENCE.'],
  wrong_authorized_party: ['the token is of another client', 'Compare its azp with the settings.'],
  wrong_token_type: ['it is no access token', 'Send the access token, not the ID token.'],
  expiry_missing: ['the token never expires', 'The issuer must set exp.'],
  lifetime_too_long: ['the token lives too long', 'The issuer must give shorter ones.'],
  malformed_token: ['it is no JWT', 'Send the token whole, without quotes or line breaks.'],
  revoked: ['the token was revoked', 'Get a new one.'],
}

/** What a check found, in words; undefined for what is none of its codes. */
export const doorSentence = (code: string | undefined): string | undefined => lookUp(code)?.[0]

/** What the caller can do about it. */
export const doorRemedy = (code: string | undefined): string | undefined => lookUp(code)?.[1]

const lookUp = (code: string | undefined) =>
  code !== undefined && Object.hasOwn(SENTENCES, code) ? SENTENCES[code] : undefined
