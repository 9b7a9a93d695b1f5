import { constants, fchmodSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileProblem } from './config-file.ts'
import { readPrivateFile, withFile } from './private-file.ts'
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
 * @throws SettingsFault when the file is a symbolic link or another user's, cannot be read, or others can
 */
export const readAttachToken = (
  stateDirectory: string,
  userId: number | undefined = undefined,
): string | undefined => readPrivateFile(attachTokenPath(stateDirectory), userId)?.trim()

const attachTokenPath = (stateDirectory: string): string => join(stateDirectory, 'operator.token')

const writeNew = (path: string, text: string): void => {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
  withFile(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, (file) => {
    fchmodSync(file, 0o600)
    writeFileSync(file, text)
  })
}
