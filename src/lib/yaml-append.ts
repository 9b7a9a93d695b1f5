import { isMap, isSeq, type Node, type YAMLSeq } from 'yaml'
import {
  checked,
  lineBreak,
  readDocument,
  setInYaml,
  splice,
  spliceLines,
  YamlEditFault,
} from './yaml-edit.ts'
import {
  blockEnd,
  columnOf,
  endOf,
  findEntry,
  lineEnd,
  lineStart,
  startOf,
  tokenEnd,
} from './yaml-place.ts'
import { YAML_STEP, yamlText } from './yaml-text.ts'

/**
 * Adds one entry behind the last of a list of the outermost mapping, and leaves every other byte as it
 * is. The list is made where there is none.
 *
 * @throws YamlEditFault for a text that is not one YAML document, or a list that cannot be added to
 */
export const appendInYaml = (text: string, key: string, value: unknown): string => {
  const { root, value: before } = readDocument(text)
  const entry = isMap(root) ? findEntry(root, key) : undefined
  if (!isMap(root) || entry === undefined || !isSeq(entry.value)) {
    const held = membersOf(before)[key] ?? []
    if (Array.isArray(held) && held.length === 0) return setInYaml(text, [key], [value])
    throw new YamlEditFault(`${key}: is not a list`)
  }
  const list = entry.value as YAMLSeq<Node>
  const [last] = list.items.slice(-1)
  const wanted = { ...membersOf(before), [key]: [...list.toJSON(), value] }
  const added = (): string => {
    if (last !== undefined && list.flow) return behind(text, last, value)
    if (last !== undefined) return below(text, list, last, value)
    if (root.flow) return splice(text, startOf(list), endOf(list), JSON.stringify([value]))
    return instead(text, list, columnOf(text, entry) + YAML_STEP, value)
  }
  return checked(added(), wanted)
}

const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

const behind = (text: string, last: Node, value: unknown): string => {
  const at = last.range?.[1] ?? endOf(last)
  return splice(text, at, at, `, ${JSON.stringify(value)}`)
}

/** In place of `[]`: on the lines below, so that a comment beside it stays. */
const instead = (text: string, list: Node, column: number, value: unknown): string => {
  const from = text.slice(0, startOf(list)).trimEnd().length
  const bare = splice(text, from, endOf(list), '')
  const at = lineEnd(bare, from)
  return spliceLines(bare, at, at, lines(text, column, value))
}

const below = (text: string, list: YAMLSeq<Node>, last: Node, value: unknown): string => {
  const dash = text.lastIndexOf('-', startOf(last) - 1)
  const column = dash - lineStart(text, dash)
  const at = blockEnd(text, tokenEnd(last), column)
  const apart = isApart(text, list) ? lineBreak(text) : ''
  return spliceLines(text, at, at, apart + lines(text, column, value))
}

/** Whether the last entry stands apart from the one before it by an empty line. */
const isApart = (text: string, list: YAMLSeq<Node>): boolean => {
  const [before, last] = list.items.slice(-2)
  if (before === undefined || last === undefined) return false
  return /\n[ \t]*\r?\n/.test(text.slice(tokenEnd(before) - 1, startOf(last)))
}

const lines = (text: string, column: number, value: unknown): string =>
  yamlText([value])
    .replace(/^(?=.)/gm, ' '.repeat(column))
    .replaceAll('\n', lineBreak(text))
