import { typedValue } from '../../client/parameters/typed.ts'
import { isObject, type JsonObject } from '../../core/json-rpc.ts'
import { parseLossless } from '../../lib/lossless-json.ts'
import { readStrictJson, StrictJsonError } from '../../lib/strict-json.ts'
import { type Connecting, tokenTakesStdin } from '../connection.ts'
import { CliFault } from '../failure.ts'
import type { Output } from '../output.ts'
import { readStdin, readTextFile } from '../read-text.ts'
import { assign } from './assign.ts'
import { type Assignment, parseAssignment } from './assignment.ts'

export type ParameterSources = Readonly<{
  /** `--params`: JSON, `-` or `@FILE`. */
  params: string | undefined
  /** `--params-file`: a file or `-`. */
  paramsFile: string | undefined
  /** `key=value` and its kin. */
  words: readonly string[]
}>

/**
 * The parameters of a call from everywhere they may stand: the file, then `--params`, then the words,
 * later ones winning, the words typed by the schema.
 *
 * @throws CliFault `usage`
 */
export const readParameters = async (
  sources: ParameterSources,
  schema: JsonObject,
  connecting: Connecting,
  output: Output,
): Promise<JsonObject> => {
  const { params, paramsFile } = sources
  const { around } = connecting
  const takers = [params === '-', paramsFile === '-', tokenTakesStdin(connecting)].filter(Boolean)
  if (takers.length > 1) {
    throw new CliFault('usage', 'standard input can be read once, and - stands twice')
  }
  const assignments = sources.words.map(parseAssignment)
  const fromStdin = async (name: string) => {
    const text = await readStdin(around, name)
    if (text.trim() === '') output.note(`${name} -: standard input is empty, taken as {}`)
    return text.trim() === '' ? '{}' : text
  }
  const textOf = async (name: string, given: string, isFile: boolean) => {
    if (given === '-') return fromStdin(name)
    if (isFile) return readTextFile(around, given, name)
    return given.startsWith('@') ? readTextFile(around, given.slice(1), name) : given
  }
  const objectOf = async (name: string, given: string | undefined, isFile: boolean) =>
    given === undefined ? {} : parseObject(await textOf(name, given, isFile), name)

  const merged = {
    ...(await objectOf('--params-file', paramsFile, true)),
    ...(await objectOf('--params', params, false)),
  }
  const texts = new Map<Assignment, string>()
  for (const each of assignments) {
    texts.set(each, each.isFile ? await readTextFile(around, each.text, each.key) : each.text)
  }
  const assigned = new Set<string>()
  return assignments.reduce<JsonObject>(
    (parameters, each) =>
      assign(parameters, schema, each, evaluator(schema, texts.get(each) ?? ''), assigned),
    merged,
  )
}

const evaluator = (root: JsonObject, text: string) => (assignment: Assignment, schema: unknown) => {
  if (assignment.meaning === 'text') return text
  if (assignment.meaning === 'json') return parseJson(text, assignment.key)
  return typedValue(root, schema, text)
}

const parseJson = (text: string, name: string): unknown => {
  try {
    readStrictJson(text)
    return parseLossless(text)
  } catch (cause) {
    const why = cause instanceof StrictJsonError ? cause.message : String(cause)
    throw new CliFault('usage', `${name}: ${why === 'not JSON' ? why : `not JSON: ${why}`}`, {
      hint: 'datacline help parameters',
      cause,
    })
  }
}

const parseObject = (text: string, name: string): JsonObject => {
  const value = parseJson(text, name)
  if (isObject(value)) return value
  throw new CliFault('usage', `${name}: expected a JSON object such as {"key": "value"}`)
}
