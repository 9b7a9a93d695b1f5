import type { ErrorObject, Options } from 'ajv'
import { isObject, type JsonObject } from '../../core/json-rpc.ts'
import { compilePattern, PatternError } from '../../lib/linear-pattern.ts'
import { nearest } from '../../lib/nearest.ts'
import { propertyNames, propertyOf, typeLabel } from './schema.ts'

/** One thing that is wrong with the parameters. */
export type Problem = Readonly<{
  /** `list[0].name`; empty for the parameters as a whole. */
  path: string
  sentence: string
}>

/** What a check found; `unchecked` says why the schema, or a part of it, could not be looked at. */
export type Checked = Readonly<{ problems: readonly Problem[]; unchecked: string | undefined }>

const MOST_PROBLEMS = 20
const DRAFT_7 = /json-schema\.org\/draft-0[4-7]\//

export type Check = (value: JsonObject) => Checked

/**
 * Makes the check of a tool's schema: any 2020-12 schema, or draft 7 where it says so. Schemas come from
 * elsewhere, so their patterns run in linear time, and nothing they refer to is fetched. A schema that
 * cannot be used checks nothing, and says so: the server still checks.
 */
export const prepareCheck = async (schema: JsonObject): Promise<Check> => {
  const { $schema, ...rest } = schema
  const unread: string[] = []
  const options: Options = {
    strict: false,
    allErrors: true,
    validateSchema: false,
    validateFormats: false,
    logger: false,
    verbose: true,
    code: { regExp: linearEngine(unread) },
  }
  try {
    const ajv = DRAFT_7.test(String($schema))
      ? new (await import('ajv')).Ajv(options)
      : new (await import('ajv/dist/2020.js')).Ajv2020(options)
    const validate = ajv.compile(rest)
    const unchecked = unread[0] === undefined ? undefined : `its pattern ${unread[0]}`
    return (value) => {
      // Numbers that a double cannot hold are kept as text while parsing; the check wants numbers.
      validate(JSON.parse(JSON.stringify(value)))
      return { problems: problemsOf(schema, validate.errors ?? []), unchecked }
    }
  } catch (cause) {
    const unchecked = cause instanceof Error ? cause.message : String(cause)
    return () => ({ problems: [], unchecked })
  }
}

const problemsOf = (schema: JsonObject, errors: readonly ErrorObject[]): readonly Problem[] => {
  const told = errors.filter(({ keyword }) => !COMBINING.has(keyword))
  const problems = (told.length > 0 ? told : errors).map((error) => toProblem(schema, error))
  const unique = new Map(problems.map((each) => [`${each.path} ${each.sentence}`, each]))
  return [...unique.values()].slice(0, MOST_PROBLEMS)
}

/** Their branches say it better. */
const COMBINING: ReadonlySet<string> = new Set(['allOf', 'if'])

/** RE2 behind ajv's door: a pattern that RE2 does not know is left to the server. */
const linearEngine = (unread: string[]) => {
  const engine = (pattern: string) => {
    try {
      // JSON Schema patterns may match anywhere in the text.
      const { matchesWhole } = compilePattern(`(?s:.*)(?:${pattern})(?s:.*)`)
      return { test: matchesWhole }
    } catch (cause) {
      if (!(cause instanceof PatternError)) throw cause
      unread.push(JSON.stringify(pattern))
      return { test: () => true }
    }
  }
  return Object.assign(engine, { code: 'linearPattern' })
}

type Sentence = (error: ErrorObject, schema: JsonObject) => string

const missing: Sentence = ({ params, parentSchema }, root) => {
  const type = typeLabel(root, propertyOf(root, parentSchema, String(params.missingProperty)))
  return `missing (${type})`
}

const unknown: Sentence = ({ params, parentSchema }, root) => {
  const name = String(params.additionalProperty ?? params.unevaluatedProperty)
  // One letter is as near to any other.
  const match = name.length < 3 ? undefined : nearest(name, propertyNames(root, parentSchema))
  return match === undefined ? 'unknown parameter' : `unknown parameter; did you mean ${match}?`
}

const SENTENCES: Readonly<Record<string, Sentence>> = {
  required: missing,
  additionalProperties: unknown,
  unevaluatedProperties: unknown,
  type: ({ params, data }) => `expected ${[params.type].flat().join(' or ')}, got ${shown(data)}`,
  enum: ({ params, data }) => {
    const allowed = (params.allowedValues as unknown[]).map((each) => JSON.stringify(each))
    return `expected ${allowed.join(' or ')}, got ${shown(data)}`
  },
  const: ({ params, data }) =>
    `expected ${JSON.stringify(params.allowedValue)}, got ${shown(data)}`,
  pattern: ({ params, data }) => `expected text like ${String(params.pattern)}, got ${shown(data)}`,
}

const toProblem = (schema: JsonObject, error: ErrorObject): Problem => {
  const { missingProperty, additionalProperty, unevaluatedProperty } = error.params
  const member: unknown = missingProperty ?? additionalProperty ?? unevaluatedProperty
  const path = error.instancePath.split('/').slice(1).map(unescapePointer)
  return {
    path: formatPath(typeof member === 'string' ? [...path, member] : path),
    sentence: SENTENCES[error.keyword]?.(error, schema) ?? error.message ?? 'is not right',
  }
}

const unescapePointer = (part: string) => part.replaceAll('~1', '/').replaceAll('~0', '~')

const formatPath = (path: readonly string[]): string =>
  path
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '')

const shown = (value: unknown): string => {
  const text = isObject(value) ? 'an object' : (JSON.stringify(value) ?? 'nothing')
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
