type RawJson = Readonly<{ rawJSON: string }>
type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown
// ES2026 "JSON.parse source text access"; Bun has it, the library types do not yet.
const json = JSON as unknown as {
  rawJSON: (text: string) => RawJson
  parse: (text: string, reviver: Reviver) => unknown
  isRawJSON: (value: unknown) => value is RawJson
}

/**
 * Parses JSON so that `JSON.stringify` gives every number back with the value it had: numbers that a
 * double cannot hold (64-bit integers, 1e400, -0) stay as their own text.
 *
 * @throws SyntaxError
 * @throws RangeError for what is nested thousands of levels deep, which could not be written again
 */
export const parseLossless = (text: string): unknown =>
  MAY_LOSE.test(text) || mayBeDeep(text) ? json.parse(text, keepText) : JSON.parse(text)

/** Levels that `JSON.stringify` writes at once; many times as many occupy it for seconds before it throws. */
const DEEP = 10_000

/** Asking each value for its source throws at such depths, in no time; `JSON.parse` alone does not. */
const mayBeDeep = (text: string): boolean => {
  if (text.length < DEEP) return false
  let opened = 0
  for (const bracket of ['[', '{']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      opened++
      if (opened > DEEP) return true
    }
  }
  return false
}

/**
 * A number of 16 digits or more, with a fraction or an exponent, or a zero below zero, where a number can
 * stand. All others are whole and short, so that a double has their very text; asking each value for its
 * source takes many times longer than parsing.
 */
const MAY_LOSE = /(?:^|[[:,])\s*-?(?:\d{16}|\d+[.eE]|(?<=-)0)[\d.eE+-]*\s*(?:[\]},]|$)/

const keepText: Reviver = (_key, value, { source }) => {
  if (typeof value !== 'number' || source === undefined) return value
  return String(value) === source ? value : json.rawJSON(source)
}

/** The text of a number that `parseLossless` kept as its own; undefined for every other value. */
export const numberText = (value: unknown): string | undefined =>
  json.isRawJSON(value) ? value.rawJSON : undefined
