import { expect, test } from 'bun:test'
import { unlessAborted } from '../../src/upstream/unless-aborted.ts'

const left = () => new Error('left')
const turn = () => new Promise(setImmediate)

test('what is waited for comes, or fails, as it is', async () => {
  const { signal } = new AbortController()
  expect(await unlessAborted(Promise.resolve(1), signal, left)).toBe(1)
  await expect(unlessAborted(Promise.reject(new Error('down')), signal, left)).rejects.toThrow(
    'down',
  )
})

test('who leaves is let go at once, and the others go on waiting', async () => {
  const shared = Promise.withResolvers<number>()
  const leaving = new AbortController()
  const gone = unlessAborted(shared.promise, leaving.signal, left)
  const staying = unlessAborted(shared.promise, new AbortController().signal, left)
  leaving.abort()
  await expect(gone).rejects.toThrow('left')
  shared.resolve(2)
  expect(await staying).toBe(2)
})

test.each([
  ['before', AbortSignal.abort()],
  ['meanwhile', undefined],
])('a failure that comes after everybody left (%s) is nobody else’s', async (_when, aborted) => {
  const shared = Promise.withResolvers<number>()
  const leaving = new AbortController()
  const gone = unlessAborted(shared.promise, aborted ?? leaving.signal, left)
  leaving.abort()
  await gone.catch((cause: unknown) => expect(cause).toMatchObject({ message: 'left' }))
  shared.reject(new Error('too late'))
  await turn()
})
