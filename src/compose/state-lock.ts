import { acquireLock, inspectLock, type LockState } from '../state/lock.ts'

export type { LockState } from '../state/lock.ts'

/** Whether a gateway uses a state directory; changes nothing. @throws what the file system says */
export const lockState = (directory: string): LockState => inspectLock(directory)

/**
 * Removes what a gateway that died left of its lock.
 *
 * @throws StateLocked when a living one took it meanwhile
 */
export const clearStaleLock = (directory: string, now: number): void =>
  acquireLock(directory, { pid: process.pid, startedAt: new Date(now).toISOString() }).release()
