import { closeSync, constants, openSync } from 'node:fs'
import { Readable } from 'node:stream'

/** What is typed, read such that it can be left to another program: not one key of theirs is taken. */
export type TerminalInput = Readonly<{
  /** Reads while it is in raw mode, and only then. */
  stream: NodeJS.ReadStream
  /** Resolves when nothing reads any more since raw mode ended. */
  released: () => Promise<void>
}>

/** The terminal of this process, whatever standard input is. */
const TERMINAL = '/dev/tty'

/**
 * Bun goes on reading standard input of a terminal whatever is paused, unreferenced or no longer listened
 * to, and takes the first keys from the program that it is left to (oven-sh/bun#23333). A terminal that we
 * opened ourselves is closed instead. Where that cannot be done, `stdin` itself is read.
 */
export const openTerminalInput = (
  stdin: NodeJS.ReadStream,
  path: string = TERMINAL,
): TerminalInput => {
  const first = opened(path)
  if (first === undefined) return { stream: stdin, released: async () => undefined }
  closeSync(first)
  const stream = new Readable({ read: () => undefined })
  let stop: (() => Promise<void>) | undefined
  let over = Promise.resolve()
  const setRawMode = (isRaw: boolean) => {
    stdin.setRawMode(isRaw)
    if (isRaw) stop ??= readingFrom(path, stream)
    else if (stop !== undefined) {
      over = stop()
      stop = undefined
    }
    return terminal
  }
  const terminal: NodeJS.ReadStream = Object.assign(stream, {
    isTTY: true,
    isRaw: false,
    setRawMode,
    ref: () => terminal,
    unref: () => terminal,
  }) as unknown as NodeJS.ReadStream
  return { stream: terminal, released: () => over }
}

/** Not waiting in the system call: a read that waits there could not be called off. */
const opened = (path: string): number | undefined => {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
}

/** Puts what is typed into the stream until it is stopped; a terminal that is gone is its end. */
const readingFrom = (path: string, stream: Readable): (() => Promise<void>) => {
  const descriptor = opened(path)
  if (descriptor === undefined) {
    stream.push(null)
    return async () => undefined
  }
  const reader = Bun.file(descriptor).stream().getReader()
  let isStopped = false
  const read = async () => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      stream.push(Buffer.from(value))
    }
  }
  const over = read()
    // What a terminal says when it is closed.
    .catch(() => undefined)
    .then(() => {
      if (!isStopped) stream.push(null)
      closeSync(descriptor)
    })
  return async () => {
    isStopped = true
    await reader.cancel().catch(() => undefined)
    await over
  }
}
