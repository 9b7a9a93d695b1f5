import { expect, test } from 'bun:test'
import { type StreamEnd, watchStream } from '../../src/lib/watch-stream.ts'

/** Values one after the other, then what ends the stream. */
const streamOf = (
  values: readonly string[],
  last: (controller: ReadableStreamDefaultController<string>) => void,
  left: (reason: unknown) => void = () => undefined,
) => {
  const waiting = [...values]
  return new ReadableStream<string>(
    {
      pull(controller) {
        const next = waiting.shift()
        if (next === undefined) last(controller)
        else controller.enqueue(next)
      },
      cancel: left,
    },
    { highWaterMark: 0 },
  )
}

test('a stream that is read to its end is told so once, after all that it held', async () => {
  const heard: unknown[] = []
  const watched = watchStream(
    streamOf(['a', 'b'], (controller) => controller.close()),
    { each: (value) => heard.push(value), ended: (end) => heard.push(end) },
  )
  expect(await Array.fromAsync(watched)).toEqual(['a', 'b'])
  expect(heard).toEqual(['a', 'b', { how: 'read' }])
})

test('a stream that breaks is told so, and breaks for its reader by the same cause', async () => {
  const cause = new Error('broken')
  const ends: StreamEnd[] = []
  const watched = watchStream(
    streamOf([], (controller) => controller.error(cause)),
    { ended: (end) => ends.push(end) },
  )
  expect(await Array.fromAsync(watched).catch((thrown: unknown) => thrown)).toBe(cause)
  expect(ends).toEqual([{ how: 'broken', cause }])
})

test('a reader that leaves ends the source, while it is being waited for too', async () => {
  const ends: StreamEnd[] = []
  const left: unknown[] = []
  const never = streamOf(
    [],
    () => undefined,
    (reason) => left.push(reason),
  )
  const reader = watchStream(never, { ended: (end) => ends.push(end) }).getReader()
  const reading = reader.read()
  await reader.cancel('enough')
  expect(await reading).toEqual({ done: true, value: undefined })
  expect(left).toEqual(['enough'])
  expect(ends).toEqual([{ how: 'left' }])
})

test('nothing is taken from the source before the reader asks for it', async () => {
  const heard: string[] = []
  const watched = watchStream(
    streamOf(['a', 'b'], (controller) => controller.close()),
    { each: (value) => heard.push(value), ended: () => undefined },
  )
  const reader = watched.getReader()
  expect(await reader.read()).toEqual({ done: false, value: 'a' })
  expect(heard).toEqual(['a'])
  await reader.cancel()
})

test('who cannot take the end is told that the stream broke by it', async () => {
  const ends: StreamEnd['how'][] = []
  const watched = watchStream(
    streamOf([], (controller) => controller.close()),
    {
      ended: ({ how }) => {
        ends.push(how)
        if (how === 'read') throw new Error('not like this')
      },
    },
  )
  await expect(Array.fromAsync(watched)).rejects.toThrow('not like this')
  expect(ends).toEqual(['read', 'broken'])
})
