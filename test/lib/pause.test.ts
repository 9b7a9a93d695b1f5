import { expect, test } from 'bun:test'
import type { Abortable } from '../../src/lib/abortable.ts'
import { pauseFor } from '../../src/lib/pause.ts'

const HOUR = 3_600_000

/** A signal that tells how many listen to it. */
const watched = () => {
  const controller = new AbortController()
  let listeners = 0
  const signal: Abortable = {
    get aborted() {
      return controller.signal.aborted
    },
    addEventListener: (...given) => {
      listeners++
      controller.signal.addEventListener(...given)
    },
    removeEventListener: (...given) => {
      listeners--
      controller.signal.removeEventListener(...given)
    },
  }
  return { signal, abort: () => controller.abort(), listeners: () => listeners }
}

test('a pause ends with its time and leaves no listener behind', async () => {
  const { signal, listeners } = watched()
  for (let turn = 0; turn < 20; turn++) await pauseFor(0, signal)
  expect(listeners()).toBe(0)
})

test('a pause ends when its signal is aborted, and leaves no listener behind', async () => {
  const { signal, abort, listeners } = watched()
  const pausing = pauseFor(HOUR, signal)
  expect(listeners()).toBe(1)
  abort()
  await pausing
  expect(listeners()).toBe(0)
})

test('nobody pauses once the signal is aborted', async () => {
  await pauseFor(HOUR, AbortSignal.abort())
})

test.each([
  [true, 'may end during an idle pause'],
  [false, 'lives through every other pause'],
])('idle %p: a program that has nothing else to do %s', async (idle) => {
  const url = new URL('../../src/lib/pause.ts', import.meta.url).href
  const script = `
    const { pauseFor } = await import(${JSON.stringify(url)})
    void pauseFor(${idle ? HOUR : 20}, new AbortController().signal, { idle: ${idle} })
      .then(() => process.stdout.write('paused'))`
  const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe' })
  expect(await child.stdout.text()).toBe(idle ? '' : 'paused')
  expect(await child.exited).toBe(0)
})
