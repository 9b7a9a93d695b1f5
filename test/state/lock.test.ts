import { expect, test } from 'bun:test'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { acquireLock, inspectLock, StateLocked } from '../../src/state/lock.ts'
import { temporaryDirectory } from './table.ts'

const holder = { pid: 4711, startedAt: '2026-11-22T10:00:00.000Z' }

const caught = (action: () => unknown): unknown => {
  try {
    return action()
  } catch (cause) {
    return cause
  }
}

test('a second gateway is refused with the name of the first', () => {
  using directory = temporaryDirectory()
  const lock = acquireLock(directory.path, holder)
  lock.announce({ ...holder, port: 8000 })
  const refusal = caught(() => acquireLock(directory.path, { ...holder, pid: 1 }))
  expect(refusal).toBeInstanceOf(StateLocked)
  expect(String(refusal)).toContain('pid 4711, port 8000, running since 2026-11-22T10:00:00.000Z')
  lock.release()
})

test('a refused second gateway neither takes the lock away nor its holder\u2019s name', () => {
  using directory = temporaryDirectory()
  const lock = acquireLock(directory.path, holder)
  caught(() => acquireLock(directory.path, { ...holder, pid: 1 }))
  expect(String(caught(() => acquireLock(directory.path, holder)))).toContain('pid 4711')
  lock.release()
})

test('a released directory can be taken again', () => {
  using directory = temporaryDirectory()
  acquireLock(directory.path, holder).release()
  acquireLock(directory.path, holder).release()
})

test('the lock of a gateway that was killed is free at once', async () => {
  using directory = temporaryDirectory()
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'hold-lock.ts'), directory.path])
  const output = child.stdout.getReader()
  await output.read()
  const refusal = caught(() => acquireLock(directory.path, holder))
  expect(String(refusal)).toContain(`pid ${child.pid}, port 8000`)
  child.kill('SIGKILL')
  await child.exited
  acquireLock(directory.path, holder).release()
})

test('directory and files are for their owner alone, whatever the umask', () => {
  using directory = temporaryDirectory()
  const before = process.umask(0)
  const state = join(directory.path, 'state')
  const lock = acquireLock(state, holder)
  process.umask(before)
  expect(statSync(state).mode & 0o777).toBe(0o700)
  expect(statSync(join(state, 'lock')).mode & 0o777).toBe(0o600)
  expect(statSync(join(state, 'lock.json')).mode & 0o777).toBe(0o600)
  lock.release()
})

test('whether a gateway holds the lock can be seen from outside, and changes nothing', async () => {
  using directory = temporaryDirectory()
  expect(inspectLock(directory.path)).toEqual({ kind: 'free' })
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'hold-lock.ts'), directory.path])
  try {
    await child.stdout.getReader().read()
    const name = expect.stringContaining(`pid ${child.pid}, port 8000`)
    expect(inspectLock(directory.path)).toEqual({ kind: 'held', holder: name })
    expect(caught(() => acquireLock(directory.path, holder))).toBeInstanceOf(StateLocked)
    child.kill('SIGKILL')
    await child.exited
    expect(inspectLock(directory.path)).toEqual({ kind: 'stale', holder: name })
  } finally {
    child.kill('SIGKILL')
  }
})

test('who lets the lock go in order leaves no name behind', () => {
  using directory = temporaryDirectory()
  acquireLock(directory.path, holder).release()
  expect(inspectLock(directory.path)).toEqual({ kind: 'free' })
})
