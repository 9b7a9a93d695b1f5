import { placeIn, readJsonText } from '../src/client/parameters/json-text.ts'
import {
  branchesOf,
  choicesOf,
  choiceText,
  itemsOf,
  propertyNames,
  propertyOf,
  requiredNames,
  typeLabel,
  typesOf,
} from '../src/client/parameters/schema.ts'
import { typedValue } from '../src/client/parameters/typed.ts'
import { isObject, type JsonObject } from '../src/core/json-rpc.ts'

/** One parameter; `text` is what was typed, '' for a parameter that is not given. */
export type Field = Readonly<{
  name: string
  label: string
  description: string
  required: boolean
  /** What it can be, where that is a list; the keys go through it. */
  choices: readonly string[] | undefined
  /** JSON is typed where no other text can say it: one value, or an object of all other parameters. */
  json: 'value' | 'others' | undefined
  text: string
}>

/** What is wrong with one parameter, or (without a path) with all of them. */
export type FormProblem = Readonly<{ path: string; sentence: string }>

/** A field for each parameter that the schema names, and one more where it permits others. */
export const fieldsOf = (schema: JsonObject): readonly Field[] => {
  const required = requiredNames(schema, schema)
  const named = propertyNames(schema, schema).map((name): Field => {
    const inner = propertyOf(schema, schema, name)
    const json = isOnlyJson(schema, inner)
    return {
      name,
      label: `${typeLabel(schema, inner)}${json ? ', as JSON' : ''}`,
      description:
        isObject(inner) && typeof inner.description === 'string' ? inner.description : '',
      required: required.includes(name),
      choices: choicesIn(schema, inner),
      json: json ? 'value' : undefined,
      text: '',
    }
  })
  return takesOthers(schema, named.length) ? [...named, othersField(named.length > 0)] : named
}

const choicesIn = (root: JsonObject, schema: unknown): readonly string[] | undefined => {
  const choices = choicesOf(root, schema)?.map(choiceText)
  if (choices !== undefined) return choices
  const types = typesOf(root, schema)
  return types.length === 1 && types[0] === 'boolean' ? ['true', 'false'] : undefined
}

/** Nested, of several kinds, or of no kind that is told: plain text could not tell one from another. */
const isOnlyJson = (root: JsonObject, schema: unknown): boolean => {
  if (choicesOf(root, schema) !== undefined) return false
  const types = typesOf(root, schema)
  if (types.length === 0 || types.includes('object')) return true
  const inner = types.includes('array') ? typesOf(root, itemsOf(root, schema)) : []
  return inner.includes('object') || inner.includes('array')
}

/**
 * Whether more may be given than what is named. JSON Schema permits that unless told; here it has to be
 * told, or nothing else be told at all, since most tools mean what they name.
 */
const takesOthers = (schema: JsonObject, named: number): boolean => {
  const branches = branchesOf(schema, schema)
  const says = (name: string) => branches.some((each) => Object.hasOwn(each, name))
  const isOpen = OPENING.some((name) =>
    branches.some((each) => each[name] === true || isObject(each[name])),
  )
  return isOpen || (named === 0 && !says('properties') && !says('additionalProperties'))
}

const OPENING = ['additionalProperties', 'unevaluatedProperties', 'patternProperties'] as const

const othersField = (more: boolean): Field => ({
  name: '{ }',
  label: `${more ? 'other' : 'all'} parameters, as a JSON object`,
  description: 'such as {"name": "value", "count": 2}',
  required: false,
  choices: undefined,
  json: 'others',
  text: '',
})

/** Where what was typed is no JSON; `isOpen` while it only has to go on. */
export type FieldFault = Readonly<{ at: number; sentence: string; isOpen: boolean }>

/** What is wrong with a field of JSON as it stands; undefined for what is fine, empty, or no JSON. */
export const faultIn = ({ json, text }: Field): FieldFault | undefined => {
  if (json === undefined || text.trim() === '') return undefined
  const read = readJsonText(text)
  if (read.fault !== undefined) {
    const { at, sentence, unfinished } = read.fault
    const place = unfinished ? '' : ` at ${placeIn(text, at)}`
    return {
      at,
      sentence: `no JSON${unfinished ? ' yet' : place}: ${sentence}`,
      isOpen: unfinished,
    }
  }
  return json === 'value' || isObject(read.value)
    ? undefined
    : { at: 0, sentence: 'expected an object, { … }', isOpen: false }
}

/** What keeps the fields from being sent. */
export const jsonFaults = (fields: readonly Field[]): readonly FormProblem[] => [
  ...fields.flatMap((field) => {
    const fault = faultIn(field)
    return fault === undefined ? [] : [{ path: field.name, sentence: fault.sentence }]
  }),
  ...twiceGiven(fields),
]

const twiceGiven = (fields: readonly Field[]): readonly FormProblem[] => {
  const others = fields.find(({ json }) => json === 'others')
  if (others === undefined) return []
  const given = new Set(fields.filter(isNamed).map(({ name }) => name))
  return Object.keys(othersIn(others))
    .filter((name) => given.has(name))
    .map((name) => ({ path: others.name, sentence: `${name} has a field of its own` }))
}

const isNamed = ({ json }: Field): boolean => json !== 'others'

const othersIn = ({ text }: Field): JsonObject => {
  const { value } = { value: undefined, ...readJsonText(text.trim() === '' ? '{}' : text) }
  return isObject(value) ? value : {}
}

/** The parameters as their schema means them; `""` is an empty text, nothing is no parameter. */
export const parametersIn = (fields: readonly Field[], schema: JsonObject): JsonObject =>
  Object.fromEntries(
    fields
      .filter(({ text }) => text.trim() !== '')
      .flatMap((field) =>
        isNamed(field)
          ? [[field.name, typedIn(field, schema)] as const]
          : Object.entries(othersIn(field)),
      ),
  )

const typedIn = ({ name, json, text }: Field, schema: JsonObject): unknown => {
  if (json === undefined) {
    return typedValue(schema, propertyOf(schema, schema, name), text === '""' ? '' : text)
  }
  const read = readJsonText(text)
  return read.fault === undefined ? read.value : text
}
