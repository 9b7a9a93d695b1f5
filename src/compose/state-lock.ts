import { acquireLock, inspectLock, type LockHolder, type LockState } from '../state/lock.ts'

export type { LockState } from '../state/lock.ts'

/** This process as the holder of a lock. @param now milliseconds since the epoch */
export const lockHolder = (now: number): LockHolder => ({
  pid: process.pid,
  startedAt: new Date(now).toISOString(),
})

/** Whether a gateway uses a state directory; changes nothing. @throws what the file system says */
export const lockState = (directory: string): LockState => inspectLock(directory)

/**
 * Removes what a gateway that died left of its lock.
 *
 * @param now milliseconds since the epoch
 * @throws StateLocked when a living one took it meanwhile
 */
export const clearStaleLock = (directory: string, now: number): void =>
  acquireLock(directory, lockHolder(now)).release()
