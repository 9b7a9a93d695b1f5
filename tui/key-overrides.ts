import { COMMANDS } from './commands.ts'
import { type Binding, KEYMAP, keyLabel, withKeys } from './keymap.ts'

type Overrides = Readonly<Record<string, readonly string[]>>

const NAMED: readonly string[] = [
  ...['enter', 'esc', 'up', 'down', 'left', 'right', 'pageup', 'pagedown', 'home', 'end'],
  ...['backspace', 'tab', 'shift-tab', 'space'],
]

/**
 * The first thing that is wrong with keys that somebody wants, with the command it is about.
 *
 * @param nearest the known word nearest to a mistyped one
 */
export const keyFault = (
  overrides: Overrides,
  nearest: (word: string, known: readonly string[]) => string | undefined,
): Readonly<{ command: string; sentence: string }> | undefined => {
  const known = [...new Set([...KEYMAP.map(({ command }) => command), ...COMMANDS.keys()])]
  const guess = (word: string, words: readonly string[]) => {
    const match = nearest(word, words)
    return match === undefined ? '' : `; did you mean ${JSON.stringify(match)}?`
  }
  for (const [command, keys] of Object.entries(overrides)) {
    if (!known.includes(command)) {
      return { command, sentence: `there is no such command${guess(command, known)}` }
    }
    const wrong = keys.find((key) => !isKey(key))
    if (wrong !== undefined) {
      return {
        command,
        sentence: `${JSON.stringify(wrong)} is no key${guess(wrong, NAMED)}; one sign, ctrl-x, or ${NAMED.join(', ')}`,
      }
    }
  }
  return clash(withKeys(KEYMAP, overrides), overrides)
}

/** One key, or two after each other. */
const isKey = (key: string): boolean => {
  const parts = key.split(' ')
  return parts.length <= 2 && parts.every((part) => isOne(part))
}

const isOne = (key: string): boolean =>
  NAMED.includes(key) ||
  /^ctrl-[a-z]$/.test(key) ||
  [...new Intl.Segmenter().segment(key)].length === 1

/** Of two commands with one key in one place, the second could never be reached. */
const clash = (keymap: readonly Binding[], overrides: Overrides) => {
  for (const binding of keymap) {
    if (!Object.hasOwn(overrides, binding.command)) continue
    for (const other of keymap) {
      const isOther = other.command !== binding.command && other.place === binding.place
      const shared = isOther ? binding.keys.find((key) => other.keys.includes(key)) : undefined
      if (shared !== undefined) {
        return {
          command: binding.command,
          sentence: `${JSON.stringify(shared)} is the key of ${JSON.stringify(other.command)} already`,
        }
      }
    }
  }
  return undefined
}

/** Every key with where it holds and what it does, for people and for documents. */
export const keysTable = (overrides: Overrides): string =>
  withKeys(KEYMAP, overrides)
    .map(
      ({ keys, place, command, help }) =>
        `${place.padEnd(9)} ${keys
          .map((key) => keyLabel(key, true))
          .join(', ')
          .padEnd(18)} ${command.padEnd(16)} ${help}\n`,
    )
    .join('')
