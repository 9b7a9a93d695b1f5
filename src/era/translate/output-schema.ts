import { isObject, type JsonObject } from '../../core/json-rpc.ts'

/** Whether a tool's output schema is one that MCP 2025-11-25 does not allow: its root is no object. */
export const needsWrapping = (schema: unknown): schema is JsonObject =>
  isObject(schema) && schema.type !== 'object'

/**
 * An output schema of any kind (MCP 2026-07-28) as `{result: …}` of an object schema, for clients that
 * know no other. References within the schema follow it to its new place.
 */
export const wrapOutputSchema = (schema: JsonObject): JsonObject => ({
  ...(typeof schema.$schema === 'string' && { $schema: schema.$schema }),
  type: 'object',
  properties: { result: isOwnBase(schema) ? schema : moved(schema) },
  required: ['result'],
})

const PLACE = '#/properties/result'
const REFERENCES: ReadonlySet<string> = new Set(['$ref', '$dynamicRef'])
/** Keywords whose value is data, where a `$ref` refers to nothing. */
const DATA: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples'])
/** Keywords whose value maps names of the author's choice to schemas. */
const NAMED: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
  'dependencies',
])

/** JSON Schema 2020-12 §8.2.1: below an `$id` that is no mere fragment, references start there. */
const isOwnBase = ({ $id }: JsonObject): boolean => typeof $id === 'string' && !$id.startsWith('#')

const moved = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(moved)
  if (!isObject(schema) || isOwnBase(schema)) return schema
  // A number kept as its own text is no schema, and must stay the very value it is.
  if (Object.getPrototypeOf(schema) === null) return schema
  return mapped(schema, (keyword, value) => {
    if (DATA.has(keyword)) return value
    if (REFERENCES.has(keyword)) return movedReference(value)
    if (!NAMED.has(keyword) || !isObject(value)) return moved(value)
    return mapped(value, (_name, inner) => moved(inner))
  })
}

const mapped = (value: JsonObject, map: (key: string, value: unknown) => unknown): JsonObject =>
  Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, map(key, inner)]))

const movedReference = (reference: unknown): unknown => {
  if (reference === '#') return PLACE
  return typeof reference === 'string' && reference.startsWith('#/')
    ? `${PLACE}${reference.slice(1)}`
    : reference
}
