import { numberText } from '../src/client.ts'
import { isObject } from '../src/core/json-rpc.ts'
import { type Line, line, type Piece } from './line.ts'
import { wrapWhole } from './text.ts'

/** One line of a tree; `node` is what can be folded there. */
export type TreeLine = Readonly<{ line: Line; node: string | undefined }>

/** Lines that a tree may take; more is for `y j`. */
const MOST = 5_000
const DEEPEST = 40
/** Characters of one text. */
const LONGEST = 100_000

type Drawing = Readonly<{ columns: number; folded: ReadonlySet<string>; lines: TreeLine[] }>

/**
 * A JSON value as an indented text, of which objects and lists can be folded.
 *
 * @param root the name of the whole, before the names of what is inside
 * @param folded the nodes that are closed
 */
export const treeLines = (
  value: unknown,
  root: string,
  columns: number,
  folded: ReadonlySet<string>,
): readonly TreeLine[] => {
  const lines: TreeLine[] = []
  write(value, [], root, 1, { columns, folded, lines })
  return lines
}

const write = (
  value: unknown,
  before: readonly Piece[],
  node: string,
  indent: number,
  drawing: Drawing,
): void => {
  const { folded, lines } = drawing
  if (lines.length >= MOST) return
  const entries = entriesOf(value)
  if (entries === undefined || entries.length === 0 || indent > DEEPEST) {
    writeLeaf(value, before, indent, drawing)
    return
  }
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  const pad = '  '.repeat(indent)
  if (folded.has(node)) {
    const inside = `${open} ${entries.length} ${close}`
    lines.push({ line: line(pad, ...before, [inside, 'warn']), node })
    return
  }
  lines.push({ line: line(pad, ...before, [open, 'dim']), node })
  for (const [key, inner] of entries) {
    const name: readonly Piece[] = isObject(value)
      ? [
          [key, 'id'],
          [': ', 'dim'],
        ]
      : []
    write(inner, name, `${node}/${key}`, indent + 1, drawing)
  }
  lines.push({ line: line(pad, [close, 'dim']), node: undefined })
}

const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] | undefined => {
  if (numberText(value) !== undefined) return undefined
  if (Array.isArray(value)) return value.map((inner: unknown, at) => [String(at), inner])
  return isObject(value) ? Object.entries(value) : undefined
}

const writeLeaf = (
  value: unknown,
  before: readonly Piece[],
  indent: number,
  { columns, lines }: Drawing,
): void => {
  const pad = '  '.repeat(Math.min(indent, 20))
  const whole = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')
  const text = whole.slice(0, LONGEST)
  const room = Math.max(10, columns - pad.length - 14)
  const [first = '', ...more] = wrapWhole(text, room)
  const tone = typeof value === 'string' ? 'plain' : 'strong'
  lines.push({ line: line(pad, ...before, [first, tone]), node: undefined })
  for (const part of more.slice(0, MOST - lines.length)) {
    lines.push({ line: line(`${pad}  `, [part, tone]), node: undefined })
  }
  if (whole.length > LONGEST) {
    const rest = `… ${whole.length - LONGEST} more characters are not shown`
    lines.push({ line: line(`${pad}  `, [rest, 'warn']), node: undefined })
  }
}
