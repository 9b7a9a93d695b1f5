import type { JsonObject } from '../src/core/json-rpc.ts'
import { type Field, type FormProblem, fieldsOf, parametersIn } from './fields.ts'
import type { Tone } from './theme.ts'
import type { ListedTool } from './tool.ts'

/** How far the call is. Policy is asked first, and anything typed begins it anew. */
export type Progress = Readonly<
  | { kind: 'editing' }
  | { kind: 'asking' }
  | { kind: 'decided'; permitted: boolean; lines: readonly string[] }
  | { kind: 'calling'; since: number; said: string | undefined }
  | { kind: 'cancelling'; since: number }
  /** `after`: milliseconds that it ran. */
  | { kind: 'cancelled'; after: number }
  | { kind: 'done'; tone: Tone; value: unknown }
  | { kind: 'failed'; sentence: string }
>

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

export const openForm = (server: string, tool: ListedTool, turn: number): Form => ({
  server,
  tool,
  fields: fieldsOf(tool.schema),
  at: 0,
  problems: [],
  unchecked: undefined,
  progress: { kind: 'editing' },
  turn,
})

/** The parameters as they would be sent. */
export const parametersOf = ({ fields, tool: { schema } }: Form): JsonObject =>
  parametersIn(fields, schema)

/** Whether the tool was called and has not answered yet. */
export const isUnderWay = ({ progress }: Form): boolean =>
  progress.kind === 'calling' || progress.kind === 'cancelling'

/** The form with what is wrong in it, and the cursor where that begins. */
export const faulted = (form: Form, problems: readonly FormProblem[]): Form => {
  const wrong = form.fields.findIndex(({ name }) => problems.some((each) => isOf(each, name)))
  return { ...form, problems, ...(wrong >= 0 && { at: wrong }) }
}

/** MCP: a tool that does not say otherwise may destroy. Hints of the server; policy is what decides. */
export const mayDestroy = ({ annotations }: ListedTool): boolean =>
  annotations.readOnlyHint !== true && annotations.destructiveHint !== false

/** Characters of a field. */
const LONGEST = 100_000

/** The form after a key that types, or after a paste. */
export const typeInto = (form: Form, key: string, pasted = false): Form => {
  const field = form.fields[form.at]
  // What runs was called with what stands here.
  if (field === undefined || isUnderWay(form)) return form
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
  return news.problems === undefined ? next : faulted(next, news.problems)
}

/** Whether a problem is one of this parameter or of something inside of it. */
export const isOf = ({ path }: FormProblem, name: string): boolean =>
  path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`)
