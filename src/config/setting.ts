import type { Static, TSchema } from '@sinclair/typebox'
import { nearest } from '../lib/nearest.ts'
import { firstViolation } from '../lib/schema-violation.ts'

/** One setting: where it may be given, what it must be, and what it is for. */
export type Setting<S extends TSchema = TSchema, D = unknown> = Readonly<{
  /** The environment variable; `DATACLINE_` before it wins. Undefined for what only a flag may say. */
  variable?: string
  /** As typed on the command line. */
  flag?: string
  schema: S
  default: D
  help: string
  /** A value that is never shown. */
  secret?: true
  /** A file, relative to the configuration directory. */
  path?: true
  /** What no schema can say about the text, or about one entry of a list; a sentence when it is wrong. */
  problem?: (text: string) => string | undefined
}>

/** The type of a setting's value; undefined belongs to it only when that is the default. */
export type SettingValue<T> =
  T extends Setting<infer S, infer D> ? Static<S> | Extract<D, undefined> : never

/** Keeps the exact types of a row of the table. */
export const setting = <S extends TSchema, const D extends Static<S> | undefined>(
  row: Setting<S, D>,
): Setting<S, D> => row

/** A setting's value out of its text, or the sentence that says what was expected instead. */
export const readSetting = (
  row: Setting,
  text: string,
): Readonly<{ value: unknown } | { problem: string }> => {
  const value = convert(row.schema, text)
  const violation = firstViolation(row.schema, value)
  if (violation) return { problem: violation.sentence + suggestion(row.schema, text) }
  const entries = Array.isArray(value) ? value : [value]
  const problem = entries.map((entry) => row.problem?.(String(entry))).find(Boolean)
  return problem === undefined ? { value } : { problem }
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
  ['yes', true],
  ['no', false],
  ['on', true],
  ['off', false],
  ['1', true],
  ['0', false],
])

/** Text as what the schema wants; what cannot be converted stays text and breaks the schema. */
const CONVERSIONS: ReadonlyMap<string, (text: string) => unknown> = new Map([
  ['boolean', (text) => BOOLEANS.get(text.toLowerCase()) ?? text],
  ['integer', (text) => numberOf(text)],
  ['number', (text) => numberOf(text)],
  ['array', (text) => text.split(',').flatMap((entry) => entry.trim() || [])],
])

const convert = (schema: TSchema, text: string): unknown =>
  (CONVERSIONS.get(String(schema.type)) ?? String)(text.trim())

const numberOf = (text: string): unknown => (/^\d+(?:\.\d+)?$/.test(text) ? Number(text) : text)

const suggestion = (schema: TSchema, text: string): string => {
  const match = nearest(text.trim(), wordsOf(schema))
  return match === undefined ? '' : `; did you mean ${JSON.stringify(match)}?`
}

const wordsOf = (schema: TSchema): readonly string[] => {
  if (schema.type === 'boolean') return ['true', 'false']
  if (schema.items !== undefined) return wordsOf(schema.items as TSchema)
  return ((schema.anyOf as TSchema[] | undefined) ?? []).map((choice) => String(choice.const))
}
