import type { LockState } from '../../compose/state-lock.ts'
import { joinWords } from '../../lib/shell-words.ts'
import type { Configuration } from '../configuration.ts'

/** What one check found. */
export type Finding = Readonly<{
  status: 'ok' | 'warning' | 'error'
  /** One sentence. */
  detail: string
  /** The file with its line, the address, the flag. */
  where?: string | undefined
  /** More lines, for those who want to know exactly. */
  facts?: readonly string[]
  /** What to type next. */
  fix?: string | undefined
  /** Does what is safe to do; gives a sentence on what was done. */
  mend?: () => string
}>

/** What checks look at, and how. */
export type Scene = Readonly<{
  configuration: Configuration
  /** `--config` as it was given, so that commands to type mean the same place. */
  configFlag: string | undefined
  environment: Readonly<Record<string, string | undefined>>
  /** The token to explain, and how it was given. */
  token: Readonly<{ text: string; from: string }> | undefined
  userId: number | undefined
  fetch: typeof fetch
  /** Milliseconds since the epoch. */
  now: () => number
  /** Milliseconds, monotonic. */
  tick: () => number
  /** What is left of the file system on which a path is. */
  freeSpace: (path: string) => FreeSpace
  /** The lock of the state directory. */
  lock: () => LockState
  /** Where the gateway of the state directory says that it listens. */
  gatewayUrl: string | undefined
  /** Another that flags or environment name. */
  namedUrl: string | undefined
}>

/** `files` is undefined where the file system does not count them. */
export type FreeSpace = Readonly<{ bytes: number; files: number | undefined }>

export type Check = Readonly<{
  /** What it looks at, for the help. */
  title: string
  run: (scene: Scene, signal: AbortSignal) => Promise<readonly Finding[]>
}>

export const ok = (detail: string, more: Omit<Finding, 'status' | 'detail'> = {}): Finding => ({
  status: 'ok',
  detail,
  ...more,
})

export const warning = (
  detail: string,
  more: Omit<Finding, 'status' | 'detail'> = {},
): Finding => ({
  status: 'warning',
  detail,
  ...more,
})

export const error = (detail: string, more: Omit<Finding, 'status' | 'detail'> = {}): Finding => ({
  status: 'error',
  detail,
  ...more,
})

/** The command that opens a file where it is wrong. */
export const editAt = (path: string, line?: number): string =>
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell fills it in
  ['"${EDITOR:-vi}"', ...(line === undefined ? [] : [`+${line}`]), joinWords([path])].join(' ')

/** A command of this program that works on the same configuration. */
export const ours = ({ configFlag }: Scene, ...words: readonly string[]): string =>
  joinWords(['datacline', ...words, ...(configFlag === undefined ? [] : ['--config', configFlag])])

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/

/** Whether what is sent to an address can be read on the way. */
export const isReadable = (url: string): boolean => {
  const parsed = URL.parse(url)
  return parsed?.protocol === 'http:' && !LOOPBACK.test(parsed.hostname)
}
