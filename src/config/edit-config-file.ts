import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { errorCode, fileProblem } from './config-file.ts'
import { SettingsFault } from './settings-fault.ts'

/** What an edit makes of a file. */
export type Edited = Readonly<{
  text: string
  /** Whether secrets stand in it, so that only its owner may read it. */
  holdsSecrets: boolean
}>

export type EditOptions = Readonly<{
  /** Milliseconds since the epoch. */
  now: () => number
  sleep: (milliseconds: number) => Promise<unknown>
}>

/**
 * Edits a configuration file as a whole or not at all: the new text is on the disk before it takes the
 * place of the old one, in one step. A symbolic link stays one; the file keeps its owner and its rights,
 * fewer when it holds secrets. Editors of the same file wait for each other, so that no edit is lost.
 *
 * @param edit gets the text, empty when there is no file; what it throws leaves the file as it was, and
 *   where it gives nothing the file is removed
 * @param shown how messages name the file
 * @returns whether anything changed
 * @throws SettingsFault when the file cannot be read or written, or another editor does not finish
 */
export const editConfigFile = async (
  path: string,
  shown: string,
  edit: (text: string) => Edited | undefined,
  options: EditOptions,
): Promise<boolean> => {
  try {
    const target = targetOf(path)
    mkdirSync(dirname(target), { recursive: true })
    return await withLock(join(dirname(target), `.${basename(target)}.lock`), shown, options, () =>
      replace(target, shown, edit),
    )
  } catch (cause) {
    // Only the file system's own errors have a system call.
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause
    const isBelowFile = ['ENOTDIR', 'EEXIST'].includes(errorCode(cause))
    const problem = isBelowFile ? 'what it would be in is no directory' : fileProblem(cause)
    throw new SettingsFault(`${shown}: ${problem}`, { cause })
  }
}

const replace = (
  target: string,
  shown: string,
  edit: (text: string) => Edited | undefined,
): boolean => {
  const before = readText(target, shown)
  const edited = edit(before ?? '')
  if (edited?.text === before) return false
  if (edited === undefined) rmSync(target)
  else write(target, edited)
  withFile(dirname(target), constants.O_RDONLY, fsyncSync)
  return true
}

const write = (target: string, { text, holdsSecrets }: Edited): void => {
  const draft = join(dirname(target), `.${basename(target)}.new`)
  rmSync(draft, { force: true })
  try {
    const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
    withFile(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, (file) => {
      writeFileSync(file, text)
      keepRights(file, statSync(target, { throwIfNoEntry: false }), holdsSecrets)
      fsyncSync(file)
    })
    renameSync(draft, target)
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Milliseconds that another editor gets, and the age at which a lock is what a killed one left behind. */
const PATIENCE = 3000
const STALE = 10_000

const withLock = async <T>(
  lock: string,
  shown: string,
  { now, sleep }: EditOptions,
  act: () => T,
): Promise<T> => {
  const deadline = now() + PATIENCE
  while (!takeLock(lock, now())) {
    if (now() > deadline) throw new SettingsFault(`${shown}: another program is editing it`)
    await sleep(20)
  }
  try {
    return act()
  } finally {
    rmSync(lock, { force: true })
  }
}

const takeLock = (lock: string, now: number): boolean => {
  const left = lstatSync(lock, { throwIfNoEntry: false })
  if (left !== undefined && now - left.mtimeMs > STALE) rmSync(lock, { force: true })
  try {
    withFile(lock, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, () => undefined)
    return true
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST') return false
    throw cause
  }
}

const keepRights = (file: number, before: Stats | undefined, holdsSecrets: boolean): void => {
  const mode = (before?.mode ?? 0o644) & 0o777
  fchmodSync(file, holdsSecrets ? mode & 0o700 : mode)
  // The superuser may edit another's file, which stays the other's.
  if (before !== undefined && process.getuid?.() === 0) fchownSync(file, before.uid, before.gid)
}

/** The file itself, behind symbolic links, also behind one that leads nowhere yet. */
const targetOf = (path: string): string => {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return path
  const next = resolve(dirname(path), readlinkSync(path))
  return statSync(path, { throwIfNoEntry: false }) === undefined ? next : realpathSync(path)
}

/** With its byte order mark, if it has one. */
const readText = (path: string, shown: string): string | undefined => {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined
    throw cause
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new SettingsFault(`${shown}: is not UTF-8 text`, { cause })
  }
}

const withFile = <T>(path: string, flags: number, use: (file: number) => T): T => {
  const file = openSync(path, flags, 0o600)
  try {
    return use(file)
  } finally {
    closeSync(file)
  }
}
