import { parseArgs } from 'node:util'
import { nearest } from '../lib/nearest.ts'
import type { Surroundings } from './surroundings.ts'

/** One flag: `value` names what follows it; without one the flag is a switch. */
export type Flag = Readonly<{ value?: string; short?: string; help: string }>

export type Command = Readonly<{
  name: string
  /** One line. */
  summary: string
  /** What stands behind `datacline`. */
  usage: string
  flags: Readonly<Record<string, Flag>>
  examples: readonly string[]
  /** @returns the exit code */
  run: (given: Given, around: Surroundings) => Promise<number>
}>

/** The command line as read: flags by their long name, and what stands between them. */
export type Given = Readonly<{
  flags: Readonly<Record<string, string | boolean | undefined>>
  positionals: readonly string[]
}>

/** A command line that cannot be understood: exit code 2, and what to type instead. */
export class UsageFault extends Error {
  override readonly name = 'UsageFault'
}

/** Reads flags and positionals. @throws UsageFault naming the flag, and the nearest one known */
export const readArguments = (command: Command, args: readonly string[]): Given => {
  assertKnown(command, args)
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      strict: true,
      options: Object.fromEntries(
        Object.entries({ ...command.flags, help: HELP }).map(([name, flag]: [string, Flag]) => [
          name,
          {
            type: flag.value === undefined ? ('boolean' as const) : ('string' as const),
            ...(flag.short !== undefined && { short: flag.short }),
          },
        ]),
      ),
    })
    return { flags: values as Given['flags'], positionals }
  } catch (cause) {
    const sentence = cause instanceof Error ? cause.message.split('. ')[0] : String(cause)
    throw new UsageFault(`datacline ${command.name}: ${sentence}`, { cause })
  }
}

const HELP: Flag = { short: 'h', help: 'show this help' }

const assertKnown = (command: Command, args: readonly string[]): void => {
  const known = Object.keys({ ...command.flags, help: HELP })
  const end = args.indexOf('--')
  for (const arg of end === -1 ? args : args.slice(0, end)) {
    const name = /^--([^=]+)/.exec(arg)?.[1]
    if (name === undefined || known.includes(name)) continue
    const match = nearest(name, known)
    const hint = match === undefined ? '' : `; did you mean --${match}?`
    throw new UsageFault(`datacline ${command.name}: unknown flag --${name}${hint}`)
  }
}

/** The text of `--help`. */
export const helpOf = (command: Command): string => {
  const flags = Object.entries({ ...command.flags, help: HELP }).map(
    ([name, flag]: [string, Flag]) => {
      const short = flag.short === undefined ? '    ' : `-${flag.short}, `
      const value = flag.value === undefined ? '' : ` ${flag.value}`
      return `  ${`${short}--${name}${value}`.padEnd(28)} ${flag.help}`
    },
  )
  return [
    command.summary,
    '',
    `Usage: datacline ${command.usage}`,
    '',
    ...flags,
    '',
    'Examples:',
    ...command.examples.map((example) => `  ${example}`),
    '',
  ].join('\n')
}
