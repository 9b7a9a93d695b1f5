import { FILTER_KEYS, type FilterKey } from './keys.ts'
import type { LeafToken } from './tokens.ts'
import {
  type Comparator,
  FilterFault,
  type FilterReading,
  type FilterTree,
  type Leaf,
  type Moment,
  type NumberField,
  type TextTest,
} from './tree.ts'

type Named = Readonly<{ key: FilterKey; path: readonly string[] }>

/** One test of a filter, by its key; without a key it looks at every text. @throws FilterFault */
export const readLeaf = (
  named: Named | undefined,
  token: LeafToken,
  reading: FilterReading,
): FilterTree => {
  const source = sourceOf(named, token)
  if (named === undefined) {
    return { kind: 'text', field: 'text', test: textTest(token, reading), source }
  }
  if (token.value === '') {
    throw new FilterFault(`${token.key}: needs a value, such as ${named.key.example}`, {
      at: token.at,
      length: token.length,
    })
  }
  if (named.path.length > 0 && named.key.reading.kind !== 'parameter') {
    throw new FilterFault(`${named.key.name} has nothing inside; only param.NAME has`, token)
  }
  return { ...leafOf(named, token, reading), source }
}

/** A key that nobody knows, with the nearest one. */
export const unknownKey = (
  name: string,
  token: LeafToken,
  { nearest }: FilterReading,
): FilterFault => {
  const known = FILTER_KEYS.flatMap((key) => [
    key.name,
    ...key.aliases.filter((each) => each.length > 2),
  ])
  const match = nearest(name, known)
  const advice = match === undefined ? '; quote it to search for the text itself' : ''
  return new FilterFault(
    `unknown key ${JSON.stringify(name)}${advice}`,
    { at: token.at, length: name.length },
    match,
  )
}

const leafOf = ({ key, path }: Named, token: LeafToken, reading: FilterReading): Leaf => {
  const { reading: how } = key
  switch (how.kind) {
    case 'text':
      return { kind: 'text', field: how.field, test: textTest(token, reading) }
    case 'parameter':
      return parameterLeaf(path, token, reading)
    case 'time':
      return { kind: 'time', side: how.side, moment: momentOf(token, key) }
    case 'number':
      return numberLeaf(how.field, token, how.unit === 'duration' ? durationOf : wholeNumberOf)
    case 'words':
      return wordLeaf(key, how, token, reading)
  }
}

const textTest = (token: LeafToken, { compilePattern }: FilterReading): TextTest => {
  const { value, operator, form, valueAt } = token
  if (form === 'pattern' || operator === '~') {
    try {
      return { how: 'pattern', value, searches: compilePattern(value).searches }
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : 'cannot be read'
      throw new FilterFault(`the regular expression ${why}`, valueAt)
    }
  }
  if (operator === '=') return { how: 'is', value }
  if (operator !== '') {
    throw new FilterFault(`${operator} compares numbers; for texts there are = and ~`, token)
  }
  return { how: form === 'bare' && value.includes('*') ? 'glob' : 'contains', value }
}

const parameterLeaf = (path: readonly string[], token: LeafToken, reading: FilterReading): Leaf => {
  if (path.length === 0 || path.includes('')) {
    throw new FilterFault('param needs the name of a parameter, such as param.to:ana', token)
  }
  return { kind: 'parameter', path, test: textTest(token, reading) }
}

const wordLeaf = (
  key: FilterKey,
  how: Extract<FilterKey['reading'], { kind: 'words' }>,
  token: LeafToken,
  reading: FilterReading,
): Leaf => {
  const { value, operator, valueAt } = token
  const word = value.toLowerCase()
  const trait = Object.hasOwn(how.words, word) ? how.words[word] : undefined
  if (trait !== undefined && ['', '='].includes(operator)) return { kind: 'trait', trait }
  if (how.number !== undefined) {
    const hundreds = /^([1-5])xx$/i.exec(value)?.[1]
    if (hundreds !== undefined && operator === '') {
      const low = Number(hundreds) * 100
      return { kind: 'range', field: how.number, low, high: low + 100 }
    }
    if (/^\d/.test(value)) return numberLeaf(how.number, token, wholeNumberOf)
  }
  const words = Object.keys(how.words)
  const numbers = how.number === undefined ? '' : ', a number, or 4xx'
  throw new FilterFault(
    `${key.name} is one of ${words.join(', ')}${numbers}`,
    valueAt,
    reading.nearest(word, words),
  )
}

const numberLeaf = (
  field: NumberField,
  token: LeafToken,
  read: (token: LeafToken) => number,
): Leaf => {
  const { operator } = token
  if (operator === '~') throw new FilterFault('~ compares texts, here stands a number', token)
  const comparator = operator === '' ? '=' : (operator as Comparator)
  return { kind: 'number', field, comparator, value: read(token) }
}

const wholeNumberOf = ({ value, valueAt }: LeafToken): number => {
  const number = /^#?\d{1,15}$/.test(value) ? Number(value.replace('#', '')) : Number.NaN
  if (Number.isNaN(number)) throw new FilterFault('expected a whole number', valueAt)
  return number
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}
const DURATION = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d|w)?$/

const durationOf = ({ value, valueAt }: LeafToken): number => {
  const [, number, unit = 'ms'] = DURATION.exec(value) ?? []
  if (number === undefined)
    throw new FilterFault('expected a time such as 200ms, 2s or 5m', valueAt)
  return Number(number) * (UNITS[unit] ?? 1)
}

/** Date, or date and time; without a zone it is UTC, as everything in the record is. */
const DATE = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/i

const momentOf = (token: LeafToken, key: FilterKey): Moment => {
  const { value, operator, valueAt } = token
  if (operator !== '') throw new FilterFault(`${key.name} takes no ${operator}`, token)
  const [, number, unit] = DURATION.exec(value) ?? []
  if (number !== undefined && unit !== undefined)
    return { ago: Number(number) * (UNITS[unit] ?? 1) }
  const [written, zone] = DATE.exec(value) ?? []
  const dateOnly = value.length === 10
  const at =
    written === undefined
      ? Number.NaN
      : Date.parse(dateOnly || zone !== undefined ? written : `${written}Z`)
  if (!Number.isNaN(at)) return { at }
  throw new FilterFault('expected a time ago such as 15m, 2h or 7d, or a date', valueAt)
}

/** The test in full words, as `formatTree` prints it. */
const sourceOf = (named: Named | undefined, token: LeafToken): string => {
  const key = named === undefined ? '' : `${[named.key.name, ...named.path].join('.')}:`
  return `${key}${token.operator}${valueText(token)}`
}

const valueText = ({ value, form, key, operator }: LeafToken): string => {
  if (form === 'pattern') return `/${value.replaceAll('/', '\\/')}/i`
  const plain =
    /^[^\s|()"/~!-][^\s|()"]*$/.test(value) && (key !== undefined || !value.includes(':'))
  // A quoted star is a star; an operator at the start of a bare value would be read as one.
  const bare = form === 'bare' || !value.includes('*')
  const safe = key === undefined || operator !== '' || !/^[<>=]/.test(value)
  if (plain && bare && safe) return value
  return form === 'bare' && value.includes('*') && operator === ''
    ? value
    : `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
