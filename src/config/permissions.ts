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
        const problem = permissionProblem(file, userId)
        if (problem === undefined) return []
        const shown = shownPath(file.path, directory)
        return `${shown}: ${problem.sentence}${problem.remedy && `; ${problem.remedy}`}`
      })

/** `foreign`: of another user. `writable`, `readable`: by other users, who should not. */
export type PermissionProblem = Readonly<{
  kind: 'foreign' | 'writable' | 'readable'
  sentence: string
  /** `chmod 600`; '' where that does not help. */
  remedy: string
}>

/** What is wrong with who may use a file; undefined when all is well, or there is none. */
export const permissionProblem = (
  { path, secret }: ConfigurationFile,
  userId: number,
): PermissionProblem | undefined => {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats && problemOf(stats, secret, userId)
}

/** Whether a value of `.env` is one that others must not read. */
export const holdsSecrets = (dotenv: Dotenv): boolean =>
  [...dotenv].some(([name, { value }]) => value !== '' && isSecretName(name))

const ROOT = 0

const problemOf = (
  stats: Stats,
  secret: boolean,
  userId: number,
): PermissionProblem | undefined => {
  const mode = (stats.mode & 0o777).toString(8).padStart(4, '0')
  if (stats.uid !== userId && stats.uid !== ROOT) {
    return { kind: 'foreign', sentence: 'belongs to another user, who can change it', remedy: '' }
  }
  if ((stats.mode & 0o022) !== 0) {
    const sentence = `other users can change it (mode ${mode})`
    return { kind: 'writable', sentence, remedy: 'chmod go-w' }
  }
  if (secret && (stats.mode & 0o044) !== 0) {
    const sentence = `holds secrets and other users can read it (mode ${mode})`
    return { kind: 'readable', sentence, remedy: 'chmod 600' }
  }
  return undefined
}
