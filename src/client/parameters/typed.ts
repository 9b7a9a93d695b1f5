import { isObject, type JsonObject } from '../../core/json-rpc.ts'
import { parseLossless } from '../../lib/lossless-json.ts'
import { choicesOf, choiceText, itemsOf, type TypeName, typesOf } from './schema.ts'

/** What did not become a value of that type. */
const NONE = Symbol('none')

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

const json = (text: string): unknown => {
  try {
    return parseLossless(text)
  } catch {
    return NONE
  }
}

/**
 * A text of the command line as the value that the schema wants: the first of its types that the text
 * can be. Text that is none of them stays text, for the check to name.
 */
export const typedValue = (root: JsonObject, schema: unknown, text: string): unknown => {
  const choice = choicesOf(root, schema)?.find((each) => choiceText(each) === text)
  if (choice !== undefined) return choice
  for (const type of typesOf(root, schema)) {
    // The schema comes from elsewhere and may call its types what it likes.
    const value = Object.hasOwn(READERS, type) ? READERS[type](text, root, schema) : NONE
    if (value !== NONE) return value
  }
  return text
}

type Reader = (text: string, root: JsonObject, schema: unknown) => unknown

const READERS: Readonly<Record<TypeName, Reader>> = {
  string: (text) => text,
  number: (text) => (NUMBER.test(text) ? json(text) : NONE),
  // 5.0 and 1e3 are integers too (JSON Schema 2020-12, core §4.2.3).
  integer: (text) => (NUMBER.test(text) && Number.isInteger(Number(text)) ? json(text) : NONE),
  boolean: (text) => (text === 'true' || text === 'false' ? text === 'true' : NONE),
  null: (text) => (text === 'null' ? null : NONE),
  array: (text, root, schema) => {
    const list = text.trimStart().startsWith('[') ? json(text) : NONE
    if (Array.isArray(list)) return list
    return listOf(text, root, itemsOf(root, schema))
  },
  object: (text) => {
    const value = json(text)
    return isObject(value) ? value : NONE
  },
}

/** `a,b`, where the entries are plain values. */
const listOf = (text: string, root: JsonObject, items: unknown): unknown => {
  const types = typesOf(root, items)
  if (types.includes('object') || types.includes('array')) return NONE
  return text === '' ? [] : text.split(',').map((each) => typedValue(root, items, each))
}
