import { join } from 'node:path'
import { readConfigFile } from './config-file.ts'
import { SettingsFault } from './settings-fault.ts'

/** The variables of a `.env` file with the line on which each was set last. */
export type Dotenv = ReadonlyMap<string, Readonly<{ value: string; line: number }>>

/** The `.env` of a configuration directory; empty when there is none. @throws SettingsFault */
export const readDotenv = (directory: string): Dotenv =>
  parseDotenv(readConfigFile(join(directory, '.env'), '.env') ?? '')

/**
 * Parses `.env` text. Values are literal: nothing is expanded.
 *
 * - `NAME=value`, with or without `export`; any name is accepted, known or not.
 * - Unquoted: up to the end of the line or to ` #`; a `#` without a blank before it is data.
 * - `'…'`: everything as it stands. `"…"`: `\n`, `\r`, `\t`, `\"` and `\\` are escapes. Both may span lines.
 * - A name set twice has its last value.
 *
 * @throws SettingsFault naming the line; never the text of the line, which may be a secret
 */
export const parseDotenv = (text: string): Dotenv => {
  const source = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  const entries = new Map<string, { value: string; line: number }>()
  let at = 0
  let line = 1
  while (at < source.length) {
    const { name, value, end } = readLine(source, at, line)
    if (name !== undefined) entries.set(name, { value, line })
    line += newlines(source, at, end)
    at = end
  }
  return entries
}

type Line = Readonly<{ name: string | undefined; value: string; end: number }>

const REST_IS_EMPTY = /[ \t]*(?:#[^\n]*)?(?:\n|$)/y
const ASSIGNMENT = /[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=/y
const OPENING_QUOTE = /[ \t]*(["'])/y
const UNTIL_QUOTE = { "'": /([^']*)'/y, '"': /((?:[^"\\]|\\[\s\S])*)"/y } as const
const UNQUOTED = /([^\n]*)(?:\n|$)/y
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['"', '"'],
  ['\\', '\\'],
])

const readLine = (source: string, at: number, line: number): Line => {
  const blank = match(REST_IS_EMPTY, source, at)
  if (blank) return { name: undefined, value: '', end: blank.end }
  const assignment = match(ASSIGNMENT, source, at)
  if (!assignment) throw new SettingsFault(`.env:${line}: expected NAME=value`)
  const name = assignment.text
  const opening = match(OPENING_QUOTE, source, assignment.end)
  if (opening) return { name, ...quoted(source, opening.end, opening.text as '"' | "'", line) }
  const rest = match(UNQUOTED, source, assignment.end)
  return { name, value: withoutComment(rest?.text ?? ''), end: rest?.end ?? source.length }
}

const quoted = (source: string, at: number, quote: '"' | "'", line: number) => {
  const inner = match(UNTIL_QUOTE[quote], source, at)
  if (!inner) throw new SettingsFault(`.env:${line}: the quote ${quote} is never closed`)
  const rest = match(REST_IS_EMPTY, source, inner.end)
  if (!rest) {
    const last = line + newlines(source, at, inner.end)
    throw new SettingsFault(`.env:${last}: expected nothing but a comment after the closing quote`)
  }
  return { value: quote === '"' ? unescaped(inner.text) : inner.text, end: rest.end }
}

const withoutComment = (text: string): string => text.replace(/[ \t]#.*$/, '').trim()

const unescaped = (text: string): string =>
  text.replace(/\\([\s\S])/g, (whole, letter: string) => ESCAPES.get(letter) ?? whole)

const match = (pattern: RegExp, source: string, at: number) => {
  pattern.lastIndex = at
  const found = pattern.exec(source)
  return found && { text: found[1] ?? '', end: pattern.lastIndex }
}

const newlines = (source: string, start: number, end: number): number =>
  source.slice(start, end).split('\n').length - 1
