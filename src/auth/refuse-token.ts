import { Unauthenticated } from '../core/errors.ts'

/** Why a token was refused: for the record and for `doctor`, never for the caller. */
export type TokenReason =
  | 'malformed_token'
  | 'malformed_header'
  | 'malformed_claims'
  | 'unsupported_algorithm'
  | 'unsupported_header'
  | 'wrong_token_type'
  | 'unknown_key'
  | 'ambiguous_key'
  | 'unusable_key'
  | 'bad_signature'
  | 'wrong_issuer'
  | 'expiry_missing'
  | 'expired'
  | 'lifetime_too_long'
  | 'not_yet_valid'
  | 'issued_in_future'
  | 'bad_subject'
  | 'bad_token_id'
  | 'sender_constrained'
  | 'wrong_audience'
  | 'wrong_authorized_party'
  | 'too_many_roles'
  | 'revoked'

/** @throws Unauthenticated always; the caller learns only that the token is invalid (RFC 6750 §3.1). */
export const refuseToken = (reason: TokenReason, cause?: unknown): never => {
  throw new Unauthenticated(reason, true, cause === undefined ? undefined : { cause })
}
