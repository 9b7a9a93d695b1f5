import { Database } from 'bun:sqlite'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Who holds a state directory, for the message that the next one shows. */
export type LockHolder = Readonly<{
  pid: number
  /** ISO 8601, UTC. */
  startedAt: string
  /** Known once the gateway listens. */
  port?: number
  /** How it is reached from this machine; known then, too. */
  url?: string
}>

export type StateLock = Readonly<{
  /** Rewrites what is told about the holder, such as the port once it is known. */
  announce: (holder: LockHolder) => void
  release: () => void
}>

/** Another gateway uses the state directory. `holder` names it. */
export class StateLocked extends Error {
  readonly code = 'state_locked'
  readonly holder: string
  constructor(directory: string, holder: string, options?: ErrorOptions) {
    super(`The state directory ${directory} is in use by ${holder}`, options)
    this.name = 'StateLocked'
    this.holder = holder
  }
}

/**
 * Takes a state directory for this process alone. The lock is SQLite's own lock on a small file, which
 * the kernel lets go when the process ends in whatever way; the file that names the holder is only text.
 *
 * @throws StateLocked when another process, or an earlier call in this one, holds it
 */
export const acquireLock = (directory: string, holder: LockHolder): StateLock => {
  createPrivateDirectory(directory)
  const holderPath = join(directory, 'lock.json')
  const database = lockedDatabase(directory, holderPath)
  const announce = (next: LockHolder) => {
    writeFileSync(holderPath, `${JSON.stringify(next)}\n`, { mode: 0o600 })
  }
  announce(holder)
  return {
    announce,
    release: () => {
      // Whoever ends in order leaves no name behind: one that is found belongs to a gateway that died.
      rmSync(holderPath, { force: true })
      database.close()
    },
  }
}

/** What can be told of the lock of a state directory. `stale`: a name is there, and nobody behind it. */
export type LockState = Readonly<
  { kind: 'free' } | { kind: 'held'; holder: string } | { kind: 'stale'; holder: string }
>

/** Looks at the lock and changes nothing. @throws what the file system says */
export const inspectLock = (directory: string): LockState => {
  const path = join(directory, 'lock')
  const holderPath = join(directory, 'lock.json')
  if (existsSync(path) && isHeld(path)) return { kind: 'held', holder: describeHolder(holderPath) }
  return existsSync(holderPath)
    ? { kind: 'stale', holder: describeHolder(holderPath) }
    : { kind: 'free' }
}

const isHeld = (path: string): boolean => {
  const database = new Database(path, { readonly: true })
  try {
    database.run('PRAGMA busy_timeout = 0')
    database.query('SELECT count(*) FROM sqlite_master').get()
    return false
  } catch (cause) {
    if (!isBusy(cause)) throw cause
    return true
  } finally {
    database.close()
  }
}

/** The state directory is for its owner alone, also when it was there with looser rights. */
const createPrivateDirectory = (path: string) => {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  chmodSync(path, 0o700)
}

const lockedDatabase = (directory: string, holderPath: string): Database => {
  const path = join(directory, 'lock')
  const database = new Database(path, { create: true })
  try {
    // By path and never by opening it: closing any other descriptor of a file drops POSIX locks on it.
    chmodSync(path, 0o600)
    database.run('PRAGMA busy_timeout = 0')
    database.run('PRAGMA journal_mode = MEMORY')
    database.run('BEGIN EXCLUSIVE')
    return database
  } catch (cause) {
    database.close()
    if (!isBusy(cause)) throw cause
    throw new StateLocked(directory, describeHolder(holderPath), { cause })
  }
}

const isBusy = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && String(cause.code).startsWith('SQLITE_BUSY')

/** The holder may not have written its name yet, or may have died while writing it. */
const describeHolder = (holderPath: string): string => {
  try {
    const { pid, startedAt, port } = JSON.parse(readFileSync(holderPath, 'utf8')) as LockHolder
    const listening = port === undefined ? '' : `, port ${port}`
    return `the gateway with pid ${pid}${listening}, running since ${startedAt}`
  } catch {
    return 'another gateway that has not told its name'
  }
}
