import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { errorCode, fileProblem } from './config-file.ts'
import { SettingsFault } from './settings-fault.ts'

/**
 * The text of a file of the state directory; undefined when there is none. A link is not followed, and
 * what others could have written or can read is not believed.
 *
 * @param userId whose it must be; undefined where the system has no users
 * @throws SettingsFault
 */
export const readPrivateFile = (path: string, userId: number | undefined): string | undefined => {
  try {
    return withFile(path, constants.O_RDONLY | constants.O_NOFOLLOW, (file) => {
      const { mode, uid } = fstatSync(file)
      if ((mode & 0o077) !== 0) {
        throw new SettingsFault(`${path}: other users can read it; restart the gateway`)
      }
      if (userId !== undefined && uid !== userId) {
        throw new SettingsFault(`${path}: belongs to another user`)
      }
      return readFileSync(file, 'utf8')
    })
  } catch (cause) {
    if (cause instanceof SettingsFault) throw cause
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(cause))) return undefined
    throw new SettingsFault(`${path}: ${fileProblem(cause)}`, { cause })
  }
}

/** Opens a file, and closes it whatever happens. */
export const withFile = <T>(path: string, flags: number, use: (file: number) => T): T => {
  const file = openSync(path, flags, 0o600)
  try {
    return use(file)
  } finally {
    closeSync(file)
  }
}
