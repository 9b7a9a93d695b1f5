import { type Stats, statSync } from 'node:fs'
import { shownPath } from './config-file.ts'
import type { Dotenv } from './dotenv.ts'
import { isSecretName } from './secret-reference.ts'

/** A file that decides who may do what. */
export type ConfigurationFile = Readonly<{
  path: string
  /** Whether secrets stand in it, so that others must not read it either. */
  secret: boolean
}>

/**
 * Sentences about configuration files that other users of the machine can change, or read although
 * secrets stand in them. A file that is not there is no reason to warn.
 *
 * @param userId the user the gateway runs as; undefined where files have no owner, and nothing is said
 */
export const permissionWarnings = (
  files: readonly ConfigurationFile[],
  directory: string,
  userId: number | undefined,
): string[] =>
  userId === undefined
    ? []
    : files.flatMap((file) => {
        const stats = statSync(file.path, { throwIfNoEntry: false })
        const warning = stats && warningFor(stats, file.secret, userId)
        return warning ? `${shownPath(file.path, directory)}: ${warning}` : []
      })

/** Whether a value of `.env` is one that others must not read. */
export const holdsSecrets = (dotenv: Dotenv): boolean =>
  [...dotenv].some(([name, { value }]) => value !== '' && isSecretName(name))

const ROOT = 0

const warningFor = (stats: Stats, secret: boolean, userId: number): string | undefined => {
  const mode = (stats.mode & 0o777).toString(8).padStart(4, '0')
  if (stats.uid !== userId && stats.uid !== ROOT)
    return 'belongs to another user, who can change it'
  if ((stats.mode & 0o022) !== 0) return `other users can change it (mode ${mode}); chmod go-w`
  if (secret && (stats.mode & 0o044) !== 0) {
    return `holds secrets and other users can read it (mode ${mode}); chmod 600`
  }
  return undefined
}
