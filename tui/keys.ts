import type { Key } from 'ink'

const NAMED: readonly (readonly [keyof Key, string])[] = [
  ['return', 'enter'],
  ['escape', 'esc'],
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['backspace', 'backspace'],
  ['delete', 'backspace'],
]

/** The names of the keys in one piece of input: several when somebody types faster than we read. */
export const keyNames = (input: string, key: Key): readonly string[] => {
  if (key.tab) return [key.shift ? 'shift-tab' : 'tab']
  for (const [flag, name] of NAMED) if (key[flag] === true) return [name]
  if (key.ctrl) return [`ctrl-${input}`]
  return [...new Intl.Segmenter().segment(input)].map(({ segment }) => SIGNS[segment] ?? segment)
}

/** Keys that stand inside of a longer piece. */
const SIGNS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\u0003': 'ctrl-c',
}
