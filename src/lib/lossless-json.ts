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
  json.parse(text, (_key, value, context) => {
    if (typeof value !== 'number' || context.source === undefined) return value
    return String(value) === context.source ? value : json.rawJSON(context.source)
  })

/** The text of a number that `parseLossless` kept as its own; undefined for every other value. */
export const numberText = (value: unknown): string | undefined =>
  json.isRawJSON(value) ? value.rawJSON : undefined
