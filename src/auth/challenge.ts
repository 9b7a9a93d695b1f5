import type { Unauthenticated } from '../core/errors.ts'

export type ChallengeOptions = Readonly<{
  /** Address of the RFC 9728 document of the resource that was asked for; undefined without an issuer. */
  resourceMetadata: string | undefined
  /** RFC 6750 §3: scopes needed, when any are. */
  scopes?: readonly string[]
}>

/**
 * The `WWW-Authenticate` value of a 401 (RFC 6750 §3, RFC 9728 §5.1). `error` only when a token was
 * presented, and never why it was refused.
 */
export const challenge = (
  refusal: Pick<Unauthenticated, 'presented'>,
  { resourceMetadata, scopes = [] }: ChallengeOptions,
): string => {
  const parameters = [
    resourceMetadata === undefined ? undefined : `resource_metadata=${quoted(resourceMetadata)}`,
    refusal.presented ? 'error="invalid_token"' : undefined,
    scopes.length === 0 ? undefined : `scope=${quoted(scopes.join(' '))}`,
  ]
  return ['Bearer', parameters.filter((parameter) => parameter !== undefined).join(', ')]
    .join(' ')
    .trimEnd()
}

/** RFC 9110 §5.6.4 quoted-string; what cannot stand in a header field is dropped. */
const quoted = (text: string): string =>
  `"${text.replace(/[^\x20-\x7e]/g, '').replace(/["\\]/g, '\\$&')}"`
