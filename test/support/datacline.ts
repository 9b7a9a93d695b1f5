import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PROGRAM } from './program.ts'

export type Ran = Readonly<{ code: number | null; stdout: string; stderr: string }>

export type RunOptions = Readonly<{
  cwd: string
  /** Added to a bare environment; nothing of the tests' own environment but PATH is passed on. */
  env?: Readonly<Record<string, string>>
  stdin?: string
}>

/** What the program sees of the world in tests. */
export const bareEnvironment = (home: string, env: RunOptions['env'] = {}) => ({
  PATH: process.env.PATH ?? '',
  HOME: home,
  // Bun's cache is no file of the program.
  BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0',
  ...env,
})

/** The real program as a process of its own, off any terminal. */
export const datacline = async (
  args: readonly string[],
  { cwd, env, stdin }: RunOptions,
): Promise<Ran> => {
  const child = Bun.spawn([...PROGRAM, ...args], {
    cwd,
    env: bareEnvironment(cwd, env),
    stdin: stdin === undefined ? 'ignore' : new Blob([stdin]),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [stdout, stderr, code] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ])
  return { code, stdout, stderr }
}

/** The error envelope that ends standard error with --json. */
export const envelope = ({ stderr }: Ran): Readonly<Record<string, unknown>> =>
  JSON.parse(stderr.trim().split('\n').at(-1) ?? '').error

/** A directory of the test's own with these files in it. */
export const temporaryDirectory = async (files: Readonly<Record<string, string>> = {}) => {
  const path = mkdtempSync(join(tmpdir(), 'datacline-'))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await Bun.write(join(path, name), text)
  }
  return {
    path,
    read: (name: string) => Bun.file(join(path, name)).text(),
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}

export type Terminal = Readonly<{
  /** Types text, or a key by its name. */
  press: (...keys: string[]) => void
  /** Waits until the screen showed this since the last time it was waited for. @throws Error */
  sees: (text: string | RegExp) => Promise<void>
  /** Everything shown so far, without colours and cursor movements. */
  shown: () => string
  ended: Promise<number | null>
}>

const KEYS: Readonly<Record<string, string>> = {
  enter: '\r',
  down: '\u001b[B',
  up: '\u001b[A',
  'ctrl-c': '\u0003',
  'ctrl-d': '\u0004',
}

const withoutEscapes = (text: string): string =>
  text.replace(/\u001b\[[0-9;?]*[A-Za-z]|\u001b\][^\u0007]*\u0007|\u001b[=>]|\r/g, '')

/** The real program on a pseudo-terminal of its own, driven by keys. */
export const onTerminal = (
  args: readonly string[],
  { cwd, env }: Omit<RunOptions, 'stdin'>,
  command: readonly string[] = PROGRAM,
): Terminal => {
  let raw = ''
  let from = 0
  const decoder = new TextDecoder()
  const child = Bun.spawn([...command, ...args], {
    cwd,
    env: { TERM: 'xterm-256color', ...bareEnvironment(cwd, env) },
    terminal: {
      cols: 100,
      rows: 40,
      data: (_terminal, bytes) => {
        raw += decoder.decode(bytes, { stream: true })
      },
    },
  })
  const shown = () => withoutEscapes(raw)
  return {
    shown,
    ended: child.exited,
    press: (...keys) => {
      for (const key of keys) child.terminal?.write(KEYS[key] ?? key)
    },
    sees: async (text) => {
      const deadline = Date.now() + 10_000
      for (;;) {
        const rest = shown().slice(from)
        const at = typeof text === 'string' ? rest.indexOf(text) : rest.search(text)
        if (at !== -1) {
          from += at + 1
          return
        }
        if (Date.now() > deadline) throw new Error(`not seen: ${text}\n${shown()}`)
        await Bun.sleep(10)
      }
    },
  }
}
