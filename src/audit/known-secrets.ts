const SHORTEST = 6

/** Finds given secrets in a text, also inside longer words and in the usual encodings. */
export const createSecretFinder = (secrets: readonly string[], mark: string) => {
  const needles = secrets
    .filter((secret) => secret.length >= SHORTEST)
    .flatMap(spellingsOf)
    .filter((needle) => needle.length >= SHORTEST && !mark.includes(needle))
  // The longest first: one secret may be the beginning of another.
  const ordered = [...new Set(needles)].sort((one, other) => other.length - one.length)

  const shortest = ordered.at(-1)?.length ?? Number.POSITIVE_INFINITY

  return (text: string): string => {
    // Nearly every text holds none of them, and most are shorter than any.
    if (text.length < shortest || !ordered.some((needle) => text.includes(needle))) return text
    return ordered.reduce((rest, needle) => rest.replaceAll(needle, () => mark), text)
  }
}

const spellingsOf = (secret: string): string[] => {
  const hex = Buffer.from(secret).toString('hex')
  return [
    secret,
    encodeURIComponent(secret.toWellFormed()),
    JSON.stringify(secret).slice(1, -1),
    hex,
    hex.toUpperCase(),
    ...[0, 1, 2].flatMap((offset) => base64At(secret, offset)),
  ]
}

/**
 * The base64 characters (RFC 4648 §4 and §5) that a secret gives wherever it begins within a group of
 * three bytes, without those that also depend on its neighbours.
 */
const base64At = (secret: string, offset: number): string[] => {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)])
  const first = Math.ceil((offset * 8) / 6)
  const last = Math.floor((bytes.length * 8) / 6)
  return [bytes.toString('base64'), bytes.toString('base64url')].map((text) =>
    text.slice(first, last),
  )
}
