import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { parseLossless } from '../lib/lossless-json.ts'
import { cap, omitted, sizeOf } from './cap.ts'
import { createSecretFinder } from './known-secrets.ts'
import { createMemo } from './memo.ts'
import { isSecretKey } from './secret-keys.ts'
import { maskPatterns, REDACTED } from './secret-patterns.ts'

export type Redactor = Readonly<{
  /** A JSON value without its secrets, of at most about 16 KiB as text. Never throws. */
  value: (value: unknown) => unknown
  /** As `value`, remembered by identity: for objects that never change, such as reasons. */
  stable: (value: object) => unknown
  /** A text without its secrets. Never throws. */
  text: (text: string) => string
}>

export type RedactorOptions = Readonly<{
  /** Secrets that the gateway itself holds; those below six characters would hit innocent words. */
  secrets?: readonly string[]
  /** Bytes of JSON text. */
  limit?: number
}>

const LIMIT = 16 * 1024
const DEPTH = 32
const ROUNDS = 8
/** Characters of the texts that come again and again: names of users, servers, tools. */
const WORD = 128
/** How many times longer a text can be with all of its secrets masked. */
const LONGEST_MARK = 16
const TOO_DEEP = `[omitted: nested deeper than ${DEPTH}]`

// In `{"name": "API_KEY", "value": "…"}`, and in a comparison of a decision, one member names the other.
const NAMING = ['name', 'key', 'header']
const NAMED = ['value', 'actual', 'expected']

// Numbers that a double cannot hold travel as raw JSON text (see lib/lossless-json.ts).
const { isRawJSON } = JSON as unknown as { isRawJSON: (value: unknown) => boolean }

/**
 * Masks secrets before anything is stored or shown: by the name of their key, by their looks, and by
 * value for those that the gateway knows. Redacting twice changes nothing more.
 */
export const createRedactor = ({ secrets = [], limit = LIMIT }: RedactorOptions): Redactor => {
  const maskKnown = createSecretFinder(secrets, REDACTED)

  const maskPiece = (piece: string): string => maskPatterns(maskKnown(piece))

  /** Between the marks only, so that a mark is never read as part of a secret. */
  const maskOnce = (text: string): string =>
    text.includes(REDACTED) ? text.split(REDACTED).map(maskPiece).join(REDACTED) : maskPiece(text)

  /** What is left of one secret may look like another, so it is read until nothing changes. */
  const maskFully = (text: string): string => {
    let masked = text
    for (let round = 0; round < ROUNDS; round++) {
      const next = maskOnce(masked)
      if (next === masked) return masked
      masked = next
    }
    return REDACTED
  }

  /** Text that is JSON is read as such: what names a secret may stand far from it. */
  const maskText = (text: string, depth: number): string => {
    const value = readJson(text)
    if (value === undefined) return maskFully(text)
    const masked = JSON.stringify(walk(value, depth + 1))
    return maskFully(masked === JSON.stringify(value) ? text : masked)
  }

  const words = createMemo((word: string) => maskText(word, 0))
  const knownKey = createMemo((key: string) => maskFully(key))
  const maskKey = (key: string): string => (key.length <= WORD ? knownKey(key) : maskFully(key))
  const text = (original: string): string => {
    if (original.length <= WORD) return words(original)
    return original.length > limit ? omitted(original) : maskText(original, 0)
  }

  const leaf = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return maskText(value, depth)
    if (typeof value !== 'number' && !isRawJSON(value)) return value
    const digits = JSON.stringify(value)
    return maskFully(digits) === digits ? value : REDACTED
  }

  const array = (values: readonly unknown[], depth: number): unknown[] =>
    values.map((value, index) =>
      isNamedBy(values[index - 1], values.length) ? mask(value) : walk(value, depth + 1),
    )

  const object = (value: JsonObject, depth: number): JsonObject => {
    const named = NAMING.some((name) => namesSecret(value[name]))
    const result = new Map<string, unknown>()
    for (const [key, entry] of Object.entries(value)) {
      const secret = isSecretKey(key) || (named && NAMED.includes(key))
      result.set(freeKey(result, maskKey(key)), secret ? mask(entry) : walk(entry, depth + 1))
    }
    return Object.fromEntries(result)
  }

  const walk = (value: unknown, depth: number): unknown => {
    if (isRawJSON(value) || typeof value !== 'object' || value === null) return leaf(value, depth)
    if (depth > DEPTH) return TOO_DEEP
    return isObject(value) ? object(value, depth) : array(value as unknown[], depth)
  }

  /** A digest of little text could be guessed back, so such text is redacted before it is digested. */
  const digestible = (value: unknown, original: string): string =>
    original.length > limit ? original : JSON.stringify(walk(value, 0))

  const value = (original: unknown): unknown => {
    if (original === undefined) return undefined
    try {
      const size = sizeOf(original)
      const redacted = walk(size <= limit ? original : cap(original, limit, digestible), 0)
      // Marks can be longer than what they stand for, which for a short value comes to nothing.
      const fits = size * LONGEST_MARK <= limit || sizeOf(redacted) <= limit
      return fits ? redacted : walk(cap(redacted, limit, digestible), 0)
    } catch {
      return REDACTED
    }
  }

  const remembered = new WeakMap<object, unknown>()
  const stable = (original: object): unknown => {
    const known = remembered.get(original)
    if (known !== undefined) return known
    const redacted = value(original)
    remembered.set(original, redacted)
    return redacted
  }

  return { value, stable, text }
}

/** What JSON text of an object, an array or a string holds; undefined for every other text. */
const readJson = (text: string): unknown => {
  if (!/^\s*["[{]/.test(text)) return undefined
  try {
    return parseLossless(text)
  } catch {
    return undefined
  }
}

/** The value of a secret; nothing, yes and no tell nothing. */
const mask = (value: unknown): unknown =>
  value === null || typeof value === 'boolean' || value === '' ? value : REDACTED

const namesSecret = (name: unknown): boolean => typeof name === 'string' && isSecretKey(name)

/** `["Authorization", "…"]` as headers are often written, and `["--token", "…"]` as arguments are. */
const isNamedBy = (before: unknown, length: number): boolean =>
  namesSecret(before) && (length === 2 || String(before).startsWith('-'))

/** Two keys may become the same mark; both stay. */
const freeKey = (taken: ReadonlyMap<string, unknown>, key: string): string => {
  let free = key
  for (let count = 2; taken.has(free); count++) free = `${key} ${count}`
  return free
}
