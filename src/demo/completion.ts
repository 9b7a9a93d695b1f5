import { InvalidParams, ItemNotFound } from '../core/errors.ts'
import { isObject, type JsonObject } from '../core/json-rpc.ts'
import type { Directory } from './directory.ts'
import { promptCompletions } from './prompts.ts'
import { RESOURCE_TEMPLATES } from './resources.ts'

/**
 * MCP, completion: the values of an argument that begin with what was typed.
 *
 * @throws InvalidParams, ItemNotFound when there is no such prompt or template
 */
export const complete = (directory: Directory, params: JsonObject): JsonObject => {
  const { ref, argument } = params
  if (!isObject(ref) || !isObject(argument)) {
    throw new InvalidParams('completion/complete needs a ref and an argument')
  }
  const { name, value } = argument
  if (typeof name !== 'string' || typeof value !== 'string') {
    throw new InvalidParams('The argument needs a name and a value of type string')
  }
  const values = candidates(directory, ref, name).filter((candidate) => candidate.startsWith(value))
  return { completion: { values, total: values.length, hasMore: false } }
}

const candidates = (directory: Directory, ref: JsonObject, argument: string) => {
  if (ref.type === 'ref/prompt') return promptCompletions(directory, ref.name, argument)
  if (ref.type !== 'ref/resource') throw new InvalidParams('Unknown type of ref')
  const known = RESOURCE_TEMPLATES.some(({ uriTemplate }) => uriTemplate === ref.uri)
  if (!known) throw new ItemNotFound('Unknown resource template', { data: { uri: ref.uri } })
  if (argument !== 'id') throw new InvalidParams(`Unknown argument: ${argument}`)
  return directory.all().map((person) => person.id)
}
