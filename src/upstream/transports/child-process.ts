import { Overloaded } from '../../core/errors.ts'
import type { ServerEntry } from '../../core/server-entry.ts'
import { createLineSplitter } from '../../lib/line-splitter.ts'
import { failed } from '../faults.ts'

export type ChildLimits = Readonly<{
  /** Of one line of the server's output; a longer one is dropped. */
  maxLineBytes: number
  /** Bytes that may wait to be written while the server does not read. */
  maxQueuedBytes: number
  /** Milliseconds between the end of input, SIGTERM and SIGKILL. */
  patience: number
}>

export const CHILD_LIMITS: ChildLimits = {
  maxLineBytes: 4 * 1024 * 1024,
  maxQueuedBytes: 16 * 1024 * 1024,
  patience: 2000,
}

export type ChildEars = Readonly<{
  onText: (text: string) => void
  /** A line was too long or not UTF-8. */
  onLost: () => void
  onErrorLine: (line: string) => void
  /** Once, when it has ended, by itself or not. */
  onExit: () => void
}>

export type Child = Readonly<{
  /** @throws Overloaded when the server does not read, UpstreamFailed when it has ended */
  write: (text: string) => void
  /** Ends it and everything it started: end of input, SIGTERM, SIGKILL. Never throws. */
  stop: () => Promise<void>
  /** Resolves when it and everything it started have ended. */
  gone: Promise<void>
  pid: number
}>

/** What a server inherits of the gateway's environment; its tokens and other secrets are not in it. */
const INHERITED = /^(?:PATH|HOME|USER|LANG|LC_[A-Z]+|TERM|TMPDIR|SHELL|LOGNAME)$/

export const childEnvironment = (
  ours: Readonly<Record<string, string | undefined>>,
  given: Readonly<Record<string, string>>,
): Record<string, string> => {
  const inherited: Record<string, string> = {}
  for (const [name, value] of Object.entries(ours)) {
    if (INHERITED.test(name) && value !== undefined) inherited[name] = value
  }
  return { ...inherited, ...given }
}

/** Signals a whole process group; false when nobody is left in it. */
const signalGroup = (pid: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(-pid, signal)
  } catch {
    return false
  }
}

/** Whether the group is empty within the time. */
const groupEnds = async (pid: number, patience: number): Promise<boolean> => {
  const step = Math.max(1, Math.min(50, patience / 10))
  for (let waited = 0; waited < patience; waited += step) {
    if (!signalGroup(pid, 0)) return true
    await Bun.sleep(step)
  }
  return !signalGroup(pid, 0)
}

const readLines = async (
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  onLine: (line: Uint8Array) => void,
  onTooLong: () => void,
) => {
  const splitter = createLineSplitter(maxBytes, onLine, onTooLong)
  for await (const bytes of stream) splitter.push(bytes)
  splitter.end()
}

const spawn = (entry: ServerEntry, environment: Record<string, string>) => {
  try {
    return Bun.spawn([...entry.command], {
      env: environment,
      ...(entry.workingDirectory !== undefined && { cwd: entry.workingDirectory }),
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      // A process group of its own, so that what it starts can be ended with it.
      detached: true,
    })
  } catch (cause) {
    throw failed(entry.name, 'could not be started', cause)
  }
}

/**
 * Starts the command of a stdio server: an argument vector, never a shell line.
 *
 * @throws UpstreamFailed when it cannot be started
 */
export const startChild = (
  entry: ServerEntry,
  environment: Readonly<Record<string, string | undefined>>,
  limits: ChildLimits,
  ears: ChildEars,
): Child => {
  const running = spawn(entry, childEnvironment(environment, entry.environment))
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  let waiting: string[] = []
  let queued = 0
  let writing = false
  let ended = false

  const onLine = (line: Uint8Array) => {
    let text: string
    try {
      text = utf8.decode(line)
    } catch {
      return ears.onLost()
    }
    ears.onText(text)
  }
  const onErrorLine = (line: Uint8Array) => ears.onErrorLine(Buffer.from(line).toString('utf-8'))
  const reading = [
    readLines(running.stdout, limits.maxLineBytes, onLine, ears.onLost),
    readLines(running.stderr, limits.maxLineBytes, onErrorLine, () => undefined),
  ]

  const drain = async () => {
    if (writing) return
    writing = true
    while (waiting.length > 0 && !ended) {
      const text = waiting.join('')
      waiting = []
      running.stdin.write(text)
      await running.stdin.flush()
      queued -= Buffer.byteLength(text)
    }
    writing = false
  }
  const exited = running.exited.then(async () => {
    ended = true
    // The last lines come before the end is told; a grandchild that holds the pipe is not waited for.
    await Promise.race([Promise.allSettled(reading), Bun.sleep(100)])
    ears.onExit()
  })

  const stopGroup = async () => {
    try {
      await running.stdin.end()
    } catch {
      // It has closed its input already.
    }
    if (await groupEnds(running.pid, limits.patience)) return exited
    signalGroup(running.pid, 'SIGTERM')
    if (await groupEnds(running.pid, limits.patience)) return exited
    signalGroup(running.pid, 'SIGKILL')
    await exited
  }
  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping ??= stopGroup()
    return stopping
  }

  return {
    write: (message) => {
      // Between the tokens of JSON a line break is white space; on the wire it would begin another message.
      const text = message.replace(/[\r\n]+/g, ' ')
      if (ended) throw failed(entry.name, 'has ended')
      const size = Buffer.byteLength(text) + 1
      if (queued + size > limits.maxQueuedBytes) {
        throw new Overloaded(`Server ${entry.name} does not read its input`, { retryAfter: 1 })
      }
      queued += size
      waiting.push(`${text}\n`)
      drain().catch(() => undefined)
    },
    stop,
    // What an ended server leaves behind is ended too.
    gone: exited.then(stop),
    pid: running.pid,
  }
}
