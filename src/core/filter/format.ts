import type { FilterTree } from './tree.ts'

/** A filter in full words, with no more parentheses than it needs; reads back as the same filter. */
export const formatTree = (tree: FilterTree): string => {
  switch (tree.kind) {
    case 'and':
      return tree.parts.map((part) => grouped(part, ['or'])).join(' ')
    case 'or':
      return tree.parts.map((part) => formatTree(part)).join(' | ')
    case 'not':
      return `-${grouped(tree.part, ['and', 'or'])}`
    default:
      return tree.source
  }
}

const grouped = (part: FilterTree, kinds: readonly FilterTree['kind'][]): string =>
  kinds.includes(part.kind) ? `(${formatTree(part)})` : formatTree(part)
