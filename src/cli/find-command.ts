import { nearest } from '../lib/nearest.ts'
import { wordsOf } from './arguments.ts'
import { ENTRIES, type Entry } from './commands/index.ts'
import { CliFault } from './failure.ts'

/** The command that a command line names, and the line without its name. */
export type Found = Readonly<{ entry: Entry; args: readonly string[] }>

/**
 * Finds the command by its name or alias; names of two words are commands of a group.
 *
 * @throws CliFault `usage` with the nearest name known, or with the commands of the group
 */
export const findCommand = (args: readonly string[]): Found => {
  const [first = -1, second = -1] = wordsOf(args, 2)
  const word = args[first] ?? ''
  const pair = `${word} ${args[second] ?? ''}`
  const double = second === -1 ? undefined : ENTRIES.find((entry) => isCalled(entry, pair))
  if (double !== undefined) return { entry: double, args: without(args, [first, second]) }
  const single = ENTRIES.find((entry) => isCalled(entry, word))
  if (single !== undefined) return { entry: single, args: without(args, [first]) }
  throw unknown(word, args[second])
}

/** The commands of a group, such as those of `servers`, by the names they have there; maybe none. */
export const groupOf = (word: string): readonly Entry[] =>
  ENTRIES.filter(({ hidden }) => hidden !== true).flatMap((entry) =>
    [entry.name, ...(entry.aliases ?? [])]
      .filter((name) => name.startsWith(`${word} `))
      .map((name) => ({ ...entry, name })),
  )

const isCalled = (entry: Entry, name: string): boolean =>
  entry.name === name || entry.aliases?.includes(name) === true

const without = (args: readonly string[], places: readonly number[]): string[] =>
  args.filter((_, index) => !places.includes(index))

const unknown = (word: string, next: string | undefined): CliFault => {
  const group = groupOf(word)
  const names = group.map(({ name }) => name.slice(word.length + 1))
  if (group.length > 0 && next === undefined) {
    const hint = group.map(({ name }) => `datacline ${name}`).join(', ')
    return new CliFault('usage', `${word} needs one of: ${names.join(', ')}`, { hint })
  }
  if (group.length > 0) {
    const match = nearest(next ?? '', names)
    return new CliFault('usage', `unknown command ${JSON.stringify(`${word} ${next}`)}`, {
      why: match === undefined ? `${word} has: ${names.join(', ')}` : `did you mean ${match}?`,
    })
  }
  const known = ENTRIES.flatMap(({ name, aliases = [] }) => [name.split(' ')[0] ?? '', ...aliases])
  const match = nearest(word, known)
  return new CliFault('usage', `unknown command ${JSON.stringify(word)}`, {
    ...(match !== undefined && { why: `did you mean ${match}?` }),
    hint: 'datacline --help',
  })
}
