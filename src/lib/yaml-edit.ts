import { isDeepStrictEqual } from 'node:util'
import { isMap, isScalar, type Node, parseDocument, type YAMLMap } from 'yaml'
import {
  columnOf,
  type Entry,
  endOf,
  entriesOf,
  entryEnd,
  findEntry,
  lineEnd,
  lineStart,
  startOf,
  tokenEnd,
} from './yaml-place.ts'
import { YAML_STEP, yamlText } from './yaml-text.ts'

/** A YAML text that cannot be edited without changing more than was asked. */
export class YamlEditFault extends Error {
  override readonly name = 'YamlEditFault'
}

/** Keys from the outermost mapping inwards. */
export type KeyPath = readonly [string, ...string[]]

/**
 * Sets one value and leaves every other byte as it is: comments, order, quotes, indentation, line ends.
 * Mappings on the way are made; a value that is there already in other words is not rewritten.
 *
 * @throws YamlEditFault for a text that is not one YAML document, or a place behind an alias
 */
export const setInYaml = (text: string, path: KeyPath, value: unknown): string => {
  const { root, value: before } = readDocument(text)
  if (isDeepStrictEqual(valueAt(before, path), value)) return text
  return checked(put(text, root, path, value), withValue(before, path, value))
}

/**
 * Removes one key with its value and the comments inside it. Comments beside it stay: they may be about
 * more than this key.
 *
 * @throws YamlEditFault
 */
export const removeFromYaml = (text: string, path: KeyPath): string => {
  const { root, value: before } = readDocument(text)
  if (valueAt(before, path) === undefined) return text
  return checked(cut(text, root, path), withoutKey(before, path))
}

/** @throws YamlEditFault for a text that is not one YAML document */
export const readDocument = (text: string): Readonly<{ root: Node | null; value: unknown }> => {
  const document = parseDocument<Node>(text, {
    version: '1.2',
    schema: 'core',
    stringKeys: true,
    prettyErrors: false,
  })
  const [fault] = [...document.errors, ...document.warnings]
  if (fault !== undefined) throw new YamlEditFault(fault.message)
  try {
    return { root: document.contents, value: document.toJS({ maxAliasCount: 100 }) }
  } catch (cause) {
    throw new YamlEditFault('an alias leads nowhere', { cause })
  }
}

/** The net under the edit: the text must read as the value before with exactly this one change. */
export const checked = (text: string, expected: unknown): string => {
  if (isDeepStrictEqual(readDocument(text).value ?? {}, expected ?? {})) return text
  throw new YamlEditFault('this place cannot be edited without touching others')
}

const put = (text: string, node: Node | null, path: KeyPath, value: unknown): string => {
  const [key, next, ...rest] = path
  const whole = next === undefined ? value : nested([next, ...rest], value)
  if (isEmpty(node)) {
    return spliceLines(text, ...emptyPlace(text, node), lines(text, 0, { [key]: whole }))
  }
  if (!isMap(node)) throw new YamlEditFault(`${key}: is not in a mapping`)
  const entry = findEntry(node, key)
  if (entry === undefined) return insert(text, node, key, whole)
  if (next !== undefined && !isEmpty(entry.value)) {
    return put(text, entry.value, [next, ...rest], value)
  }
  return replace(text, node, entry, { [key]: whole })
}

const cut = (text: string, node: Node | null, path: KeyPath): string => {
  const [key, next, ...rest] = path
  const entry = isMap(node) ? findEntry(node, key) : undefined
  if (!isMap(node) || entry === undefined) throw new YamlEditFault(`${key}: is behind an alias`)
  if (next !== undefined) return cut(text, entry.value, [next, ...rest])
  if (node.flow) return cutFromFlow(text, node, entry)
  const start = lineStart(text, startOf(entry.key))
  const above = /(?:^|\n)((?:[ \t]*\r?\n)+)$/.exec(text.slice(0, start))?.[1]?.length ?? 0
  return splice(text, start - above, entryEnd(text, entry), '')
}

const cutFromFlow = (text: string, map: YAMLMap, entry: Entry): string => {
  const entries = entriesOf(map)
  const index = entries.indexOf(entry)
  const [before, after] = [entries[index - 1], entries[index + 1]]
  if (after !== undefined) return splice(text, startOf(entry.key), startOf(after.key), '')
  if (before !== undefined) return splice(text, tokenEnd(before), tokenEnd(entry), '')
  return splice(text, startOf(map), endOf(map), 'null')
}

