import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, open } from 'node:fs/promises'
import { createLineQueue } from './line-queue.ts'
import type { LineSink } from './line-sink.ts'

export type JsonLinesOptions = Readonly<{
  path: string
  /** Milliseconds in which lines gather; each write costs several calls to the system. */
  linger?: number
  /** Characters that may wait while the file cannot be written. */
  limit?: number
  /** Milliseconds. */
  retryAfter?: number
}>

// Non-blocking, so that a named pipe without a reader is refused instead of waited for.
const FLAGS =
  constants.O_RDWR |
  constants.O_APPEND |
  constants.O_CREAT |
  constants.O_NOFOLLOW |
  constants.O_NONBLOCK

const LINE_START = '{"timestamp":'
const LONGEST_LINE = 1024 * 1024

/**
 * The audit file: one JSON line for each settled event (jsonlines.org), for its owner alone. Follows a
 * rotation by itself: a file that was moved or removed is created anew at the next line.
 */
export const createJsonLinesSink = (options: JsonLinesOptions): LineSink => {
  let file: FileHandle | undefined
  let renew = false

  const closeFile = async () => {
    const last = file
    file = undefined
    await last?.close()
  }

  const current = async (): Promise<FileHandle> => {
    if (file !== undefined && (renew || !(await isAt(options.path, file)))) await closeFile()
    renew = false
    file ??= await openFile(options.path)
    return file
  }

  const queue = createLineQueue({
    send: async (text) => append(await current(), text),
    limit: options.limit ?? 8 * 1024 * 1024,
    retryAfter: options.retryAfter ?? 1000,
    patience: 2000,
    linger: options.linger ?? 20,
  })
  queue.attempt()

  return {
    name: 'file',
    write: queue.push,
    status: queue.status,
    flush: queue.flush,
    close: async () => {
      await queue.flush()
      await closeFile().catch(() => {})
    },
    reopen: () => {
      renew = true
      queue.attempt()
    },
  }
}

const isAt = async (path: string, file: FileHandle): Promise<boolean> => {
  const [there, ours] = await Promise.all([lstat(path).catch(() => undefined), file.stat()])
  return there?.ino === ours.ino && there.dev === ours.dev
}

const openFile = async (path: string): Promise<FileHandle> => {
  const file = await open(path, FLAGS, 0o600).catch((cause: unknown) => {
    const isLink = cause instanceof Error && 'code' in cause && cause.code === 'ELOOP'
    throw isLink
      ? new Error(`${path} is a symbolic link, and the audit file must not be one`)
      : cause
  })
  try {
    await prepare(path, file, await file.stat())
    return file
  } catch (cause) {
    await file.close()
    throw cause
  }
}

const prepare = async (path: string, file: FileHandle, stats: Stats) => {
  if (stats.isCharacterDevice()) return
  if (!stats.isFile()) throw new Error(`${path} is not a file`)
  // What others can write is no record.
  if ((stats.mode & 0o022) !== 0) await file.chmod(stats.mode & 0o7755)
  await repairEnd(file, stats.size)
}

/** A kill in the middle of a write leaves part of a line, which no reader of JSON lines gets past. */
const repairEnd = async (file: FileHandle, size: number) => {
  const length = Math.min(size, LONGEST_LINE)
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length)
  if (length === 0 || buffer.at(-1) === 0x0a) return
  const end = buffer.lastIndexOf(0x0a) + 1
  const rest = buffer.subarray(end)
  if (isTorn(rest.toString())) return file.truncate(size - rest.length)
  await file.write('\n')
}

/** Only a beginning of one of our own lines is taken away; anything else is somebody's and stays. */
const isTorn = (rest: string): boolean => {
  const ours = rest.startsWith(LINE_START) || LINE_START.startsWith(rest)
  return ours && !isJson(rest)
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** All of the text or none of it: what a full disk cut off is taken back. */
const append = async (file: FileHandle, text: string) => {
  if (text === '') return
  const bytes = Buffer.from(text)
  let written = 0
  try {
    while (written < bytes.length) {
      written += (await file.write(bytes, written, bytes.length - written, null)).bytesWritten
    }
  } catch (cause) {
    const { size } = await file.stat()
    // A pipe has no size, and gives nothing back.
    if (written > 0 && size >= written) await file.truncate(size - written)
    throw cause
  }
}
