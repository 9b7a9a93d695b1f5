import { timingSafeEqual } from 'node:crypto'

/** Shorter secrets can be guessed; an empty one would be known to everybody. */
const SHORTEST = 16

/**
 * Compares what callers present with one secret, in time that tells only the secret's length.
 *
 * @returns false for everything when there is no secret
 * @throws RangeError for a secret shorter than 16 characters
 */
export const createSecretMatch = (
  secret: string | undefined,
): ((presented: string | undefined) => boolean) => {
  if (secret === undefined) return () => false
  if (secret.length < SHORTEST) throw new RangeError(`A secret needs ${SHORTEST} characters`)
  const expected = Buffer.from(secret)
  return (presented) => {
    if (presented?.length !== secret.length) return false
    const given = Buffer.from(presented)
    return given.length === expected.length && timingSafeEqual(given, expected)
  }
}
