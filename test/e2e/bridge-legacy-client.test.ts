import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { connectClient, type RealClient } from '../support/clients.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type ModernServer, startModernServer } from '../support/modern-server.ts'
import { FIXTURE_STEPS } from './fixture-steps.ts'
import { asks, calls, type Step, tellTwice, until } from './story.ts'

const STDIO_SERVER = join(import.meta.dir, '../support/upstream-stdio.ts')

let both: ModernServer
let modernOnly: ModernServer
let gateway: Gateway
// A gateway is a process of its own, and the machine may be busy.
beforeAll(async () => {
  both = startModernServer()
  modernOnly = startModernServer({ eras: ['modern'] })
  gateway = await startGateway({
    args: ['--no-auth'],
    servers: {
      modern: { type: 'http', url: modernOnly.url },
      process: { type: 'stdio', command: process.execPath, args: [STDIO_SERVER, '--modern-only'] },
    },
  })
}, 30_000)
afterAll(async () => {
  await gateway?.close()
  await both?.close()
  await modernOnly?.close()
})

const LOGGING: readonly Step[] = [
  asks('ping', {}, { shows: '{}' }),
  asks('logging/setLevel', { level: 'warning' }, { shows: '{}' }),
  calls('narrate', {}, 'The end.', '"chapter":"error"'),
]

// The fixture says the same in both eras. So a client that the gateway translates for must see what it
// sees of a server that speaks its own era.
for (const kind of ['sdk v1', 'sdk v2 legacy'] as const) {
  const connect = async () => {
    const [direct, through] = await Promise.all([
      connectClient(kind, { url: both.url }, { interactive: true }),
      connectClient(kind, { url: `${gateway.url}/servers/modern/mcp` }, { interactive: true }),
    ])
    return { direct, through }
  }
  const steps = [...FIXTURE_STEPS, ...LOGGING]
  tellTwice(`${kind}: an upstream that speaks only the modern era`, connect, steps)
}

describe.each(['sdk v1', 'sdk v2 legacy'] as const)('%s, through the gateway', (kind) => {
  let client: RealClient
  beforeAll(async () => {
    client = await connectClient(kind, { url: `${gateway.url}/servers/modern/mcp` })
  })
  afterAll(() => client?.close())

  test('hears that the tools of a modern server changed', async () => {
    const heard = () => client.heard.some(({ method }) => method.endsWith('tools/list_changed'))
    // When the client is connected, its GET stream need not be open yet.
    const again = setInterval(modernOnly.announceTools, 20)
    await until(heard, 'the change was not announced').finally(() => clearInterval(again))
  })

  test('is told in a sentence when it cannot be asked what the server wants to know', async () => {
    const result = await client.ask('tools/call', { name: 'confirm', arguments: {} })
    expect(result).toMatchObject({ isError: true })
    expect(JSON.stringify(result)).toContain('elicitation')
  })

  test('cancels a call, and the modern server hears of it', async () => {
    const before = modernOnly.cancellations()
    const started = modernOnly.calls().wait ?? 0
    const controller = new AbortController()
    const call = client
      .ask('tools/call', { name: 'wait', arguments: {} }, { signal: controller.signal })
      .catch((error: unknown) => error)
    await until(() => (modernOnly.calls().wait ?? 0) > started, 'the call never arrived')
    expect(modernOnly.cancellations()).toBe(before)
    controller.abort('enough')
    await call
    await until(() => modernOnly.cancellations() > before, 'the upstream was not told')
  })
})

test.each(['sdk v1', 'sdk v2 legacy'] as const)(
  'clients of %s that share a modern process hear each their own progress',
  async (kind) => {
    const connect = () => connectClient(kind, { url: `${gateway.url}/servers/process/mcp` })
    const clients = await Promise.all([connect(), connect()])
    const steps = await Promise.all(
      clients.map(async (client, at) => {
        const heard: unknown[] = []
        const params = { name: 'progress', arguments: { steps: 3 + at } }
        const result = await client.ask('tools/call', params, {
          onprogress: (step) => heard.push(step),
        })
        expect(result).toMatchObject({ content: [{ text: 'done' }] })
        return heard.length
      }),
    )
    // The SDK may drop a last step whose answer comes on its heels.
    expect(steps[0]).toBeWithin(2, 4)
    expect(steps[1]).toBeWithin(3, 5)
    await Promise.all(clients.map((client) => client.close()))
  },
)
