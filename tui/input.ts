import { applyFilter } from './bar.ts'
import { runCommand } from './commands.ts'
import { complete } from './complete.ts'
import { compileFilter } from './filtering.ts'
import { say } from './say.ts'
import type { Input, State } from './state.ts'

/** Characters of one line; what is longer is a mistake. */
const LONGEST = 2000
const REMEMBERED = 100

/** A key, or pasted text, goes into the line that is open. */
export const editInput = (state: State, key: string, pasted: boolean): State => {
  const { input } = state
  if (input === undefined) return state
  const edit = pasted ? undefined : EDITS[key]
  if (edit) return edit(state, input)
  // A key with a name of several letters is not text.
  if (!pasted && [...key].length !== 1) return state
  const clean = key.replace(/[\u0000-\u001f\u007f]+/g, ' ')
  return typed(state, input, `${input.text}${clean}`.slice(0, LONGEST))
}

type Edit = (state: State, input: Input) => State

const EDITS: Readonly<Record<string, Edit>> = {
  enter: (state, input) => submit(state, input),
  backspace: (state, input) =>
    input.text === '' ? closed(state) : typed(state, input, withoutLast(input.text)),
  'ctrl-w': (state, input) => typed(state, input, input.text.replace(/\S*\s*$/, '')),
  'ctrl-u': (state, input) => typed(state, input, ''),
  tab: (state, input) => typed(state, input, complete(state, input)),
  up: (state, input) => recall(state, input, 1),
  down: (state, input) => recall(state, input, -1),
  'ctrl-c': (state) => closed(state),
  // In two steps: first the text, then the line.
  esc: (state, input) => (input.text === '' ? closed(state) : typed(state, input, '')),
}

const withoutLast = (text: string): string =>
  [...new Intl.Segmenter().segment(text)]
    .slice(0, -1)
    .map(({ segment }) => segment)
    .join('')

const closed = (state: State): State =>
  state.input?.kind === 'filter' && state.input.text === ''
    ? applyFilter({ ...state, input: undefined }, '')
    : { ...state, input: undefined }

/** What is wrong is said while it is typed; the filter before stays until the new one can be read. */
const typed = (state: State, input: Input, text: string): State => {
  const read = input.kind === 'filter' ? compileFilter(state, text) : undefined
  const fault = read !== undefined && 'problem' in read ? read : undefined
  const { at: _, ...rest } = input
  const said = fault === undefined ? { problem: undefined } : fault
  return { ...state, input: { ...rest, ...said, text, recalled: undefined } }
}

const recall = (state: State, input: Input, by: number): State => {
  const history = state.histories[input.kind]
  const at = (input.recalled ?? -1) + by
  if (at < -1 || at >= history.length) return state
  const text = at === -1 ? '' : (history.at(-1 - at) ?? '')
  return { ...state, input: { ...input, text, recalled: at === -1 ? undefined : at } }
}

const submit = (state: State, input: Input): State => {
  const { kind, text } = input
  const read = kind === 'filter' ? compileFilter(state, text) : undefined
  // The line stays open, so that what is wrong in it can be mended.
  if (read !== undefined && 'problem' in read) {
    return say({ ...state, input: { ...input, ...read } }, read.problem, 'warn')
  }
  const past = state.histories[kind].filter((each) => each !== text)
  const histories = {
    ...state.histories,
    [kind]: text.trim() === '' ? past : [...past, text].slice(-REMEMBERED),
  }
  const free: State = { ...state, input: undefined, histories }
  if (kind === 'filter') return applyFilter(free, text)
  if (kind === 'help') return { ...free, help: { scroll: 0, word: text } }
  if (kind === 'search') return runCommand({ ...free, search: text }, 'match next')
  return text.trim() === '' ? free : runCommand(free, text.trim())
}
