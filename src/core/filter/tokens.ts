import { ALIASES } from './keys.ts'
import { FilterFault } from './tree.ts'

type Place = Readonly<{ at: number; length: number }>

/** One test as written: `key:op value`, or without a key a word, a phrase or a regular expression. */
export type LeafToken = Place &
  Readonly<{
    kind: 'leaf'
    key: string | undefined
    operator: string
    value: string
    /** Where the value stands, for faults in it. */
    valueAt: Place
    form: 'bare' | 'quoted' | 'pattern'
  }>

export type Token =
  | (Place & Readonly<{ kind: 'or' | 'not' | 'open' | 'close'; text: string }>)
  | LeafToken

const SIGNS: Readonly<Record<string, 'or' | 'open' | 'close'>> = {
  '|': 'or',
  '(': 'open',
  ')': 'close',
}
const SPACE = /\s/
/** A key stands at the start of a token, before a colon; `param.` may be followed by nearly anything. */
const KEY = /^([a-z][\w-]*(?:\.[^\s:"|()]+)?):/i
const OPERATOR = /^(?:>=|<=|>|<|=|~)/
const BARE = /^[^\s|)]+/

/** The tokens of a filter, each with its place. @throws FilterFault */
export const tokensOf = (text: string): readonly Token[] => {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const character = text[at] ?? ''
    if (SPACE.test(character)) {
      at++
      continue
    }
    const token = signAt(text, at) ?? leafAt(text, at)
    tokens.push(token)
    at += token.length
  }
  return tokens
}

const signAt = (text: string, at: number): Token | undefined => {
  const character = text[at] ?? ''
  const sign = SIGNS[character]
  if (sign !== undefined) return { kind: sign, at, length: 1, text: character }
  // A dash alone, or before a blank, is a word like any other.
  const negates = /^[-!](?=[^\s|)])/.test(text.slice(at, at + 2))
  return negates ? { kind: 'not', at, length: 1, text: character } : undefined
}

const leafAt = (text: string, at: number): LeafToken => {
  const alias = ALIASES[/^~[a-z](?=[\s|)]|$)/i.exec(text.slice(at))?.[0].toLowerCase() ?? '']
  if (alias !== undefined) return { ...leafAt(alias, 0), at, length: 2 }
  const rest = text.slice(at)
  const key = KEY.exec(rest)?.[1]
  const afterKey = key === undefined ? 0 : key.length + 1
  const operator = key === undefined ? '' : (OPERATOR.exec(rest.slice(afterKey))?.[0] ?? '')
  const start = at + afterKey + operator.length
  const { value, length, form } = valueAt(text, start, operator === '' || operator === '~')
  return {
    kind: 'leaf',
    at,
    length: afterKey + operator.length + length,
    key,
    operator,
    value,
    valueAt: { at: start, length: Math.max(1, length) },
    form,
  }
}

type Value = Readonly<{ value: string; length: number; form: LeafToken['form'] }>

const QUOTED = /^"((?:[^"\\]|\\[\s\S])*)"/
// A path such as /etc/passwd is a word; what ends in a slash (or /i) is a regular expression.
const PATTERN = /^\/((?:[^/\\\n]|\\.)+)\/i?(?=[\s|)]|$)/i

const valueAt = (text: string, at: number, mayBePattern: boolean): Value => {
  const rest = text.slice(at)
  if (rest.startsWith('"')) {
    const [whole, inner = ''] = QUOTED.exec(rest) ?? []
    if (whole === undefined) {
      throw new FilterFault('this quote is never closed', { at, length: rest.length })
    }
    return { value: inner.replace(/\\(["\\])/g, '$1'), length: whole.length, form: 'quoted' }
  }
  const [whole, inner = ''] = (mayBePattern && PATTERN.exec(rest)) || []
  if (whole !== undefined) {
    const value = inner.replace(/\\([\s\S])/g, (pair, next) => (next === '/' ? '/' : pair))
    return { value, length: whole.length, form: 'pattern' }
  }
  const value = BARE.exec(rest)?.[0] ?? ''
  return { value, length: value.length, form: 'bare' }
}
