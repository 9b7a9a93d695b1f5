import { isObject, type JsonObject, type Message } from '../core/json-rpc.ts'
import { replaceMember } from '../lib/json-member.ts'

/** A message with one of its parameters, which is there, exchanged; all other text as it came. */
export const withParam = (message: Message, path: readonly string[], value: unknown): Message => ({
  ...message,
  text: replaceMember(message.text, ['params', ...path], JSON.stringify(value)),
  params: withValue(message.params ?? {}, path, value),
})

const withValue = (
  object: JsonObject,
  [name = '', ...rest]: readonly string[],
  value: unknown,
): JsonObject => {
  const inner = object[name]
  return {
    ...object,
    [name]: rest.length === 0 ? value : withValue(isObject(inner) ? inner : {}, rest, value),
  }
}

/** The parameter at a path; undefined where there is none. */
export const paramAt = (params: JsonObject, path: readonly string[]): unknown => {
  let value: unknown = params
  for (const name of path) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}
