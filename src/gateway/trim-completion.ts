import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { parseLossless } from '../lib/lossless-json.ts'

const VARIABLE = /\{\+?([A-Za-z0-9_.]+)\}/g

/**
 * Takes out of a completion the values that would name a resource which its reader may not read. That
 * can be known when the template is full once the value stands in it (RFC 6570, levels 1 and 2).
 *
 * @param params of the `completion/complete` request
 */
export const trimCompletion = (
  text: string,
  params: JsonObject,
  mayRead: (uri: string) => boolean,
): string => {
  const toUri = fillerOf(params)
  if (toUri === undefined) return text
  const message = parseLossless(text)
  if (!isObject(message) || !isObject(message.result)) return text
  const { completion } = message.result
  if (!isObject(completion) || !Array.isArray(completion.values)) return text
  const values = completion.values.filter(
    (value: unknown) => typeof value === 'string' && toUri(value).some(mayRead),
  )
  if (values.length === completion.values.length) return text
  // How many there are in all would tell how many were taken out.
  const { total: _total, ...rest } = completion
  const result = { ...message.result, completion: { ...rest, values } }
  return JSON.stringify({ ...message, result })
}

/** Gives the URIs that a value may stand for; undefined when that cannot be known. */
const fillerOf = (params: JsonObject): ((value: string) => readonly string[]) | undefined => {
  const { ref, argument, context } = params
  const template = isObject(ref) && ref.type === 'ref/resource' ? ref.uri : undefined
  const name = isObject(argument) ? argument.name : undefined
  if (typeof template !== 'string' || typeof name !== 'string') return undefined
  const given = isObject(context) && isObject(context.arguments) ? context.arguments : {}
  const variables = [...template.matchAll(VARIABLE)].map(([, variable]) => variable ?? '')
  const known = variables.every((each) => each === name || typeof given[each] === 'string')
  const plain = !template.replace(VARIABLE, '').includes('{')
  if (!variables.includes(name) || !known || !plain) return undefined
  return (value) => {
    const fill = (encode: (text: string) => string) =>
      template.replace(VARIABLE, (_, variable) =>
        encode(variable === name ? value : String(given[variable])),
      )
    // Servers differ in whether they expect a value encoded.
    return [fill((plainText) => plainText), fill(encodeURIComponent)]
  }
}
