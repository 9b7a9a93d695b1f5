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
 */
export const parseLossless = (text: string): unknown =>
  MAY_LOSE.test(text) ? json.parse(text, keepText) : JSON.parse(text)

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
