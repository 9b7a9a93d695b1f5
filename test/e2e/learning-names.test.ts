import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Client } from '../../src/client.ts'
import { aliasOf } from '../../src/federation/names.ts'
import { connectClient } from '../support/clients.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { clientTo } from '../support/test-client.ts'
import { until } from '../support/until.ts'
import { startUpstream } from '../support/upstream.ts'

const LONG = `a tool with spaces, and a name that goes on for more than ${'sixty-four '.repeat(3)}`

let upstream: ReturnType<typeof startUpstream>
let gateway: Gateway
let operator: Client
beforeAll(async () => {
  upstream = startUpstream({ tools: { [LONG]: {} } })
  gateway = await startGateway({
    args: ['--no-auth'],
    servers: { odd: { type: 'http', url: upstream.url } },
  })
  operator = clientTo(gateway.url, { token: await gateway.operatorToken() })
}, 30_000)
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

test('a server is asked what a shortened name stands for only after a row of its own says so', async () => {
  const client = await connectClient('sdk v2 modern', { url: `${gateway.url}/mcp` })
  const call = () => client.ask('tools/call', { name: aliasOf('odd', LONG), arguments: { x: 1 } })
  await call()
  await call()
  await client.close()
  expect(upstream.calls(LONG)).toHaveLength(2)
  const { events } = await until(
    () => operator.history({ limit: 100 }),
    (page) => page.events.filter((event) => event.tool_name === LONG).length === 2,
  )
  const learned = events.filter(({ code }) => code === 'names_learned')
  expect(learned).toEqual([
    expect.objectContaining({
      phase: 'event',
      user: 'anonymous',
      parameters: { mcp_server: 'odd', method: 'tools/list' },
      error: 'server odd is asked for tools/list, to learn which name a shortened one stands for',
    }),
  ])
  const calls = events.filter((event) => event.tool_name === LONG)
  for (const { seq } of calls) expect(seq).toBeGreaterThan(learned[0]?.seq ?? Infinity)
})
