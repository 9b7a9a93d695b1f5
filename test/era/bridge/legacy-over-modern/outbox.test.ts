import { describe, expect, test } from 'bun:test'
import { createOutbox } from '../../../../src/era/bridge/legacy-over-modern/outbox.ts'

const readAll = async (events: ReadableStream<{ data: string }>) =>
  (await Array.fromAsync(events)).map(({ data }) => data)

describe('what waits for a GET stream', () => {
  test('begins it, in order, each message once and the oldest dropped beyond the limit', async () => {
    const outbox = createOutbox(3)
    for (const text of ['1', '2', '2', '3', '4', '3', '5']) outbox.deliver(text)
    const events = outbox.open()
    outbox.close()
    expect(await readAll(events)).toEqual(['3', '4', '5'])
  })

  test('is kept while a stream is read too slowly, without growing', async () => {
    const outbox = createOutbox(4)
    const reader = outbox.open().getReader()
    for (let number = 0; number < 1_000; number++) outbox.deliver(String(number))
    const heard: number[] = []
    while (heard.at(-1) !== 999) heard.push(Number((await reader.read()).value?.data))
    expect(heard.length).toBeLessThan(20)
    expect(heard).toEqual([...heard].sort((one, other) => one - other))
  })

  test('goes to the latest stream, and to an older one when that has gone', async () => {
    const outbox = createOutbox(4)
    const [older, latest] = [outbox.open(), outbox.open().getReader()]
    outbox.deliver('a')
    expect((await latest.read()).value?.data).toBe('a')
    await latest.cancel()
    outbox.deliver('b')
    outbox.close()
    expect(await readAll(older)).toEqual(['b'])
  })

  test('is nothing any more when the session has ended', async () => {
    const outbox = createOutbox(4)
    outbox.deliver('a')
    outbox.close()
    outbox.deliver('b')
    expect(await readAll(outbox.open())).toEqual([])
  })
})
