import { isObject } from '../core/json-rpc.ts'

/** Bytes that an entry of a container may always have; more entries than that leaves room for go. */
const SMALLEST_SHARE = 160
const LEVELS = 8

/** The bytes of a value's JSON text in UTF-8. */
export const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '')

/** What stands in the place of a value that is too long: enough to find it again, or to compare. */
export const omitted = (text: string, original: string = text): string => {
  const digest = new Bun.CryptoHasher('sha256').update(text).digest('hex')
  return `[omitted: ${Buffer.byteLength(original)} bytes, sha256 ${digest}]`
}

/**
 * The value with its longest parts replaced, so that its JSON text has at most about `limit` bytes. What
 * is short stays: each entry of a container gets its share of the room, and only those beyond it go.
 *
 * @param digestible the text whose digest may be shown for a part that goes
 */
export const cap = (
  value: unknown,
  limit: number,
  digestible: (value: unknown, text: string) => string,
  levels: number = LEVELS,
): unknown => {
  const text = JSON.stringify(value) ?? ''
  if (Buffer.byteLength(text) <= limit) return value
  const whole = () => omitted(digestible(value, text), text)
  const entries = entriesOf(value)
  if (levels === 0 || entries.length === 0) return whole()
  const keys = sizeOf(entries.map(([key]) => key)) + 2 * entries.length
  const share = Math.floor((limit - keys) / entries.length)
  if (share < SMALLEST_SHARE) return whole()
  const capped = entries.map(
    ([key, entry]) => [key, cap(entry, share, digestible, levels - 1)] as const,
  )
  return Array.isArray(value) ? capped.map(([, entry]) => entry) : Object.fromEntries(capped)
}

/** No entries for what has none, which then is replaced as a whole. */
const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] => {
  if (Array.isArray(value)) return value.map((entry) => ['', entry])
  return isObject(value) ? Object.entries(value) : []
}
