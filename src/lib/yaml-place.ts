import { isAlias, isCollection, isPair, isScalar, type Node, type Pair, type YAMLMap } from 'yaml'

/** One key of a mapping with its value. */
export type Entry = Pair<Node, Node | null>

export const entriesOf = (map: YAMLMap): readonly Entry[] => map.items as Entry[]

export const findEntry = (map: YAMLMap, key: string): Entry | undefined =>
  entriesOf(map).find((entry) => isScalar(entry.key) && entry.key.value === key)

export const startOf = (node: Node | null): number => node?.range?.[0] ?? 0
export const endOf = (node: Node | null): number => node?.range?.[1] ?? 0

/** Where the last character of a node stands that is neither white space nor comment. */
export const tokenEnd = (node: Node | Entry | null): number => {
  if (isPair(node)) {
    const { key, value } = node as Entry
    return value === null || isEmptyText(value) ? endOf(key) + 1 : tokenEnd(value)
  }
  const last = isCollection(node) && !node.flow ? node.items.at(-1) : undefined
  return last === undefined ? endOf(node) : tokenEnd(last as Node | Entry)
}

const isEmptyText = (node: Node): boolean => !isAlias(node) && startOf(node) === endOf(node)

/** The beginning of the line after an entry, with the comments that are indented into it. */
export const entryEnd = (text: string, entry: Entry): number =>
  blockEnd(text, tokenEnd(entry), columnOf(text, entry))

/** The same for what ends at `from` and belongs to a key or a dash in `column`. */
export const blockEnd = (text: string, from: number, column: number): number => {
  const comment = /(?:[ \t]*\r?\n)*( *)#[^\n]*(?:\n|$)/y
  let end = lineEnd(text, from)
  for (;;) {
    comment.lastIndex = end
    const found = comment.exec(text)
    if (found === null || (found[1] ?? '').length <= column) return end
    end = comment.lastIndex
  }
}

export const columnOf = (text: string, { key }: Entry): number =>
  startOf(key) - lineStart(text, startOf(key))

export const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1

/** The beginning of the next line; a block scalar ends there already. */
export const lineEnd = (text: string, at: number): number => {
  if (text[at - 1] === '\n') return at
  const found = text.indexOf('\n', at)
  return found === -1 ? text.length : found + 1
}
