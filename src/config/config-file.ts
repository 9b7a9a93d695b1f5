import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { SettingsFault } from './settings-fault.ts'

/**
 * The text of a configuration file, without a byte order mark; undefined when there is no such file.
 * Never creates it.
 *
 * @param shown how messages name the file
 * @throws SettingsFault when it cannot be read or is not UTF-8
 */
export const readConfigFile = (path: string, shown: string): string | undefined => {
  const bytes = readBytes(path, shown)
  if (bytes === undefined) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new SettingsFault(`${shown}: is not UTF-8 text`, { cause })
  }
}

/** A path as messages show it: relative when it is inside the configuration directory. */
export const shownPath = (path: string, directory: string): string => {
  const inside = relative(directory, path)
  return inside === '' || inside.startsWith('..') ? path : inside
}

/** What the file system said, in words. */
export const fileProblem = (cause: unknown): string => {
  const code = errorCode(cause)
  return PROBLEMS.get(code) ?? `cannot be used (${code})`
}

export const errorCode = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'

const PROBLEMS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file'],
  ['ENOTDIR', 'no such file'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EISDIR', 'is a directory, expected a file'],
  ['EROFS', 'the file system is read-only'],
  ['ELOOP', 'is a symbolic link'],
  ['ENOSPC', 'no space left'],
  ['EDQUOT', 'the quota is used up'],
  ['EFBIG', 'the limit on the size of files is reached'],
])

const readBytes = (path: string, shown: string): Uint8Array | undefined => {
  try {
    return readFileSync(path)
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(cause))) return undefined
    throw new SettingsFault(`${shown}: ${fileProblem(cause)}`, { cause })
  }
}
