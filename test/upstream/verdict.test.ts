import { expect, test } from 'bun:test'
import { createVerdict } from '../../src/upstream/verdict.ts'

/** A verdict on a clock that the test moves; each time it is found anew it is the next number. */
const counted = () => {
  const world = { time: 0, found: 0, fails: false }
  const find = async () => {
    world.found++
    await Promise.resolve()
    if (world.fails) throw new Error('no evidence')
    return world.found
  }
  const verdict = createVerdict(find, { now: () => world.time, lifetime: 100, settled: 10 })
  return { world, verdict }
}

test('all who ask at the same time share one question, and the verdict holds for its lifetime', async () => {
  const { world, verdict } = counted()
  expect(await Promise.all([verdict.get(), verdict.get()])).toEqual([1, 1])
  world.time = 99
  expect([await verdict.get(), verdict.current()]).toEqual([1, 1])
  world.time = 100
  expect([verdict.current(), verdict.last()]).toEqual([undefined, 1])
  expect(await verdict.get()).toBe(2)
})

test('a doubt has it asked for again, but not while it is fresh', async () => {
  const { world, verdict } = counted()
  await verdict.get()
  world.time = 5
  verdict.doubt()
  expect(await verdict.get()).toBe(1)
  world.time = 10
  expect(await verdict.get()).toBe(2)
})

test('a question that failed is asked again by whoever comes next', async () => {
  const { world, verdict } = counted()
  world.fails = true
  expect(await verdict.get().catch(String)).toBe('Error: no evidence')
  world.fails = false
  expect([verdict.last(), await verdict.get()]).toEqual([undefined, 2])
})
