import type { Surroundings } from './surroundings.ts'

/** The screen of a gateway, in a process of its own. */
export type Screen = Readonly<{
  /** Resolves when it is gone and the terminal is as it was; whether leaving it meant to stop the gateway. */
  left: Promise<Readonly<{ stopGateway: boolean }>>
  /** Makes it go. */
  end: () => Promise<void>
}>

/** What says to the screen whom it speaks to; it must not come from elsewhere. */
const OURS = [
  'DATACLINE_GATEWAY',
  'DATACLINE_TOKEN',
  'DATACLINE_TOKEN_FILE',
  'DATACLINE_LOCAL',
] as const
/** Milliseconds that it has to put the terminal in order. */
const PATIENCE = 2_000

/**
 * Shows `datacline tui` on the terminal of this process. Whatever becomes of it, even kill -9, this
 * process goes on, and puts the terminal in order when it is gone.
 */
export const openScreen = (
  { environment, stdout }: Pick<Surroundings, 'environment' | 'stdout'>,
  args: readonly string[],
): Screen => {
  const settings = terminalSettings()
  const names = new Set<string>(OURS)
  const env = Object.fromEntries(Object.entries(environment).filter(([name]) => !names.has(name)))
  const child = Bun.spawn([...program(), 'tui', '--serving', ...args], {
    stdio: ['inherit', 'inherit', 'inherit'],
    env,
  })
  const left = child.exited.then((code) => {
    if (child.signalCode !== null) restore(stdout, settings)
    return { stopGateway: code === 0 }
  })
  return {
    left,
    end: async () => {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE)
      await left
      clearTimeout(timer)
    },
  }
}

/** This program, as it was started. From sources, Bun must not read a `.env` of its own accord. */
const program = (): readonly string[] =>
  import.meta.url.includes('$bunfs')
    ? [process.execPath]
    : [process.execPath, '--no-env-file', Bun.main]

/** How the terminal treats what is typed, in a form that `stty` reads; undefined where there is none. */
const terminalSettings = (): string | undefined => {
  try {
    const { stdout, success } = Bun.spawnSync(['stty', '-g'], {
      stdio: ['inherit', 'pipe', 'ignore'],
    })
    return success ? stdout.toString().trim() : undefined
  } catch {
    return undefined
  }
}

/** Leaves the alternate screen, shows the cursor, breaks lines again, ends colours and bracketed paste. */
const ORDERLY = '\u001b[?2026l\u001b[?7h\u001b[?1049l\u001b[?25h\u001b[?2004l\u001b[0m\r\n'

const restore = (stdout: Surroundings['stdout'], settings: string | undefined): void => {
  stdout.write(ORDERLY)
  if (settings === undefined) return
  Bun.spawnSync(['stty', settings], { stdio: ['inherit', 'ignore', 'ignore'] })
}
