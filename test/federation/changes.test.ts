import { expect, test } from 'bun:test'
import type { StreamEvent } from '../../src/core/conversation.ts'
import { createChanges } from '../../src/federation/changes.ts'

/** Servers that come and go, each with one stream at a time. */
const start = () => {
  const joins: string[] = []
  const dead = new Set<string>()
  const streams = new Map<string, ReadableStreamDefaultController<StreamEvent>>()
  let servers = [{ server: 'a', wanted: '' }]
  const changes = createChanges<(typeof servers)[number]>({
    servers: () => servers,
    join: async ({ server }, signal) => {
      joins.push(server)
      if (dead.has(server)) throw new Error('away')
      return new ReadableStream<StreamEvent>({
        start(controller) {
          streams.set(server, controller)
          signal.addEventListener('abort', () => streams.delete(server))
        },
      })
    },
    greeting: () => 'hello',
    notices: ['look again'],
    lossy: true,
    budget: 60_000,
    retry: 1,
    onEnd: () => undefined,
  })
  const reader = changes.events.getReader()
  return {
    joins,
    dead,
    streams,
    changes,
    become: (now: typeof servers) => {
      servers = now
      changes.changed()
    },
    next: async () => (await reader.read()).value?.data,
    end: () => reader.cancel(),
  }
}

test('a server that dies is tried until it is back, and then the client looks again', async () => {
  const { joins, dead, streams, next, end } = start()
  expect(await next()).toBe('hello')
  streams.get('a')?.enqueue({ data: 'news' })
  expect(await next()).toBe('news')
  dead.add('a')
  streams.get('a')?.error(new Error('cut'))
  while (joins.length < 4) await Bun.sleep(1)
  dead.delete('a')
  expect(await next()).toBe('look again')
  streams.get('a')?.enqueue({ data: 'more' })
  expect(await next()).toBe('more')
  await end()
})

test('a server of which something else is wanted now is heard anew; the same is not', async () => {
  const { joins, streams, next, become, end } = start()
  expect(await next()).toBe('hello')
  become([{ server: 'a', wanted: '' }])
  expect(await next()).toBe('look again')
  expect(joins).toEqual(['a'])
  become([{ server: 'a', wanted: 'more' }])
  expect(await next()).toBe('look again')
  expect(joins).toEqual(['a', 'a'])
  streams.get('a')?.enqueue({ data: 'news' })
  expect(await next()).toBe('news')
  become([])
  expect(await next()).toBe('look again')
  expect(streams.size).toBe(0)
  await end()
})
