import { chmodSync, lstatSync, mkdirSync, type Stats, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errorCode, fileProblem } from './config-file.ts'
import { SettingsFault } from './settings-fault.ts'

/**
 * Makes the state directory ready: it exists, belongs to `userId`, is no symbolic link, and nobody else
 * may enter it, whatever the umask and whatever it was before.
 *
 * @param path absolute
 * @param userId the user the gateway runs as; undefined where the system has none
 * @throws SettingsFault
 */
export const prepareStateDirectory = (path: string, userId: number | undefined): void => {
  const shown = `state directory ${path}`
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    makeUnlessThere(path)
    const stats = lstatSync(path)
    const problem = directoryProblem(stats, userId)
    if (problem !== undefined) throw new SettingsFault(`${shown}: ${problem}`)
    if ((stats.mode & 0o777) !== 0o700) chmodSync(path, 0o700)
    ignoreInGit(join(path, '.gitignore'))
  } catch (cause) {
    if (cause instanceof SettingsFault) throw cause
    throw new SettingsFault(`${shown}: ${fileProblem(cause)}`, { cause })
  }
}

/** Why a state directory that is there cannot be used, as a sentence; undefined when it can, or there is none. */
export const stateDirectoryProblem = (
  path: string,
  userId: number | undefined,
): string | undefined => {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats && directoryProblem(stats, userId)
}

const directoryProblem = (stats: Stats, userId: number | undefined): string | undefined => {
  if (stats.isSymbolicLink()) return 'is a symbolic link'
  if (!stats.isDirectory()) return 'is not a directory'
  if (userId !== undefined && stats.uid !== userId) return 'belongs to another user'
  return undefined
}

const makeUnlessThere = (path: string): void =>
  unlessThere(() => {
    mkdirSync(path, { mode: 0o700 })
  })

/** The record and the attach token lie beside configuration that people commit. */
const ignoreInGit = (path: string): void =>
  unlessThere(() => {
    writeFileSync(path, '*\n', { flag: 'wx', mode: 0o600 })
  })

const unlessThere = (create: () => void): void => {
  try {
    create()
  } catch (cause) {
    if (errorCode(cause) !== 'EEXIST') throw cause
  }
}
