/** One place on the screen: a sign ('' behind a wide one), and the numbers of its look. */
export type Cell = Readonly<{ sign: string; look: string }>

/**
 * How terminals count columns: `libc` as xterm and VTE do, sign by sign, with marks that stand beside
 * their letter; `clusters` as those do that put every mark onto its letter.
 */
export type Measure = 'libc' | 'clusters'

const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff\ud7b0-\ud7ff]/u
const widthOf = (sign: string, measure: Measure): number => {
  if (NO_WIDTH.test(sign)) return 0
  if (/\p{Mc}/u.test(sign)) return measure === 'libc' ? 1 : 0
  return Math.max(1, Bun.stringWidth(sign))
}

/** What no text may hold when it reaches a terminal: controls, bidirectional and invisible marks. */
const FOREIGN =
  /[\u0000-\u0007\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/u
/** What sequences may do besides those below: modes of the keyboard and of pasting, whole frames. */
const MODES = /^\?(?:1049|25|2004|2026|7|1004)[hl]$|^[?>=<]?\d*u$/

/** As much of a terminal as the screen uses: text, looks, cursor, erasing, the other screen. */
export const createEmulator = (wide: number, high: number, measure: Measure = 'libc') => {
  let columns = wide
  let rows = high
  let cells = blank(columns, rows)
  let other = blank(columns, rows)
  let [x, y] = [0, 0]
  let rest = ''
  let look = ''
  let breaksLines = true
  const faults: string[] = []

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
    ['h', ([mode], sign) => setMode(sign, mode, true)],
    ['l', ([mode], sign) => setMode(sign, mode, false)],
  ])
  const setMode = (sign: string, mode: number | undefined, on: boolean) => {
    if (sign === '?' && mode === 1049) switchTo(on)
    if (sign === '?' && mode === 7) breaksLines = on
  }
  const character = (sign: string) => {
    if (sign === '\r') x = 0
    else if (sign === '\n') newLine()
    else if (sign === '\b') x = Math.max(0, x - 1)
    else if (sign === '\t') x = Math.min(columns - 1, (Math.floor(x / 8) + 1) * 8)
    else if (FOREIGN.test(sign)) faults.push(JSON.stringify(sign))
    else place(sign, widthOf(sign, measure))
  }
  const place = (sign: string, width: number) => {
    if (width === 0) return ontoLast(sign)
    if (x + width > columns) {
      if (breaksLines) {
        x = 0
        newLine()
      } else x = columns - width
    }
    put(cells, y, x, { sign, look })
    for (let at = 1; at < width; at++) put(cells, y, x + at, { sign: '', look })
    x += width
  }
  const ontoLast = (mark: string) => {
    const row = cells[y]
    let at = x - 1
    while (at > 0 && row?.[at]?.sign === '') at--
    const last = row?.[at]
    if (last !== undefined) put(cells, y, at, { ...last, sign: last.sign + mark })
  }
  const follow = (sign: string, numbers: string, final: string) => {
    const given = numbers === '' ? [] : numbers.split(';').map(Number)
    const known = control.get(final)
    const isMode = 'hlu'.includes(final)
    const isOurs = isMode ? MODES.test(`${sign}${numbers}${final}`) : final === 'm' || known
    if (!isOurs) faults.push(`CSI ${sign}${numbers}${final}`)
    if (final === 'm') look = withLook(look, numbers)
    else known?.(given, sign)
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
    /** What was written and is no sequence of ours, nor text that a terminal may show. */
    faults: (): readonly string[] => faults,
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
        else if (final !== undefined) follow(sign, numbers, final)
        else if (match[0].startsWith('\u001b]')) faults.push(`OSC ${match[0].slice(2, 40)}`)
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

const CORNERS = { left: '┌', right: '┐' }

/** Where the edge of a frame is not below its corner, as `row:column`: a line that was torn. */
export const tornAt = (cells: readonly (readonly Cell[])[]): readonly string[] =>
  cells.flatMap((row, y) =>
    row.flatMap(({ sign }, x) =>
      sign === CORNERS.left || sign === CORNERS.right ? edgeFaults(cells, y, x) : [],
    ),
  )

const edgeFaults = (cells: readonly (readonly Cell[])[], y: number, x: number): string[] => {
  for (let at = y + 1; at < cells.length; at++) {
    const sign = cells[at]?.[x]?.sign ?? ''
    if ('└┘'.includes(sign) && sign !== '') return []
    if (sign !== '│') return [`${at}:${x}`]
  }
  return [`${cells.length}:${x}`]
}
