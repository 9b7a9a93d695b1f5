import { expect, test } from 'bun:test'
import type { Reply, StreamEvent } from '../../../../src/core/conversation.ts'
import { readAnswer } from '../../../../src/era/bridge/modern-over-legacy/read-answer.ts'

const stream = (...events: readonly StreamEvent[]): Reply => ({
  kind: 'stream',
  events: new ReadableStream({
    start: (controller) => {
      for (const event of events) controller.enqueue(event)
      controller.close()
    },
  }),
})

const ANSWER = '{"jsonrpc":"2.0","id":7,"result":{}}'
const HALF_A_MINUTE = 30_000

test('a stream that the server closed is resumed where it broke off', async () => {
  const resumed: string[] = []
  const answer = await readAnswer(stream({ data: '', id: '7_1', retry: 0 }), {
    number: 7,
    take: () => {},
    resume: async (id) => {
      resumed.push(id)
      return stream({ data: ANSWER })
    },
    signal: new AbortController().signal,
  })
  expect(answer).toMatchObject({ kind: 'answer', id: 7 })
  expect(resumed).toEqual(['7_1'])
})

test('who leaves while the server wants a pause is let go at once, and nothing is resumed', async () => {
  const leaving = new AbortController()
  const started = performance.now()
  const reading = readAnswer(stream({ data: '', id: '7_1', retry: HALF_A_MINUTE }), {
    number: 7,
    take: () => {},
    resume: () => Promise.reject(new Error('resumed')),
    signal: leaving.signal,
  })
  // A turn of the loop later the stream is read to its end, and the pause has begun.
  await new Promise(setImmediate)
  leaving.abort()
  expect(await reading).toBeUndefined()
  expect(performance.now() - started).toBeLessThan(HALF_A_MINUTE)
}, 60_000)
