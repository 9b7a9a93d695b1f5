import { FILTER_KEYS, filterKey } from './keys.ts'

/** One way to go on. */
export type Suggestion = Readonly<{
  /** What takes the place of the characters from `from` to `to`. */
  text: string
  help: string
}>

export type Suggestions = Readonly<{ from: number; to: number; options: readonly Suggestion[] }>

const MOMENTS = ['5m', '15m', '1h', '24h', '7d']
const OPERATORS = ['>', '>=', '<', '<=']

/**
 * How the token at the cursor may go on: keys, or the values of its key.
 *
 * @param values known values of a key, by its full name, such as the users seen so far
 */
export const suggest = (
  text: string,
  cursor: number,
  values: (key: string) => readonly string[] = () => [],
): Suggestions => {
  const before = text.slice(0, cursor)
  const word = /(?:^|[\s|(])[-!(]*([^\s|("]*|[^\s|("]*:"[^"]*)$/.exec(before)?.[1] ?? ''
  const colon = word.indexOf(':')
  const rest = /^[^\s|)]*/.exec(text.slice(cursor))?.[0] ?? ''
  const to = cursor + rest.length
  if (colon === -1) return { from: cursor - word.length, to, options: keysLike(word) }
  const typed = word.slice(colon + 1)
  const from = cursor - typed.length
  return { from, to, options: valuesLike(word.slice(0, colon), typed.replace(/^"/, ''), values) }
}

const startsLike = (candidate: string, typed: string) =>
  candidate.toLowerCase().startsWith(typed.toLowerCase())

const keysLike = (typed: string): readonly Suggestion[] =>
  FILTER_KEYS.filter(({ name, aliases }) =>
    [name, ...aliases].some((each) => startsLike(each, typed)),
  ).map(({ name, help, reading }) => ({
    text: reading.kind === 'parameter' ? `${name}.` : `${name}:`,
    help,
  }))

const valuesLike = (
  name: string,
  typed: string,
  values: (key: string) => readonly string[],
): readonly Suggestion[] => {
  const key = filterKey(name.split('.')[0] ?? '')
  if (key === undefined) return []
  const { reading } = key
  const own = reading.kind === 'words' ? Object.keys(reading.words) : []
  const moments = reading.kind === 'time' ? MOMENTS : []
  const operators = reading.kind === 'number' && typed === '' ? OPERATORS : []
  const known = reading.kind === 'text' ? values(key.name) : []
  return [...new Set([...own, ...moments, ...operators, ...known])]
    .filter((each) => startsLike(each, typed))
    .map((each) => ({ text: quoted(each), help: key.help }))
}

const quoted = (value: string): string =>
  /^[^\s|()"*/~!=<>][^\s|()"*]*$|^[<>]=?$/.test(value)
    ? value
    : `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
