/** One place on the screen: a sign ('' behind a wide one), and the numbers of its look. */
export type Cell = Readonly<{ sign: string; look: string }>

/** As much of a terminal as the screen uses: text, looks, cursor, erasing, the other screen. */
export const createEmulator = (wide: number, high: number) => {
  let columns = wide
  let rows = high
  let cells = blank(columns, rows)
  let other = blank(columns, rows)
  let [x, y] = [0, 0]
  let rest = ''
  let look = ''

  const eraseLine = (from: number, to: number) => {
    for (let at = from; at < to; at++) put(cells, y, at, BLANK)
  }
  const newLine = () => {
    y++
    if (y < rows) return
    y = rows - 1
    cells = [...cells.slice(1), blankRow(columns)]
  }
  const switchTo = (alternate: boolean) => {
    if (!alternate) cells = other
    else {
      other = cells
      cells = blank(columns, rows)
      ;[x, y] = [0, 0]
    }
  }
  const go = (toX: number, toY: number) => {
    x = Math.min(columns - 1, Math.max(0, toX))
    y = Math.min(rows - 1, Math.max(0, toY))
  }
  const eraseScreen = (what: number) => {
    if (what === 0) eraseLine(x, columns)
    for (let at = what === 0 ? y + 1 : 0; at < rows; at++) cells[at] = blankRow(columns)
  }
  const control = new Map<string, (numbers: readonly number[], mode: string) => void>([
    ['A', ([by = 1]) => go(x, y - Math.max(1, by))],
    ['B', ([by = 1]) => go(x, y + Math.max(1, by))],
    ['C', ([by = 1]) => go(x + Math.max(1, by), y)],
    ['D', ([by = 1]) => go(x - Math.max(1, by), y)],
    ['E', ([by = 1]) => go(0, y + Math.max(1, by))],
    ['G', ([to = 1]) => go(to - 1, y)],
    ['H', ([row = 1, column = 1]) => go(column - 1, row - 1)],
    ['K', ([what = 0]) => eraseLine(what === 0 ? x : 0, what === 1 ? x + 1 : columns)],
    ['J', ([what = 0]) => eraseScreen(what)],
    ['h', ([mode], sign) => sign === '?' && mode === 1049 && switchTo(true)],
    ['l', ([mode], sign) => sign === '?' && mode === 1049 && switchTo(false)],
  ])
  const character = (sign: string) => {
    if (sign === '\r') x = 0
    else if (sign === '\n') newLine()
    else if (sign === '\b') x = Math.max(0, x - 1)
    else if (sign >= ' ') {
      const width = Math.max(1, Bun.stringWidth(sign))
      if (x + width > columns) {
        x = 0
        newLine()
      }
      put(cells, y, x, { sign, look })
      for (let at = 1; at < width; at++) put(cells, y, x + at, { sign: '', look })
      x += width
    }
  }
  return {
    text: () =>
      cells
        .map((row) =>
          row
            .map(({ sign }) => sign)
            .join('')
            .trimEnd(),
        )
        .join('\n'),
    cells: (): readonly (readonly Cell[])[] => cells,
    resize: (toColumns: number, toRows: number) => {
      columns = toColumns
      rows = toRows
      cells = blank(columns, rows)
      other = blank(columns, rows)
      ;[x, y] = [0, 0]
    },
    write: (text: string) => {
      const all = rest + text
      const token =
        /\u001b\[([?>=]?)([\d;]*)[ -/]*([@-~])|\u001b\][^\u0007]*\u0007|\u001b[=>78]|([^\u001b])/gu
      let end = 0
      for (const match of all.matchAll(token)) {
        if (match.index !== end) break
        end = match.index + match[0].length
        const [, sign = '', numbers = '', final, plain] = match
        if (plain !== undefined) character(plain)
        else if (final !== undefined) {
          const given = numbers === '' ? [] : numbers.split(';').map(Number)
          if (final === 'm') look = withLook(look, numbers)
          else control.get(final)?.(given, sign)
        }
      }
      rest = all.slice(end)
    },
  }
}

/** A look after more of it was said: nothing and 0 begin anew. */
const withLook = (look: string, said: string): string => {
  const [first = '', ...rest] = said.split(';')
  if (first !== '' && first !== '0') return look === '' ? said : `${look};${said}`
  return rest.join(';')
}

const BLANK: Cell = { sign: ' ', look: '' }

const blankRow = (columns: number): Cell[] => Array.from({ length: columns }, () => BLANK)
const blank = (columns: number, rows: number): Cell[][] =>
  Array.from({ length: rows }, () => blankRow(columns))

const put = (cells: Cell[][], y: number, x: number, cell: Cell) => {
  const row = cells[y]
  if (row !== undefined && x < row.length) row[x] = cell
}
