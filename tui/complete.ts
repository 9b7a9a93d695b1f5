import { suggest } from '../src/core/filter.ts'
import { COMMANDS } from './commands.ts'
import { type Input, SCREENS, type State } from './state.ts'
import { THEMES } from './theme.ts'

/** The line as tab makes it: as far as only one way is left to go on. */
export const complete = (state: State, { kind, text }: Input): string => {
  const options = suggestions(state, kind, text)
  const [first] = options
  if (first === undefined) return text
  const shared = options.reduce(commonBeginning, first)
  return shared.length > text.length ? shared : text
}

/** Lines that begin with what was typed. */
export const suggestions = (state: State, kind: Input['kind'], text: string): readonly string[] => {
  if (kind === 'filter') return filterSuggestions(state, text)
  if (kind !== 'command') return []
  const typed = text.toLowerCase()
  const names = [...COMMANDS.keys()].filter((name) => name.startsWith(typed))
  const [, name, argument] = /^(\S+) (.*)$/.exec(text) ?? []
  if (name === undefined || argument === undefined) return names
  const values = argumentsOf(state, name).filter((each) => each.startsWith(argument))
  return [...names, ...values.map((each) => `${name} ${each}`)]
}

/** The whole line, as each way to go on with its last token would make it. */
const filterSuggestions = (state: State, text: string): readonly string[] => {
  if (text === '') return []
  const { from, to, options } = suggest(text, text.length, (key) => argumentsOf(state, key))
  return options.map((each) => text.slice(0, from) + each.text + text.slice(to))
}

const argumentsOf = ({ rows }: State, name: string): readonly string[] => {
  if (name === 'screen') return SCREENS
  if (name === 'theme') return THEMES
  if (name === 'server') return distinct(rows.map(({ event }) => event.mcp_server))
  if (name === 'tool') return distinct(rows.map(({ event }) => event.tool_name))
  if (name === 'user') return distinct(rows.map(({ event }) => event.user))
  return []
}

const distinct = (values: readonly (string | undefined)[]): readonly string[] =>
  [...new Set(values.filter((each) => each !== undefined))].sort()

const commonBeginning = (left: string, right: string): string => {
  let at = 0
  while (at < left.length && left[at] === right[at]) at++
  return left.slice(0, at)
}
