import { suggest } from '../src/core/filter.ts'
import { COMMANDS } from './commands.ts'
import type { Input, State } from './state.ts'

/** One way to go on with what was typed. */
export type Way = Readonly<{
  /** The whole line as it would be. */
  line: string
  /** Only what would be new in it. */
  shown: string
  help: string
}>

/** The line as tab makes it: as far as only one way is left to go on. */
export const complete = (state: State, { kind, text }: Input): string => {
  const lines = waysOn(state, kind, text).map(({ line }) => line)
  const [first] = lines
  if (first === undefined) return text
  const shared = lines.reduce(commonBeginning, first)
  return shared.length > text.length ? shared : text
}

/** How the line may go on; nothing where it is whole. */
export const waysOn = (state: State, kind: Input['kind'], text: string): readonly Way[] => {
  const found = kind === 'filter' ? filterWays(state, text) : commandWays(state, kind, text)
  return found.filter(({ line }) => line !== text)
}

const commandWays = (state: State, kind: Input['kind'], text: string): readonly Way[] => {
  if (kind !== 'command') return []
  const typed = text.toLowerCase()
  const names = [...COMMANDS]
    .filter(([name]) => name.startsWith(typed))
    .map(([name, { help }]): Way => ({ line: name, shown: name, help }))
  const [, name = '', argument] = /^(\S+) (.*)$/.exec(text) ?? []
  if (argument === undefined) return names
  const help = COMMANDS.get(name)?.help ?? ''
  const values = argumentsOf(state, name).filter((each) => each.startsWith(argument))
  return [...names, ...values.map((each): Way => ({ line: `${name} ${each}`, shown: each, help }))]
}

const filterWays = (state: State, text: string): readonly Way[] => {
  const { from, to, options } = suggest(text, text.length, (key) => seen(state, key))
  return options.map((each) => ({
    line: text.slice(0, from) + each.text + text.slice(to),
    shown: each.text,
    help: each.help,
  }))
}

/** The words that its table says it takes, else names that were seen. */
const argumentsOf = (state: State, name: string): readonly string[] => {
  const takes = COMMANDS.get(name)?.takes ?? ''
  return takes.includes('|') ? takes.split('|') : seen(state, name)
}

type Event = State['rows'][number]['event']

const SEEN: Readonly<Record<string, (event: Event) => readonly (string | undefined)[]>> = {
  server: (event) => [event.mcp_server],
  tool: (event) => [event.tool_name],
  user: (event) => [event.user],
  method: (event) => [event.method],
  action: (event) => [event.action],
  rule: (event) => [event.decision?.rule],
  code: (event) => [event.code],
  era: (event) => [event.era],
  face: (event) => [event.face],
  ip: (event) => [event.source_address],
  role: ({ decision }) => (decision?.roles ?? []).map((role) => role.replace(/ \(.*\)$/, '')),
}

const seen = ({ rows }: State, name: string): readonly string[] => {
  const valuesOf = Object.hasOwn(SEEN, name) ? SEEN[name] : undefined
  if (valuesOf === undefined) return []
  const values = rows.flatMap(({ event }) => valuesOf(event))
  return [...new Set(values.filter((each) => each !== undefined))].sort()
}

const commonBeginning = (left: string, right: string): string => {
  let at = 0
  while (at < left.length && left[at] === right[at]) at++
  return left.slice(0, at)
}
