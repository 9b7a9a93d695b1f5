import { encodeHeaderValue } from './header-value.ts'
import { numberText } from './lossless-json.ts'

/** An argument of a tool that is repeated in a header (MCP 2026-07-28, `x-mcp-header`). */
export type HeaderParameter = Readonly<{
  /** Lower case, such as `mcp-param-region`. */
  header: string
  /** Where the argument stands, by the names of the properties on the way. */
  path: readonly string[]
}>

const MARK = 'x-mcp-header'
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/
const TYPES: readonly unknown[] = ['string', 'integer', 'boolean']
/** Keywords whose parts are schemas, beside `properties`: nothing in them can be known to apply. */
const BRANCHES = [
  ...['items', 'prefixItems', 'contains', 'additionalItems', 'additionalProperties'],
  ...['unevaluatedProperties', 'unevaluatedItems', 'propertyNames', 'patternProperties'],
  ...['dependentSchemas', 'dependencies', 'oneOf', 'anyOf', 'allOf', 'not', 'if', 'then', 'else'],
  ...['$defs', 'definitions'],
]
/** Of those, the ones whose members are named freely. */
const NAMED = new Set([
  ...['patternProperties', 'dependentSchemas', 'dependencies', '$defs', 'definitions'],
])

type Schema = Readonly<Record<string, unknown>>
const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

type Place = Readonly<{
  schema: unknown
  path: readonly string[]
  /** Whether only `properties` lead here. */
  certain: boolean
}>

const propertiesOf = (schema: Schema, { path, certain }: Place): readonly Place[] =>
  Object.entries(isSchema(schema.properties) ? schema.properties : {}).map(([name, property]) => ({
    schema: property,
    path: [...path, name],
    certain,
  }))
const branchesOf = (schema: Schema, { path }: Place): readonly Place[] =>
  BRANCHES.filter((keyword) => Object.hasOwn(schema, keyword))
    .flatMap((keyword): readonly unknown[] => {
      const value = schema[keyword]
      if (NAMED.has(keyword) && isSchema(value)) return Object.values(value)
      return Array.isArray(value) ? value : [value]
    })
    .map((branch) => ({ schema: branch, path, certain: false }))

/** What the first place that says something says. */
const firstOf = (places: readonly Place[], ask: (place: Place) => string | undefined) => {
  for (const place of places) {
    const said = ask(place)
    if (said !== undefined) return said
  }
  return undefined
}

/** Collects the marks of a schema; says what is wrong with the first that is not allowed. */
const createCollector = () => {
  const found: HeaderParameter[] = []

  const problemOf = (schema: Schema, { path, certain }: Place): string | undefined => {
    if (!Object.hasOwn(schema, MARK)) return undefined
    const name = schema[MARK]
    if (!certain || path.length === 0) return 'stands where no argument can be known'
    if (typeof name !== 'string' || !TOKEN.test(name)) return 'is no header name'
    if (!TYPES.includes(schema.type)) return 'is not on a string, integer or boolean'
    const header = `mcp-param-${name.toLowerCase()}`
    if (found.some((other) => other.header === header)) return 'names a header twice'
    found.push({ header, path })
    return undefined
  }
  const visit = (place: Place): string | undefined => {
    const { schema } = place
    if (!isSchema(schema)) return undefined
    const inner = () => [...propertiesOf(schema, place), ...branchesOf(schema, place)]
    return problemOf(schema, place) ?? firstOf(inner(), visit)
  }
  return { found, visit }
}

/**
 * The arguments that a tool's input schema marks for a header, or why the tool must not be offered over
 * HTTP: a mark counts only on a string, integer or boolean that `properties` alone lead to, with a name
 * that is a token and unique whatever its case (MCP 2026-07-28, Streamable HTTP, `x-mcp-header`).
 */
export const readHeaderParameters = (
  schema: unknown,
): Readonly<{ parameters: readonly HeaderParameter[] } | { problem: string }> => {
  const { found, visit } = createCollector()
  const problem = visit({ schema, path: [], certain: true })
  return problem === undefined ? { parameters: found } : { problem: `${MARK} ${problem}` }
}

const argumentAt = (value: unknown, path: readonly string[]): unknown => {
  let inner = value
  for (const name of path) {
    if (!isSchema(inner) || !Object.hasOwn(inner, name)) return undefined
    inner = inner[name]
  }
  return inner
}

const plainText = (value: unknown): string | undefined => {
  if (['string', 'number', 'boolean'].includes(typeof value)) return String(value)
  return numberText(value)
}

/**
 * The `Mcp-Param-*` headers of one call; an argument that is absent or null has none.
 *
 * @param given the call's arguments; numbers may be those of `parseLossless`
 */
export const toParameterHeaders = (
  parameters: readonly HeaderParameter[],
  given: unknown,
): Readonly<Record<string, string>> => {
  const headers: Record<string, string> = {}
  for (const { header, path } of parameters) {
    const text = plainText(argumentAt(given, path))
    if (text !== undefined) headers[header] = encodeHeaderValue(text)
  }
  return headers
}

/** Both at once, for a tool whose schema is at hand; none when its marks are not valid. */
export const parameterHeaders = (
  schema: unknown,
  given: unknown,
): Readonly<Record<string, string>> => {
  const read = readHeaderParameters(schema)
  return 'problem' in read ? {} : toParameterHeaders(read.parameters, given)
}
