import {
  choicesOf,
  propertyNames,
  propertyOf,
  requiredNames,
  typeLabel,
  typesOf,
} from '../src/client/parameters/schema.ts'
import { typedValue } from '../src/client/parameters/typed.ts'
import { isObject, type JsonObject } from '../src/core/json-rpc.ts'
import type { Tone } from './theme.ts'
import type { ListedTool } from './tool.ts'

/** One parameter; `text` is what was typed, '' for a parameter that is not given. */
export type Field = Readonly<{
  name: string
  label: string
  description: string
  required: boolean
  /** What it can be, where that is a list; the keys go through it. */
  choices: readonly string[] | undefined
  text: string
}>

/** How far the call is. Policy is asked first, and anything typed begins it anew. */
export type Progress = Readonly<
  | { kind: 'editing' }
  | { kind: 'asking' }
  | { kind: 'decided'; permitted: boolean; lines: readonly string[] }
  | { kind: 'calling'; since: number; said: string | undefined }
  | { kind: 'done'; tone: Tone; value: unknown }
  | { kind: 'failed'; sentence: string }
>

/** What is wrong with one parameter, or (without a path) with all of them. */
export type FormProblem = Readonly<{ path: string; sentence: string }>

/** A tool's parameters as they are being filled in. */
export type Form = Readonly<{
  server: string
  tool: ListedTool
  fields: readonly Field[]
  /** The field that is typed into. */
  at: number
  problems: readonly FormProblem[]
  /** Why the schema could not be checked against; the server still does. */
  unchecked: string | undefined
  progress: Progress
  /** Grows with every question, so that answers to old ones are known. */
  turn: number
}>

/** Changes that come from outside, of the turn that asked. */
export type FormNews = Readonly<{ turn: number }> &
  Partial<Pick<Form, 'problems' | 'unchecked' | 'progress'>>

export const openForm = (server: string, tool: ListedTool, turn: number): Form => {
  const { schema } = tool
  const required = requiredNames(schema, schema)
  const fields = propertyNames(schema, schema).map((name): Field => {
    const inner = propertyOf(schema, schema, name)
    return {
      name,
      label: typeLabel(schema, inner),
      description:
        isObject(inner) && typeof inner.description === 'string' ? inner.description : '',
      required: required.includes(name),
      choices: choicesIn(schema, inner),
      text: '',
    }
  })
  return {
    server,
    tool,
    fields,
    at: 0,
    problems: [],
    unchecked: undefined,
    progress: { kind: 'editing' },
    turn,
  }
}

const choicesIn = (root: JsonObject, schema: unknown): readonly string[] | undefined => {
  const choices = choicesOf(root, schema)?.map(String)
  if (choices !== undefined) return choices
  const types = typesOf(root, schema)
  return types.length === 1 && types[0] === 'boolean' ? ['true', 'false'] : undefined
}

/** The parameters as their schema means them; `""` is an empty text, nothing is no parameter. */
export const parametersOf = ({ fields, tool: { schema } }: Form): JsonObject =>
  Object.fromEntries(
    fields
      .filter(({ text }) => text !== '')
      .map(({ name, text }) => [
        name,
        typedValue(schema, propertyOf(schema, schema, name), text === '""' ? '' : text),
      ]),
  )

/** MCP: a tool that does not say otherwise may destroy. Hints of the server; policy is what decides. */
export const mayDestroy = ({ annotations }: ListedTool): boolean =>
  annotations.readOnlyHint !== true && annotations.destructiveHint !== false

const LONGEST = 10_000

/** The form after a key that types, or after a paste. */
export const typeInto = (form: Form, key: string, pasted = false): Form => {
  const field = form.fields[form.at]
  if (field === undefined) return form
  const edit = pasted ? undefined : EDITS[key]
  if (edit !== undefined) return withText(form, edit(field))
  if (!pasted && [...key].length !== 1) return form
  if (field.choices !== undefined && !pasted) return withText(form, beginning(field, key))
  const clean = key.replace(/[\u0000-\u001f\u007f]+/g, ' ')
  return withText(form, `${field.text}${clean}`.slice(0, LONGEST))
}

const EDITS: Readonly<Record<string, (field: Field) => string>> = {
  backspace: ({ text, choices }) => (choices === undefined ? withoutLast(text) : ''),
  'ctrl-w': ({ text }) => text.replace(/\S*\s*$/, ''),
  'ctrl-u': () => '',
  left: (field) => turned(field, -1),
  right: (field) => turned(field, 1),
}

const withoutLast = (text: string): string =>
  [...new Intl.Segmenter().segment(text)]
    .slice(0, -1)
    .map(({ segment }) => segment)
    .join('')

/** The next of the choices, nothing being one of them. */
const turned = ({ choices, text }: Field, by: number): string => {
  if (choices === undefined) return text
  const all = ['', ...choices]
  return all[(all.indexOf(text) + by + all.length) % all.length] ?? ''
}

/** The next choice that begins with this letter; a blank goes to the next one. */
const beginning = (field: Field, key: string): string => {
  if (key === ' ') return turned(field, 1)
  return field.choices?.find((each) => each.toLowerCase().startsWith(key)) ?? field.text
}

const withText = (form: Form, text: string): Form => {
  const name = form.fields[form.at]?.name
  return {
    ...form,
    fields: form.fields.map((each, at) => (at === form.at ? { ...each, text } : each)),
    problems: form.problems.filter(({ path }) => path !== name),
    progress: { kind: 'editing' },
    // What is still on its way is about what was typed before.
    turn: form.turn + 1,
  }
}

/** News of the outside; what an older turn asked for is no longer wanted. */
export const withFormNews = (form: Form, { turn, ...news }: FormNews): Form => {
  if (turn !== form.turn) return form
  const next = { ...form, ...news }
  const wrong = next.fields.findIndex(({ name }) => next.problems.some((each) => isOf(each, name)))
  return wrong >= 0 && news.problems !== undefined ? { ...next, at: wrong } : next
}

/** Whether a problem is one of this parameter or of something inside of it. */
export const isOf = ({ path }: FormProblem, name: string): boolean =>
  path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`)
