import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type ClientKind, connectClient, type RealClient } from '../support/clients.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type ModernServer, startModernServer } from '../support/modern-server.ts'
import { FIXTURE_STEPS } from './fixture-steps.ts'
import { asks, calls, type Step, tellTwice, until } from './story.ts'

let upstream: ModernServer
let gateway: Gateway
beforeAll(async () => {
  upstream = startModernServer()
  gateway = await startGateway({
    args: ['--no-auth'],
    servers: { fixture: { type: 'http', url: upstream.url } },
  })
})
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

const throughUrl = () => `${gateway.url}/servers/fixture/mcp`

const LEGACY_LOGGING: readonly Step[] = [
  asks('ping', {}, { shows: '{}' }),
  asks('logging/setLevel', { level: 'warning' }, { shows: '{}' }),
  calls('narrate', {}, 'The end.', '"chapter":"error"'),
]

const STORIES: Record<Exclude<ClientKind, 'sdk v2 auto'>, readonly Step[]> = {
  'sdk v1': [...FIXTURE_STEPS, ...LEGACY_LOGGING],
  'sdk v2 legacy': [...FIXTURE_STEPS, ...LEGACY_LOGGING],
  'sdk v2 modern': FIXTURE_STEPS,
}

for (const [kind, steps] of Object.entries(STORIES) as [ClientKind, readonly Step[]][]) {
  const connect = async () => {
    const [direct, through] = await Promise.all([
      connectClient(kind, { url: upstream.url }, { interactive: true }),
      connectClient(kind, { url: throughUrl() }, { interactive: true }),
    ])
    return { direct, through }
  }
  tellTwice(`${kind}: the fixture of both eras`, connect, steps)
}

describe('through the gateway', () => {
  const connected: RealClient[] = []
  const connect = async (kind: ClientKind) => {
    const client = await connectClient(kind, { url: throughUrl() })
    connected.push(client)
    return client
  }
  afterAll(() => Promise.all(connected.map((client) => client.close())))

  test('a client that finds the era out by itself finds the modern one', async () => {
    const client = await connect('sdk v2 auto')
    expect(client.hello()).toMatchObject({ era: 'modern', protocolVersion: '2026-07-28' })
  })

  test.each(['sdk v1', 'sdk v2 legacy', 'sdk v2 modern'] as const)(
    'the upstream hears that a client of %s cancelled',
    async (kind) => {
      const client = await connect(kind)
      const before = upstream.cancellations()
      const started = upstream.calls().wait ?? 0
      const controller = new AbortController()
      const call = client
        .ask('tools/call', { name: 'wait', arguments: {} }, { signal: controller.signal })
        .catch((error: unknown) => error)
      await until(() => (upstream.calls().wait ?? 0) > started, 'the call never arrived')
      expect(upstream.cancellations()).toBe(before)
      controller.abort('enough')
      await call
      await until(() => upstream.cancellations() > before, 'the upstream was not told')
    },
  )

  test.each(['sdk v1', 'sdk v2 legacy'] as const)(
    'a client of %s hears only the log levels it asked for, in order',
    async (kind) => {
      const client = await connect(kind)
      await client.ask('logging/setLevel', { level: 'warning' })
      await client.ask('tools/call', { name: 'narrate', arguments: {} })
      await until(() => client.heard.length >= 2, 'the log did not arrive')
      expect(client.heard.map(({ params }) => params)).toMatchObject([
        { level: 'warning', data: { chapter: 'warning' }, logger: 'fixture' },
        { level: 'error', data: { chapter: 'error' }, logger: 'fixture' },
      ])
    },
  )

  test('a modern client hears that the tools changed, until it stops listening', async () => {
    const client = await connect('sdk v2 modern')
    const subscription = await client.listen({ toolsListChanged: true })
    upstream.announceTools()
    await until(() => client.heard.length > 0, 'the change was not announced')
    expect(client.heard.map(({ method }) => method)).toEqual(['notifications/tools/list_changed'])
    await subscription.close()
  })

  test('no credential of the caller reaches the upstream', async () => {
    const authorization = 'Bearer not-for-the-upstream'
    const before = upstream.received().length
    const client = await connectClient('sdk v2 modern', {
      url: throughUrl(),
      headers: { cookie: 'session=not-for-the-upstream', 'x-api-key': 'not-for-the-upstream' },
    })
    await client.ask('tools/call', { name: 'greet', arguments: { name: 'you' } })
    await client.close()
    await fetch(throughUrl(), { method: 'POST', headers: { authorization }, body: '{}' })
    expect(upstream.received().length).toBeGreaterThan(before)
    expect(JSON.stringify(upstream.received())).not.toContain('not-for-the-upstream')
  })
})
