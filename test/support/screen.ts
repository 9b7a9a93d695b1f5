import { bareEnvironment } from './datacline.ts'
import { type Cell, createEmulator } from './emulator.ts'
import { PROGRAM } from './program.ts'

export type ScreenTerminal = Readonly<{
  /** Writes keys as a terminal sends them. */
  press: (keys: string) => void
  /** Waits until the screen as it stands holds this, and gives the whole of it. @throws Error */
  sees: (text: string | RegExp) => Promise<string>
  /** The screen as it stands. */
  text: () => string
  /** The screen sign by sign. */
  cells: () => readonly (readonly Cell[])[]
  /** What was written and is no sequence of ours, nor text that a terminal may show. */
  faults: () => readonly string[]
  /** Every byte so far. */
  raw: () => string
  resize: (columns: number, rows: number) => void
  /** Closes the terminal under the program. */
  hangUp: () => void
  pid: number
  kill: (signal: NodeJS.Signals) => void
  /** Closes the terminal under the program, as a window that is closed does. */
  close: () => void
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
    command = PROGRAM,
  }: {
    cwd: string
    env?: Readonly<Record<string, string>>
    columns?: number
    rows?: number
    /** Told each time after the screen changed. */
    drawn?: (bytes: string) => void
    /** What is started in place of the program itself. */
    command?: readonly string[]
  },
): ScreenTerminal => {
  let raw = ''
  const screen = createEmulator(columns, rows)
  const decoder = new TextDecoder()
  const child = Bun.spawn([...command, ...args], {
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
    cells: screen.cells,
    faults: screen.faults,
    raw: () => raw,
    resize: (wide, high) => {
      screen.resize(wide, high)
      child.terminal?.resize(wide, high)
    },
    hangUp: () => child.terminal?.close(),
    pid: child.pid,
    kill: (signal) => child.kill(signal),
    close: () => child.terminal?.close(),
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
