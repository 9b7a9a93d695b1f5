import type { TSchema } from '@sinclair/typebox'
import { Errors, type ValueError, ValueErrorType } from '@sinclair/typebox/errors'
import { Value } from '@sinclair/typebox/value'

/** One way in which a value breaks its schema, in words. */
export type Violation = Readonly<{
  path: readonly (string | number)[]
  /** `expected allow | deny, got "block"`. */
  sentence: string
  /** The key that the schema does not name, and those it does. */
  unknown: string | undefined
  known: readonly string[]
}>

/** Checks a value against a TypeBox schema. Undefined when it holds. */
export const firstViolation = (schema: TSchema, value: unknown): Violation | undefined => {
  const [error] = telling(schema, value)
  return error && toViolation(error, value)
}

/** Every way in which it does that is no consequence of another; the first is that of `firstViolation`. */
export const violations = (schema: TSchema, value: unknown): readonly Violation[] => {
  const told = new Map<string, ValueError>()
  for (const error of telling(schema, value)) if (!told.has(error.path)) told.set(error.path, error)
  const typos = new Set([...told.values()].filter(isUnknownKey).map(({ path }) => parentOf(path)))
  return [...told.values()]
    .filter(({ type, path }) => type !== REQUIRED || !typos.has(parentOf(path)))
    .map((error) => toViolation(error, value))
}

const REQUIRED = ValueErrorType.ObjectRequiredProperty
const isUnknownKey = ({ type }: ValueError) => type === ValueErrorType.ObjectAdditionalProperties
const parentOf = (pointer: string) => pointer.slice(0, pointer.lastIndexOf('/'))

/** An unknown key is most often the typo that made another key missing: it is named first. */
const telling = (schema: TSchema, value: unknown): readonly ValueError[] => {
  // Looking for what is wrong costs many times more than seeing that nothing is.
  if (Value.Check(schema, value)) return []
  const errors = [...Errors(schema, value)]
  return [...errors.filter(isUnknownKey), ...errors.filter((each) => !isUnknownKey(each))]
}

const toViolation = (error: ValueError, value: unknown): Violation => {
  const path = toPath(error.path, value)
  if (error.type === ValueErrorType.ObjectAdditionalProperties) {
    const key = String(path.at(-1))
    const known = Object.keys((error.schema.properties as object | undefined) ?? {})
    return { path, sentence: `unknown key ${JSON.stringify(key)}`, unknown: key, known }
  }
  return { path, sentence: sentenceOf(error), unknown: undefined, known: [] }
}

const sentenceOf = (error: ValueError): string => {
  if (error.type === ValueErrorType.ObjectRequiredProperty) return 'is required'
  const wanted = expected(error.schema)
  return `expected ${wanted}, got ${shown(error.value)}`
}

/** What a schema wants, short: its own `errorMessage`, its literals, or its type. */
const expected = (schema: TSchema): string => {
  if (typeof schema.errorMessage === 'string') return schema.errorMessage
  if (schema.const !== undefined) return String(schema.const)
  const choices = schema.anyOf as TSchema[] | undefined
  if (choices) return choices.map(expected).join(' | ')
  if (typeof schema.pattern === 'string') return `text like ${schema.pattern}`
  const type = String(schema.type ?? 'another value')
  const minimum = schema.minimum ?? schema.exclusiveMinimum
  if (minimum !== undefined) return `${type} of at least ${minimum}`
  return type === 'object' ? 'a mapping' : type === 'array' ? 'a list' : type
}

const shown = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

/** A JSON pointer (RFC 6901) as a path, with list indexes as numbers. */
const toPath = (pointer: string, value: unknown): (string | number)[] => {
  const parts: (string | number)[] = []
  let inner = value
  for (const raw of pointer.split('/').slice(1)) {
    const part = raw.replaceAll('~1', '/').replaceAll('~0', '~')
    parts.push(Array.isArray(inner) ? Number(part) : part)
    inner = typeof inner === 'object' && inner !== null ? Reflect.get(inner, part) : undefined
  }
  return parts
}
