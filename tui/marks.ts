import { isObject } from '../src/core/json-rpc.ts'

/** What the record says in the place of a secret, or of what was too long. */
const MARK = /\[redacted\]|\[omitted: [^\]]*\]/

/** Where such marks stand in a value: `list[0].token`, or `all of them` for the whole. */
export const markedPlaces = (value: unknown, place = ''): readonly string[] => {
  if (typeof value === 'string') return MARK.test(value) ? [place || 'all of them'] : []
  if (Array.isArray(value)) {
    return value.flatMap((inner: unknown, at) => markedPlaces(inner, `${place}[${at}]`))
  }
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    const inside = place === '' ? key : `${place}.${key}`
    return MARK.test(key) ? [inside] : markedPlaces(inner, inside)
  })
}

/** Places that a sentence names. */
const MOST = 4

/** Why a call cannot be made as it was, and what can be done about it. */
export const markedSentence = (places: readonly string[]): string => {
  const named = places.slice(0, MOST).join(', ')
  const more = places.length > MOST ? ` and ${places.length - MOST} more` : ''
  return `the record keeps only marks in place of ${named}${more}, and marks are never sent; E writes the values anew`
}
