import { flagsOf } from './arguments.ts'
import type { Command, Flag, Positional } from './command.ts'
import type { Entry } from './commands/index.ts'
import { EXITS } from './exit-codes.ts'

/** The text of `COMMAND --help`. */
export const helpOf = (command: Command): string => {
  const sections = [
    command.summary,
    `Usage: datacline ${usageOf(command)}`,
    ...(command.about === undefined ? [] : [command.about]),
    ...argumentSection(command.positionals ?? []),
    ...flagSections(command),
    ['Examples:', ...command.examples.map((example) => `  ${example}`)].join('\n'),
    ['Exit codes:', ...exitLines(command)].join('\n'),
  ]
  return `${sections.join('\n\n')}\n`
}

/** What stands behind `datacline`: `invoke SERVER TOOL [PARAMETER…] [flags]`. */
export const usageOf = (command: Command): string => {
  const positionals = (command.positionals ?? []).map(({ name, optional, many }) => {
    const word = many ? `${name}…` : name
    return optional ? `[${word}]` : word
  })
  const rest = command.rest === undefined ? [] : [`[-- ${command.rest}]`]
  return [command.name, ...positionals, '[flags]', ...rest].join(' ')
}

/** The text of `datacline --help`, or of a group such as `servers`. */
export const overviewOf = (entries: readonly Entry[], topics: readonly string[]): string => {
  const shown = entries.filter(({ hidden }) => hidden !== true)
  const width = Math.max(...shown.map(({ name }) => name.length))
  return [
    'datacline: an MCP gateway for your own machine, for CI and for a team.',
    '',
    'Usage: datacline COMMAND [arguments] [flags]',
    '',
    ...shown.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'datacline COMMAND --help tells more.',
    `datacline help TOPIC explains: ${topics.join(', ')}.`,
    '',
  ].join('\n')
}

const argumentSection = (positionals: readonly Positional[]): string[] => {
  if (positionals.length === 0) return []
  const width = Math.max(...positionals.map(({ name }) => name.length))
  const lines = positionals.map(({ name, help }) => `  ${name.padEnd(width)}  ${help}`)
  return [['Arguments:', ...lines].join('\n')]
}

const flagSections = (command: Command): string[] => {
  const groups = new Map<string, string[]>()
  // A command's own flags come first.
  const ordered = { ...command.flags, ...flagsOf(command) }
  for (const [name, flag] of Object.entries(ordered)) {
    const group = flag.group ?? 'Flags'
    groups.set(group, [...(groups.get(group) ?? []), flagLine(name, flag)])
  }
  return [...groups].map(([group, lines]) => [`${group}:`, ...lines].join('\n'))
}

const flagLine = (name: string, flag: Flag): string => {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `
  const value = flag.value === undefined ? '' : ` ${flag.value}`
  return `  ${`${short}--${name}${value}`.padEnd(28)} ${flag.help}`
}

const exitLines = (command: Command): string[] =>
  (['ok', 'usage', ...command.exits] as const).map((name) => {
    const { code, when } = EXITS[name]
    return `  ${String(code).padStart(3)}  ${when}`
  })
