import { bareEnvironment } from './datacline.ts'
import { PROGRAM } from './program.ts'

export type ScreenTerminal = Readonly<{
  /** Writes keys as a terminal sends them. */
  press: (keys: string) => void
  /** Waits until the screen as it stands holds this, and gives the whole of it. @throws Error */
  sees: (text: string | RegExp) => Promise<string>
  /** The screen as it stands. */
  text: () => string
  /** Every byte so far. */
  raw: () => string
  resize: (columns: number, rows: number) => void
  pid: number
  kill: (signal: NodeJS.Signals) => void
  ended: Promise<number | null>
}>

/** The real program on a pseudo-terminal whose screen is kept as people see it. */
export const onScreen = (
  args: readonly string[],
  {
    cwd,
    env,
    columns = 80,
    rows = 24,
    drawn,
  }: {
    cwd: string
    env?: Readonly<Record<string, string>>
    columns?: number
    rows?: number
    /** Told each time after the screen changed. */
    drawn?: (bytes: string) => void
  },
): ScreenTerminal => {
  let raw = ''
  const screen = createScreen(columns, rows)
  const decoder = new TextDecoder()
  const child = Bun.spawn([...PROGRAM, ...args], {
    cwd,
    env: { TERM: 'xterm-256color', TZ: 'UTC', ...bareEnvironment(cwd, env) },
    terminal: {
      cols: columns,
      rows,
      data: (_terminal, bytes) => {
        const text = decoder.decode(bytes, { stream: true })
        raw += text
        screen.write(text)
        drawn?.(text)
      },
    },
  })
  return {
    press: (keys) => void child.terminal?.write(keys),
    text: screen.text,
    raw: () => raw,
    resize: (wide, high) => {
      screen.resize(wide, high)
      child.terminal?.resize(wide, high)
    },
    pid: child.pid,
    kill: (signal) => child.kill(signal),
    ended: child.exited,
    sees: async (wanted) => {
      const deadline = Date.now() + 20_000
      for (;;) {
        const text = screen.text()
        if (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)) return text
        if (Date.now() > deadline) throw new Error(`not on the screen: ${wanted}\n${text}`)
        await Bun.sleep(20)
      }
    },
  }
}

/** As much of a terminal as the screen uses: text, colours (dropped), cursor, erasing, the other screen. */
const createScreen = (wide: number, high: number) => {
  let columns = wide
  let rows = high
  let cells = blank(columns, rows)
  let other = blank(columns, rows)
  let [x, y] = [0, 0]
  let rest = ''

  const eraseLine = (from: number, to: number) => {
    for (let at = from; at < to; at++) put(cells, y, at, ' ')
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
      put(cells, y, x, sign)
      for (let at = 1; at < width; at++) put(cells, y, x + at, '')
      x += width
    }
  }
  return {
    text: () => cells.map((row) => row.join('').trimEnd()).join('\n'),
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
          control.get(final)?.(given, sign)
        }
      }
      rest = all.slice(end)
    },
  }
}

const blankRow = (columns: number): string[] => Array.from({ length: columns }, () => ' ')
const blank = (columns: number, rows: number): string[][] =>
  Array.from({ length: rows }, () => blankRow(columns))

const put = (cells: string[][], y: number, x: number, sign: string) => {
  const row = cells[y]
  if (row !== undefined && x < row.length) row[x] = sign
}
