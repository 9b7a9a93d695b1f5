import { join } from 'node:path'
import { bareEnvironment } from './datacline.ts'
import { PROGRAM } from './program.ts'
import { onScreen, type ScreenTerminal } from './screen.ts'

/** What drives a screen and reads it: tmux where it is installed, else the terminal of screen.ts. */
export type Driven = Pick<ScreenTerminal, 'press' | 'sees' | 'text'> &
  Readonly<{ close: () => Promise<void> }>

export type DriveOptions = Readonly<{
  /** Short: the socket of tmux lies in it. */
  cwd: string
  env?: Readonly<Record<string, string>>
  columns: number
  rows: number
}>

/** The real program on a terminal of this size, in tmux where there is one. */
export const drive = async (args: readonly string[], options: DriveOptions): Promise<Driven> => {
  const tmux = Bun.which('tmux')
  if (tmux !== null) return inTmux(tmux, args, options)
  const terminal = onScreen(args, options)
  return {
    ...terminal,
    close: async () => {
      terminal.kill('SIGTERM')
      await terminal.ended
    },
  }
}

/** Keys that tmux knows by names; all others are text. */
const NAMES: Readonly<Record<string, string>> = { '\r': 'Enter', '\u001b': 'Escape', '\t': 'Tab' }

const inTmux = async (
  tmux: string,
  args: readonly string[],
  { cwd, env, columns, rows }: DriveOptions,
): Promise<Driven> => {
  const around = {
    ...bareEnvironment(cwd, env),
    TZ: 'UTC',
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
  }
  const run = (...words: readonly string[]): string => {
    const command = [tmux, '-S', join(cwd, 'tmux'), '-f', '/dev/null', ...words]
    const { stdout, stderr, success } = Bun.spawnSync(command, { cwd, env: around })
    if (!success) throw new Error(`tmux ${words[0]}: ${stderr}`)
    return stdout.toString()
  }
  const size = ['-x', String(columns), '-y', String(rows)]
  // A window that lives on when the program ends, so that its last words can be read.
  const settings = ['set', '-g', 'status', 'off', ';', 'set', '-g', 'remain-on-exit', 'on', ';']
  const atOnce = ['set', '-s', 'escape-time', '0', ';']
  run(...settings, ...atOnce, 'new-session', '-d', ...size, '--', ...PROGRAM, ...args)
  const text = () =>
    run('capture-pane', '-p')
      .split('\n')
      .slice(0, rows)
      .map((line) => line.trimEnd())
      .join('\n')
  return {
    text,
    press: (keys) => {
      for (const key of keys) {
        const name = NAMES[key]
        run('send-keys', ...(name === undefined ? ['-l', '--', key] : [name]))
      }
    },
    sees: async (wanted) => {
      const deadline = Date.now() + 20_000
      for (;;) {
        const shown = text()
        if (typeof wanted === 'string' ? shown.includes(wanted) : wanted.test(shown)) return shown
        if (Date.now() > deadline) throw new Error(`not on the screen: ${wanted}\n${shown}`)
        await Bun.sleep(50)
      }
    },
    close: async () => {
      run('kill-server')
    },
  }
}
