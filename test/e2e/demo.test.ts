import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createDemoServer } from '../../src/demo/server.ts'
import { connectClient } from '../support/clients.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { DEMO_STEPS } from './demo-steps.ts'
import { embeddedTransport } from './embedded-transport.ts'
import { tellTwice } from './story.ts'

const real = {
  now: Date.now,
  random: Math.random,
  sleep: (milliseconds: number) => Bun.sleep(milliseconds),
}

for (const kind of ['sdk v2 modern', 'sdk v2 legacy'] as const) {
  let gateway: Gateway | undefined
  const connect = async () => {
    // What `flaky` counts and `delete_user` deletes lasts as long as the server: each story needs its own.
    gateway = await startGateway({ args: ['--no-auth', '--demo'] })
    const [direct, through] = await Promise.all([
      connectClient(kind, { transport: embeddedTransport(createDemoServer(real)) }),
      connectClient(kind, { url: `${gateway.url}/servers/demo/mcp` }),
    ])
    return { direct, through }
  }
  tellTwice(`${kind}: the demo server`, connect, DEMO_STEPS)
  afterAll(() => gateway?.close())
}

describe('the demo server', () => {
  let gateway: Gateway
  beforeAll(async () => {
    gateway = await startGateway({ args: ['--no-auth'] })
  })
  afterAll(() => gateway?.close())

  test('is there when nothing else is configured', async () => {
    const client = await connectClient('sdk v1', { url: `${gateway.url}/servers/demo/mcp` })
    const result = await client.ask('tools/call', { name: 'add', arguments: { a: 2, b: 40 } })
    expect(result).toMatchObject({ structuredContent: { sum: 42 } })
    await client.close()
  })

  test('gives lists that are public, which the gateway makes private, for no longer', async () => {
    const client = await connectClient('sdk v2 modern', { url: `${gateway.url}/servers/demo/mcp` })
    for (const method of ['tools/list', 'resources/list', 'prompts/list']) {
      const { cacheScope, ttlMs } = (await client.ask(method)) as Record<string, unknown>
      expect(cacheScope).toBe('private')
      expect(ttlMs).toBeWithin(0, 300_001)
    }
    await client.close()
  })
})
