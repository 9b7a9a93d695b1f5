import { nearest } from '../lib/nearest.ts'
import type { Command, Flag, Flags } from './command.ts'
import { CliFault } from './failure.ts'
import { GLOBAL_FLAGS } from './global-flags.ts'

type FlagValue = string | readonly string[] | boolean | undefined

/** The command line as read. */
export type Given = Readonly<{
  flags: Readonly<Record<string, FlagValue>>
  positionals: readonly string[]
  rest: readonly string[]
}>

/** Every flag of a command, its own before the global ones of the same name. */
export const flagsOf = (command: Command): Flags => ({ ...GLOBAL_FLAGS, ...command.flags })

/**
 * The first words that are neither a flag nor the value of a global flag: where the command's name
 * stands. Indexes into `args`, at most `count` of them.
 */
export const wordsOf = (args: readonly string[], count: number): readonly number[] => {
  const found: number[] = []
  for (let at = 0; at < args.length && found.length < count; at++) {
    const arg = args[at] ?? ''
    if (arg === '--') break
    if (!isFlag(arg)) found.push(at)
    else if (takesNext(arg, GLOBAL_FLAGS)) at++
  }
  return found
}

/**
 * Reads flags and positionals; flags may stand anywhere, `--flag value` and `--flag=value` are the
 * same, `--` ends them.
 *
 * @throws CliFault `usage` naming what is wrong, and the nearest flag known
 */
export const readArguments = (command: Command, args: readonly string[]): Given => {
  const known = flagsOf(command)
  const values = Object.fromEntries(
    Object.entries(known).map(([name, flag]) => [name, unset(flag)]),
  )
  const positionals: string[] = []
  const end = args.indexOf('--')
  const before = end === -1 ? args : args.slice(0, end)
  for (let at = 0; at < before.length; at++) {
    const arg = before[at] ?? ''
    if (!isFlag(arg)) {
      positionals.push(arg)
      continue
    }
    const { name, flag, inline } = readFlag(arg, known)
    if (flag.value !== undefined && inline === undefined) at++
    set(values, name, flag, inline, before[at])
  }
  return { flags: values, positionals, rest: end === -1 ? [] : args.slice(end + 1) }
}

const unset = (flag: Flag): FlagValue => {
  if (flag.value === undefined) return false
  return flag.repeat ? [] : undefined
}

/** Refuses positionals that are missing or too many. @throws CliFault `usage` */
export const assertPositionals = (command: Command, given: Given): void => {
  const wanted = command.positionals ?? []
  const missing = wanted.slice(given.positionals.length).filter((each) => !each.optional)
  if (missing.length > 0 && missing[0]?.many !== true) {
    throw new CliFault('usage', `missing ${missing.map(({ name }) => name).join(' and ')}`)
  }
  const surplus = wanted.some((each) => each.many) ? undefined : given.positionals[wanted.length]
  if (surplus !== undefined) {
    throw new CliFault('usage', `unexpected ${JSON.stringify(surplus)}`)
  }
  if (given.rest.length > 0 && command.rest === undefined) {
    throw new CliFault('usage', `nothing may stand behind --`)
  }
}

const isFlag = (arg: string): boolean => arg.length > 1 && arg.startsWith('-')

const takesNext = (arg: string, flags: Flags): boolean => {
  if (arg.includes('=')) return false
  const flag = flags[arg.slice(2)] ?? shortFlag(arg, flags)?.[1]
  return flag?.value !== undefined
}

const shortFlag = (arg: string, flags: Flags) =>
  Object.entries(flags).find(([, { short }]) => short !== undefined && arg === `-${short}`)

const readFlag = (arg: string, known: Flags) => {
  const equals = arg.indexOf('=')
  const written = equals === -1 ? arg : arg.slice(0, equals)
  const inline = equals === -1 ? undefined : arg.slice(equals + 1)
  const name = written.startsWith('--') ? written.slice(2) : shortFlag(written, known)?.[0]
  const flag = name !== undefined && Object.hasOwn(known, name) ? known[name] : undefined
  if (name === undefined || flag === undefined) throw unknownFlag(written, known)
  return { name, flag, inline }
}

const unknownFlag = (written: string, known: Flags): CliFault => {
  const match = written.startsWith('--') ? nearest(written.slice(2), Object.keys(known)) : undefined
  return new CliFault('usage', `unknown flag ${written}`, {
    ...(match !== undefined && { why: `did you mean --${match}?` }),
  })
}

const set = (
  values: Record<string, FlagValue>,
  name: string,
  flag: Flag,
  inline: string | undefined,
  next: string | undefined,
): void => {
  if (flag.value === undefined) {
    if (inline !== undefined) throw new CliFault('usage', `--${name} takes no value`)
    values[name] = true
    return
  }
  const value = inline ?? next
  if (value === undefined || (inline === undefined && value.startsWith('--'))) {
    throw new CliFault('usage', `--${name} needs ${flag.value}`, {
      ...(value !== undefined && { hint: `--${name}=${value} if that is meant` }),
    })
  }
  if (flag.choices?.includes(value) === false) {
    const choices = flag.choices.join(', ')
    throw new CliFault('usage', `--${name}: ${JSON.stringify(value)} is not one of ${choices}`)
  }
  const before = values[name]
  values[name] = Array.isArray(before) ? [...before, value] : value
}
