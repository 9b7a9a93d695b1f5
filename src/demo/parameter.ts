import type { JsonObject } from '../core/json-rpc.ts'

/** One argument of a tool: what clients are told of it, and what is accepted. All are required. */
export type Parameter<Value> = Readonly<{
  schema: JsonObject
  /** For error results: `a string of 1 to 200 characters`. */
  expected: string
  accepts: (value: unknown) => value is Value
}>

export type Parameters = Readonly<Record<string, Parameter<unknown>>>

/** The arguments of a tool, as its parameters type them. */
export type ArgumentsOf<P extends Parameters> = {
  readonly [Key in keyof P]: P[Key] extends Parameter<infer Value> ? Value : never
}

export const text = (
  description: string,
  limits: Readonly<{ maxLength: number; pattern?: RegExp; example?: string }>,
): Parameter<string> => ({
  schema: {
    type: 'string',
    description,
    minLength: 1,
    maxLength: limits.maxLength,
    ...(limits.pattern && { pattern: limits.pattern.source }),
    ...(limits.example && { examples: [limits.example] }),
  },
  expected:
    `a string of 1 to ${limits.maxLength} characters` +
    (limits.example ? `, such as ${JSON.stringify(limits.example)}` : ''),
  accepts: (value): value is string =>
    typeof value === 'string' &&
    value !== '' &&
    // JSON Schema counts code points, `length` counts UTF-16 units.
    [...value].length <= limits.maxLength &&
    (limits.pattern?.test(value) ?? true),
})

export const number = (
  description: string,
  limits: Readonly<{ minimum?: number; maximum?: number }> = {},
): Parameter<number> => {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = limits
  return {
    schema: { type: 'number', description, ...limits },
    expected: Number.isFinite(maximum) ? `a number from ${minimum} to ${maximum}` : 'a number',
    // 1e400 is a JSON number but no finite one.
    accepts: (value): value is number =>
      typeof value === 'number' && Number.isFinite(value) && value >= minimum && value <= maximum,
  }
}

/** The JSON Schema (2020-12) of an object with exactly these members. */
export const toInputSchema = (parameters: Parameters): JsonObject => ({
  type: 'object',
  properties: Object.fromEntries(
    Object.entries(parameters).map(([name, { schema }]) => [name, schema]),
  ),
  required: Object.keys(parameters),
  additionalProperties: false,
})

/** What is wrong with the arguments, one sentence each; nothing when they may be used. */
export const findProblems = (parameters: Parameters, given: JsonObject): readonly string[] => {
  const wrong = Object.entries(parameters)
    .filter(([name, { accepts }]) => !Object.hasOwn(given, name) || !accepts(given[name]))
    .map(([name, { expected }]) =>
      Object.hasOwn(given, name)
        ? `${name}: expected ${expected}, got ${described(given[name])}`
        : `${name}: missing, expected ${expected}`,
    )
  const known = Object.keys(parameters)
  const unknown = Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => `${name}: unknown argument; this tool takes ${known.join(', ')}`)
  return [...wrong, ...unknown]
}

const described = (value: unknown): string => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return 'an object'
  const json = JSON.stringify(value)
  return json.length > 80 ? `a ${typeof value} of ${json.length} characters` : json
}
