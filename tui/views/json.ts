import { numberText } from '../../src/client.ts'
import { isObject } from '../../src/core/json-rpc.ts'
import { type Line, line, type Piece } from '../line.ts'
import { wrap } from '../text.ts'

/** Lines that a value may take; more is for `y j`. */
const MOST = 2000
const DEEPEST = 20

/** A JSON value as an indented text. */
export const jsonLines = (value: unknown, columns: number): readonly Line[] => {
  const lines: Line[] = []
  write(value, [], 1, columns, lines)
  return lines
}

const write = (
  value: unknown,
  before: readonly Piece[],
  indent: number,
  columns: number,
  lines: Line[],
): void => {
  if (lines.length >= MOST) return
  const entries = entriesOf(value)
  if (entries === undefined || entries.length === 0 || indent > DEEPEST) {
    lines.push(...scalarLines(value, before, indent, columns))
    return
  }
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  const pad = '  '.repeat(indent)
  lines.push(line(pad, ...before, [open, 'dim']))
  for (const [key, inner] of entries) {
    const name: readonly Piece[] =
      key === undefined
        ? []
        : [
            [key, 'id'],
            [': ', 'dim'],
          ]
    write(inner, name, indent + 1, columns, lines)
  }
  lines.push(line(pad, [close, 'dim']))
}

const entriesOf = (
  value: unknown,
): readonly (readonly [key: string | undefined, value: unknown])[] | undefined => {
  if (numberText(value) !== undefined) return undefined
  if (Array.isArray(value)) return value.map((inner) => [undefined, inner] as const)
  return isObject(value) ? Object.entries(value) : undefined
}

const scalarLines = (
  value: unknown,
  before: readonly Piece[],
  indent: number,
  columns: number,
): readonly Line[] => {
  const pad = '  '.repeat(indent)
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')
  const [first = '', ...more] = text
    .slice(0, MOST * 80)
    .split('\n')
    .flatMap((part) => wrap(part, Math.max(10, columns - pad.length - 12)))
  const tone = typeof value === 'string' ? 'plain' : 'strong'
  return [
    line(pad, ...before, [first, tone]),
    ...more.slice(0, MOST).map((part) => line(`${pad}  `, [part, tone])),
  ]
}
