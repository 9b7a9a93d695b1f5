import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { errorCode, fileProblem } from './config-file.ts'
import { SettingsFault } from './settings-fault.ts'

/**
 * Writes a new attach token into the state directory: whoever can read the file is the local operator.
 * The file is replaced as a whole, so that a link put in its place is replaced and never followed.
 *
 * @param random a source of cryptographic random bytes
 * @returns the token, 32 random bytes in base64url
 * @throws SettingsFault
 */
export const writeAttachToken = (
  stateDirectory: string,
  random: (length: number) => Uint8Array,
): string => {
  const path = attachTokenPath(stateDirectory)
  const temporary = `${path}.new`
  const token = Buffer.from(random(32)).toString('base64url')
  try {
    rmSync(temporary, { force: true })
    writeNew(temporary, `${token}\n`)
    renameSync(temporary, path)
  } catch (cause) {
    throw new SettingsFault(`${path}: ${fileProblem(cause)}`, { cause })
  }
  return token
}

/**
 * The attach token of a gateway that uses this state directory; undefined when there is none.
 *
 * @throws SettingsFault when the file is a symbolic link, cannot be read, or others can read it
 */
export const readAttachToken = (stateDirectory: string): string | undefined => {
  const path = attachTokenPath(stateDirectory)
  try {
    return withFile(path, constants.O_RDONLY | constants.O_NOFOLLOW, (file) => {
      if ((fstatSync(file).mode & 0o077) !== 0) {
        throw new SettingsFault(`${path}: other users can read it; restart the gateway`)
      }
      return readFileSync(file, 'utf8').trim()
    })
  } catch (cause) {
    if (cause instanceof SettingsFault) throw cause
    if (errorCode(cause) === 'ENOENT') return undefined
    throw new SettingsFault(`${path}: ${fileProblem(cause)}`, { cause })
  }
}

const attachTokenPath = (stateDirectory: string): string => join(stateDirectory, 'operator.token')

const writeNew = (path: string, text: string): void => {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
  withFile(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, (file) => {
    fchmodSync(file, 0o600)
    writeFileSync(file, text)
  })
}

const withFile = <T>(path: string, flags: number, use: (file: number) => T): T => {
  const file = openSync(path, flags, 0o600)
  try {
    return use(file)
  } finally {
    closeSync(file)
  }
}
