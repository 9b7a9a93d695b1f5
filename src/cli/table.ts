import { printable } from '../core/printable.ts'
import { type Paint, plain, type Tone } from './colour.ts'

export type Column<Row> = Readonly<{
  title: string
  value: (row: Row) => string
  tone?: (row: Row) => Tone | undefined
  align?: 'right'
}>

const GUTTER = '  '
/** What is left of a text column, however narrow the terminal. */
const LEAST = 8

const pad = (text: string, width: number, right: boolean) => {
  const space = ' '.repeat(Math.max(0, width - Bun.stringWidth(text)))
  return right ? space + text : text + space
}

const cut = (text: string, width: number): string => {
  if (Bun.stringWidth(text) <= width) return text
  let kept = ''
  for (const character of text) {
    if (Bun.stringWidth(kept + character) > width - 1) break
    kept += character
  }
  return `${kept}…`
}

/**
 * Lines of a table without borders: two spaces between columns, the last column cut to the terminal's
 * width. Everything shown is made harmless first.
 */
export const tableText = <Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { width, paint = plain }: Readonly<{ width?: number | undefined; paint?: Paint }> = {},
): string => {
  const cells = rows.map((row) => columns.map((column) => printable(column.value(row))))
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((line) => Bun.stringWidth(line[index] ?? ''))),
  )
  const last = columns.length - 1
  if (width !== undefined) {
    const before = widths.slice(0, last).reduce((sum, each) => sum + each + GUTTER.length, 0)
    widths[last] = Math.max(LEAST, width - before)
  }
  const line = (texts: readonly string[], tones: readonly (Tone | undefined)[]) =>
    texts
      .map((text, index) => {
        const room = widths[index] ?? 0
        const right = columns[index]?.align === 'right'
        const shown = index === last && !right ? cut(text, room) : pad(cut(text, room), room, right)
        const tone = tones[index]
        return tone === undefined ? shown : paint(tone, shown)
      })
      .join(GUTTER)
      .trimEnd()
  const lines = [
    line(
      columns.map(({ title }) => title),
      columns.map(() => 'strong'),
    ),
    ...rows.map((row, index) =>
      line(
        cells[index] ?? [],
        columns.map((column) => column.tone?.(row)),
      ),
    ),
  ]
  return `${lines.join('\n')}\n`
}
