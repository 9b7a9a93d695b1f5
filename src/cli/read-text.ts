import { isAbsolute, join } from 'node:path'
import { CliFault } from './failure.ts'
import type { Surroundings } from './surroundings.ts'

/** The most that is read of a file or of standard input. */
const LIMIT = 64 * 1024 * 1024

/**
 * Standard input, which can be read once. `name` is the flag that wants it, for the message.
 *
 * @throws CliFault `usage` when a terminal would be waited for, or there is too much
 */
export const readStdin = async (around: Surroundings, name: string): Promise<string> => {
  if (around.stdin.isTerminal) {
    throw new CliFault('usage', `${name} - reads standard input, which is a terminal here`, {
      hint: `pipe something into datacline, or give ${name} a file`,
    })
  }
  try {
    return decode(await around.stdin.read(LIMIT), name)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new CliFault('usage', `${name}: ${cause.message}`, { cause })
  }
}

/** The text of a file named on the command line. @throws CliFault `usage` */
export const readTextFile = async (
  around: Pick<Surroundings, 'workingDirectory'>,
  path: string,
  name: string,
): Promise<string> => {
  const file = Bun.file(isAbsolute(path) ? path : join(around.workingDirectory, path))
  try {
    if (file.size > LIMIT) throw new CliFault('usage', `${name}: ${path} is too large`)
    return decode(await file.bytes(), name)
  } catch (cause) {
    if (cause instanceof CliFault) throw cause
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw new CliFault('usage', `${name}: cannot read ${path}: ${WHY[why] ?? why}`, { cause })
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
}

/** Editors on some systems begin a file with a byte order mark, which is no part of the text. */
const decode = (bytes: Uint8Array, name: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new CliFault('usage', `${name}: not UTF-8 text`, { cause })
  }
}
