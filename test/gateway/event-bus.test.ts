import { describe, expect, test } from 'bun:test'
import type { GatewayEvent } from '../../src/core/events.ts'
import { createEventBus } from '../../src/gateway/event-bus.ts'

const event = (seq: number) => ({ seq }) as GatewayEvent
const reader = (bus: ReturnType<typeof createEventBus>, after?: number) => {
  const stream = bus.watch(after).getReader()
  return {
    next: async () => {
      const { value } = await stream.read()
      return value === undefined ? undefined : JSON.parse(value.data)
    },
    cancel: () => stream.cancel(),
  }
}

describe('the event bus', () => {
  test('a watcher sees what happens from now on', async () => {
    const bus = createEventBus()
    bus.publish(event(1))
    const watcher = reader(bus)
    bus.publish(event(2))
    expect(await watcher.next()).toEqual({ seq: 2 })
  })

  test('a watcher resumes after the last event it saw', async () => {
    const bus = createEventBus()
    for (const seq of [1, 2, 3]) bus.publish(event(seq))
    const watcher = reader(bus, 1)
    expect(await watcher.next()).toEqual({ seq: 2 })
    expect(await watcher.next()).toEqual({ seq: 3 })
  })

  test('who resumes further back than is remembered is told how many are gone', async () => {
    const bus = createEventBus({ remembered: 2 })
    for (const seq of [1, 2, 3, 4, 5]) bus.publish(event(seq))
    const watcher = reader(bus, 1)
    expect(await watcher.next()).toEqual({ missed: 2 })
    expect(await watcher.next()).toEqual({ seq: 4 })
  })

  test('a slow watcher loses the oldest and is told how many; nobody waits', async () => {
    const bus = createEventBus({ backlog: 3 })
    const slow = reader(bus)
    for (let seq = 1; seq <= 10; seq++) bus.publish(event(seq))
    expect(await slow.next()).toEqual({ missed: 7 })
    expect(await slow.next()).toEqual({ seq: 8 })
  })

  test('a watcher that left is forgotten, also while it waited', async () => {
    const bus = createEventBus()
    const watcher = reader(bus)
    const waiting = watcher.next()
    await watcher.cancel()
    expect(await waiting).toBeUndefined()
    expect(bus.watchers()).toBe(0)
    bus.publish(event(1))
  })

  test('closing ends every watcher', async () => {
    const bus = createEventBus()
    const watcher = reader(bus)
    const waiting = watcher.next()
    bus.close()
    expect(await waiting).toBeUndefined()
  })
})