const insert = (text: string, map: YAMLMap, key: string, value: unknown): string => {
  const entries = entriesOf(map)
  const last = entries.at(-1)
  if (last === undefined) {
    const start = startOf(map) + 1
    return splice(text, start, start, `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
  }
  if (map.flow) {
    const shown = text[startOf(last.key)] === '"' ? JSON.stringify(key) : inline(key)
    const end = tokenEnd(last)
    return splice(text, end, end, `, ${shown}: ${JSON.stringify(value)}`)
  }
  const at = entryEnd(text, last)
  const column = columnOf(text, last)
  const apart = isApart(text, entries) ? lineBreak(text) : ''
  return spliceLines(text, at, at, apart + lines(text, column, { [key]: value }))
}

/** Whether the last entry stands apart from the one before it by an empty line. */
const isApart = (text: string, entries: readonly Entry[]): boolean => {
  const [before, last] = entries.slice(-2)
  if (before === undefined || last === undefined) return false
  return /\n[ \t]*\r?\n/.test(text.slice(tokenEnd(before) - 1, startOf(last.key)))
}

const replace = (
  text: string,
  map: YAMLMap,
  entry: Entry,
  pair: Readonly<Record<string, unknown>>,
): string => {
  const old = entry.value
  const [value] = Object.values(pair)
  if (map.flow) return splice(text, startOf(old), endOf(old), JSON.stringify(value))
  const column = columnOf(text, entry)
  if (isEmpty(old) && isBlock(value)) {
    const isWritten = startOf(old) < endOf(old)
    const from = isWritten ? text.slice(0, startOf(old)).trimEnd().length : endOf(old)
    const bare = splice(text, from, endOf(old), '')
    const at = lineEnd(bare, from)
    return spliceLines(bare, at, at, lines(text, column + YAML_STEP, value))
  }
  if (isScalar(old) && !isBlock(value)) return replaceScalar(text, old, value)
  const start = lineStart(text, startOf(entry.key))
  return splice(text, start, entryEnd(text, entry), lines(text, column, pair))
}

const replaceScalar = (text: string, old: Node, value: unknown): string => {
  const [start, end] = [startOf(old), endOf(old)]
  const blank = text[start - 1] === ':' ? ' ' : ''
  // A block scalar ends with its line.
  const rest = text.slice(start, end).endsWith('\n') ? lineBreak(text) : ''
  return splice(text, start, end, blank + inline(value) + rest)
}

/** A mapping as lines at a column, with line ends as the text has them. */
const lines = (text: string, column: number, value: unknown): string =>
  yamlText(value)
    .replace(/^(?=.)/gm, ' '.repeat(column))
    .replaceAll('\n', lineBreak(text))

const inline = (value: unknown): string => {
  const text = yamlText(value).trimEnd()
  return text.includes('\n') ? JSON.stringify(value) : text
}

const isBlock = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0

/** Nothing, `null`, `~` or `{}`: a place where a mapping may begin. */
const isEmpty = (node: Node | null): boolean => {
  if (node === null) return true
  if (isScalar(node)) return node.value === null
  return isMap(node) && node.items.length === 0 && !node.comment && !node.commentBefore
}

/** Where a document without a value begins: at the end of its comments. */
const emptyPlace = (text: string, node: Node | null): [start: number, end: number] =>
  node === null || startOf(node) === endOf(node)
    ? [text.length, text.length]
    : [startOf(node), endOf(node)]

/** The line end that the text uses. */
export const lineBreak = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n')

/** The text with a stretch of it replaced. */
export const splice = (text: string, start: number, end: number, piece: string): string =>
  text.slice(0, start) + piece + text.slice(end)

/** Puts whole lines in the place of others; behind a line without an end they begin a new one. */
export const spliceLines = (text: string, start: number, end: number, piece: string): string => {
  const unfinished = start > 0 && !/[\n\uFEFF]/.test(text[start - 1] ?? '')
  return splice(text, start, end, (unfinished ? lineBreak(text) : '') + piece)
}

const nested = ([key, next, ...rest]: KeyPath, value: unknown): unknown => ({
  [key]: next === undefined ? value : nested([next, ...rest], value),
})

const asObject = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

const valueAt = (value: unknown, [key, next, ...rest]: KeyPath): unknown => {
  const inner = Object.hasOwn(asObject(value), key) ? asObject(value)[key] : undefined
  return next === undefined ? inner : valueAt(inner, [next, ...rest])
}

const withValue = (value: unknown, [key, next, ...rest]: KeyPath, wanted: unknown): unknown => ({
  ...asObject(value),
  [key]: next === undefined ? wanted : withValue(asObject(value)[key], [next, ...rest], wanted),
})

const withoutKey = (value: unknown, [key, next, ...rest]: KeyPath): unknown => {
  const { [key]: inner, ...others } = asObject(value)
  if (next !== undefined) return { ...others, [key]: withoutKey(inner, [next, ...rest]) }
  return Object.keys(others).length === 0 ? null : others
}
