import { choicesOf, choiceText, propertyNames, propertyOf } from '../client/parameters/schema.ts'
import type { Client } from '../client.ts'
import { isObject } from '../core/json-rpc.ts'
import { printable } from '../core/printable.ts'
import { flagsOf, readArguments, wordsOf } from './arguments.ts'
import type { Call, Command, Completes, Flag } from './command.ts'
import { ENTRIES } from './commands/index.ts'
import { connect, tokenTakesStdin } from './connection.ts'
import { findCommand, groupOf } from './find-command.ts'
import type { Surroundings } from './surroundings.ts'
import { firstLine } from './text.ts'
import { entriesOf, listTools } from './tools.ts'

/** One thing that may stand where the cursor is, with what it means. */
export type Candidate = Readonly<{ word: string; help: string }>

/** `files`: the shell completes names of files by itself. */
export type Completion = Readonly<{ candidates: readonly Candidate[]; files: boolean }>

const NOTHING: Completion = { candidates: [], files: false }
const FILES: Completion = { candidates: [], files: true }

/** Milliseconds that a person may wait for a key press. */
const BUDGET = 300

/**
 * What may stand at the end of a command line. Names of servers, tools and parameters come from the
 * gateway; where that is away, slow or says no, there are just none.
 *
 * @param words everything behind `datacline`; the last one is being typed and may be empty
 */
export const complete = async (
  words: readonly string[],
  around: Surroundings,
): Promise<Completion> => {
  const before = words.slice(0, -1)
  const typed = words.at(-1) ?? ''
  const found = await commandOf(before)
  if (found === undefined) return starting(typed, names(before))
  const { command, args } = found
  const last = args.at(-1) ?? ''
  const flag = flagNamed(command, last)
  if (flag?.value !== undefined && !last.includes('=')) return values(flag, typed)
  if (typed.startsWith('-')) return starting(typed, flags(command))
  return Promise.race([positionals(command, args, typed, around), patience()])
}

const patience = (): Promise<Completion> =>
  new Promise((resolve) => setTimeout(resolve, BUDGET, NOTHING))

const starting = (typed: string, candidates: readonly Candidate[]): Completion => ({
  candidates: candidates.filter(({ word }) => word.startsWith(typed)),
  files: false,
})

const chosen = (choices: readonly string[], typed: string): Completion =>
  starting(
    typed,
    choices.map((word) => ({ word, help: '' })),
  )

const commandOf = async (before: readonly string[]) => {
  try {
    const { entry, args } = findCommand(before)
    return { command: await entry.load(), args }
  } catch {
    return undefined
  }
}

/** The names of commands, or those of the group that has been typed. */
const names = (before: readonly string[]): readonly Candidate[] => {
  const [at] = wordsOf(before, 1)
  const group = at === undefined ? undefined : before[at]
  if (group !== undefined) {
    return groupOf(group).map(({ name, summary }) => ({
      word: name.slice(group.length + 1),
      help: summary,
    }))
  }
  const shown = ENTRIES.filter(({ hidden }) => hidden !== true)
  const first = new Map<string, string>()
  for (const { name, summary } of shown) {
    const [word = '', second] = name.split(' ')
    first.set(word, second === undefined ? summary : `${word} …`)
  }
  return [...first].map(([word, help]) => ({ word, help }))
}

const flags = (command: Command): readonly Candidate[] =>
  Object.entries(flagsOf(command)).map(([name, { help }]) => ({ word: `--${name}`, help }))

const flagNamed = (command: Command, arg: string): Flag | undefined => {
  const known = flagsOf(command)
  const long = Object.entries(known).find(([name]) => arg === `--${name}`)
  return (long ?? Object.entries(known).find(([, { short }]) => short && arg === `-${short}`))?.[1]
}

const values = ({ value, choices }: Flag, typed: string): Completion => {
  if (choices !== undefined) return chosen(choices, typed)
  return value === 'FILE' || value === 'DIR' ? FILES : NOTHING
}

type Place = Readonly<{ given: readonly string[]; typed: string; client: () => Promise<Client> }>

const LIVE: Readonly<Record<Completes, (place: Place) => Promise<readonly Candidate[]>>> = {
  server: async ({ client }) =>
    entriesOf(await (await client()).servers(), 'servers').map(({ name, description }) => ({
      word: String(name),
      help: firstLine(description),
    })),
  tool: async ({ client, given: [server = ''] }) =>
    (await listTools(await client(), server)).map(({ name, listed }) => ({
      word: name,
      help: firstLine(listed.description),
    })),
  parameter: async ({ client, given: [server = '', name = '', ...words], typed }) => {
    const tool = (await listTools(await client(), server)).find((each) => each.name === name)
    return tool === undefined ? [] : parameters(tool.inputSchema, words, typed)
  },
}

/** `key=` for what is not given yet; behind it the values that are allowed. */
const parameters = (
  schema: Parameters<typeof propertyNames>[0],
  words: readonly string[],
  typed: string,
): readonly Candidate[] => {
  const [key = '', value] = typed.split('=')
  if (value !== undefined) {
    const property = propertyOf(schema, schema, key)
    const isSwitch = isObject(property) && property.type === 'boolean'
    const choices = choicesOf(schema, property) ?? (isSwitch ? [true, false] : [])
    return choices.map((each) => ({ word: `${key}=${choiceText(each)}`, help: '' }))
  }
  const given = words.map((word) => word.split(/:?=/)[0])
  return propertyNames(schema, schema)
    .filter((name) => !given.includes(name))
    .map((name) => {
      const property = propertyOf(schema, schema, name)
      return { word: `${name}=`, help: isObject(property) ? firstLine(property.description) : '' }
    })
}

/** A key press opens no gateway. */
const NEVER_LOCAL = { open: async () => undefined }

const positionals = async (
  command: Command,
  args: readonly string[],
  typed: string,
  around: Surroundings,
): Promise<Completion> => {
  try {
    const given = readArguments(command, args)
    const wanted = command.positionals ?? []
    const place = wanted[given.positionals.length] ?? wanted.find((each) => each.many)
    if (place?.choices !== undefined) return chosen(place.choices, typed)
    if (place?.completes === undefined) return NOTHING
    const flagsGiven = given.flags as Call<Record<never, never>>['flags']
    const connecting = {
      around,
      flags: { ...flagsGiven, timeout: `${BUDGET}ms` },
      local: NEVER_LOCAL,
    }
    // The shell's own input is nothing that a key press may read.
    if (tokenTakesStdin(connecting)) return NOTHING
    const client = () => connect(connecting)
    const live = LIVE[place.completes]
    return starting(typed, await live({ given: given.positionals, typed, client }))
  } catch {
    return NOTHING
  }
}

/** What the shells' scripts read: a candidate a line, its help behind a tab, `:files` at the end. */
export const completionText = ({ candidates, files }: Completion): string => {
  const lines = candidates
    // A name that would have to be escaped is not offered: shells would run what they were given.
    .filter(({ word }) => word === printable(word) && !/[\s'"\\`$;&|<>(){}*?!#~]/.test(word))
    .map(({ word, help }) => (help === '' ? word : `${word}\t${printable(help)}`))
  return [...lines, files ? ':files' : ':end', ''].join('\n')
}
