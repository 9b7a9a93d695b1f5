import { isObject, type JsonObject } from '../../core/json-rpc.ts'

/** The types of JSON Schema (2020-12, validation §6.1.1). */
export type TypeName = 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'array' | 'object'

/** A schema with what its `$ref`, `allOf`, `anyOf` and `oneOf` bring, one entry each. */
export type Branches = readonly JsonObject[]

const COMBINED = ['allOf', 'anyOf', 'oneOf'] as const
/** A schema may refer to itself. */
const MAX_BRANCHES = 100

/** The schema and everything it is combined of, in the order in which it is written. */
export const branchesOf = (root: JsonObject, schema: unknown): Branches => {
  const found: JsonObject[] = []
  const visit = (each: unknown): void => {
    if (!isObject(each) || found.includes(each) || found.length >= MAX_BRANCHES) return
    found.push(each)
    visit(resolveReference(root, each.$ref))
    for (const word of COMBINED) {
      const parts = each[word]
      if (Array.isArray(parts)) parts.forEach(visit)
    }
  }
  visit(schema)
  return found
}

/** Only references into the schema itself: nothing is fetched. */
const resolveReference = (root: JsonObject, reference: unknown): unknown => {
  if (typeof reference !== 'string' || !reference.startsWith('#')) return undefined
  let inner: unknown = root
  for (const raw of reference.slice(1).split('/').slice(1)) {
    const part = raw.replaceAll('~1', '/').replaceAll('~0', '~')
    if (!isObject(inner) || !Object.hasOwn(inner, part)) return undefined
    inner = inner[part]
  }
  return inner
}

/** The names of the properties that a schema knows. */
export const propertyNames = (root: JsonObject, schema: unknown): readonly string[] => [
  ...new Set(
    branchesOf(root, schema).flatMap(({ properties }) =>
      isObject(properties) ? Object.keys(properties) : [],
    ),
  ),
]

/** The schema of one property, or of what stands where no property is named; undefined for unknown. */
export const propertyOf = (root: JsonObject, schema: unknown, name: string): unknown => {
  const branches = branchesOf(root, schema)
  for (const { properties } of branches) {
    if (isObject(properties) && Object.hasOwn(properties, name)) return properties[name]
  }
  return branches.find(({ additionalProperties }) => isObject(additionalProperties))
    ?.additionalProperties
}

/** The schema of the entries of a list. */
export const itemsOf = (root: JsonObject, schema: unknown): unknown =>
  branchesOf(root, schema).find(({ items }) => isObject(items))?.items

/** The properties that must be given. */
export const requiredNames = (root: JsonObject, schema: unknown): readonly string[] =>
  branchesOf(root, schema)
    .flatMap(({ required }) => (Array.isArray(required) ? (required as unknown[]) : []))
    .filter((name) => typeof name === 'string')

/** The types a value may have, first named first; empty when the schema does not say. */
export const typesOf = (root: JsonObject, schema: unknown): readonly TypeName[] => {
  const types = branchesOf(root, schema).flatMap(({ type }) =>
    Array.isArray(type) ? type : [type],
  )
  return [...new Set(types.filter((type) => typeof type === 'string'))] as TypeName[]
}

/** The values that are allowed; undefined when there is no such list. */
export const choicesOf = (root: JsonObject, schema: unknown): readonly unknown[] | undefined => {
  for (const branch of branchesOf(root, schema)) {
    if (Array.isArray(branch.enum)) return branch.enum
  }
  const constants = branchesOf(root, schema).filter((branch) => Object.hasOwn(branch, 'const'))
  return constants.length === 0 ? undefined : constants.map((branch) => branch.const)
}

/** A value that may be chosen as people type it: text as it is, all else as JSON. */
export const choiceText = (choice: unknown): string =>
  typeof choice === 'string' ? choice : (JSON.stringify(choice) ?? '')

/** `send_email(to: string, subject: string, cc?: array)`. */
export const signatureOf = (tool: string, schema: JsonObject): string => {
  const required = requiredNames(schema, schema)
  const parameters = propertyNames(schema, schema).map((name) => {
    const type = typeLabel(schema, propertyOf(schema, schema, name))
    return `${name}${required.includes(name) ? '' : '?'}: ${type}`
  })
  return `${tool}(${parameters.join(', ')})`
}

/** A schema's type for people: `string`, `"a" | "b"`, `string[]`, `any`. */
export const typeLabel = (root: JsonObject, schema: unknown): string => {
  const choices = choicesOf(root, schema)
  if (choices !== undefined) return choices.map((each) => JSON.stringify(each)).join(' | ')
  const types = typesOf(root, schema)
  const label = (type: TypeName): string => {
    if (type !== 'array') return type
    const [item] = typesOf(root, itemsOf(root, schema))
    return item === undefined ? 'array' : `${item}[]`
  }
  return types.length === 0 ? 'any' : types.map(label).join(' | ')
}
