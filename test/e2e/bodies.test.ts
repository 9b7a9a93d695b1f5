import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Client } from '../../src/client.ts'
import type { GatewayEvent } from '../../src/core/events.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { clientTo } from '../support/test-client.ts'
import { until } from '../support/until.ts'

let gateway: Gateway
let operator: Client
let caller: Client

beforeAll(async () => {
  gateway = await startGateway({ args: ['--no-auth', '--demo'] })
  operator = clientTo(gateway.url, { token: await gateway.operatorToken() })
  caller = clientTo(gateway.url)
}, 30_000)
afterAll(() => gateway.close())

const call = (name: string, given: Readonly<Record<string, unknown>>) =>
  caller.ask('demo', 'tools/call', { name, arguments: given })

/** The next settled call of this tool, as the feed tells it. */
const settled = async (
  feed: AsyncGenerator<{ kind: string; event?: GatewayEvent }>,
  tool: string,
): Promise<GatewayEvent> => {
  for (;;) {
    const { value, done } = await feed.next()
    if (done) throw new Error('the feed ended')
    const { event } = value
    if (event?.tool_name === tool && event.phase !== 'intent') return event
  }
}

test('request, headers and reply are told while the feed is read with bodies, masked and capped', async () => {
  const end = new AbortController()
  const feed = operator.events({ after: 0, bodies: true, signal: end.signal })
  expect((await feed.next()).value).toMatchObject({ kind: 'open' })

  await call('echo', { text: 'hello', password: 'correct horse' }).catch(() => 0)
  const echoed = await settled(feed, 'echo')
  const { bodies } = await operator.event(echoed.exchange_id)
  expect(bodies?.headers['mcp-method']).toBe('tools/call')
  expect(JSON.stringify(bodies?.headers)).not.toContain('earer')
  const request = JSON.parse(bodies?.request?.text ?? '')
  expect(request).toMatchObject({ method: 'tools/call', params: { name: 'echo' } })
  expect(request.params.arguments.text).toBe('hello')
  expect(JSON.stringify(bodies)).not.toContain('correct horse')
  expect(bodies?.replies.length).toBeGreaterThan(0)

  await call('echo', { text: 'y'.repeat(1_000_000) })
  const large = await settled(feed, 'echo')
  const cut = (await operator.event(large.exchange_id)).bodies
  expect(cut?.request?.characters).toBeGreaterThan(1_000_000)
  expect(cut?.request?.text).toContain('[omitted: ')
  expect(cut?.request?.text?.length).toBeLessThan(70_000)

  end.abort()
  await feed.next()
  // The door learns a little later that nobody watches any more.
  const kept = async () => (await operator.event(echoed.exchange_id)).bodies
  expect(await until(kept, (bodies) => bodies === undefined)).toBeUndefined()
}, 30_000)

test('sessions are told with client, revision, server and calls, and their ids are not', async () => {
  const post = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${gateway.url}/servers/demo/mcp`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body: JSON.stringify(body),
    })
  const opened = await post({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'some-agent', version: '2.1' },
    },
  })
  await opened.text()
  const id = opened.headers.get('mcp-session-id') ?? ''
  expect(id).not.toBe('')
  const inSession = { 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' }
  await (await post({ jsonrpc: '2.0', id: 2, method: 'tools/list' }, inSession)).text()
  const { sessions, people } = await operator.snapshot()
  expect(sessions.count).toBe(1)
  expect(sessions.list).toMatchObject([
    {
      client: 'some-agent 2.1',
      version: '2025-11-25',
      user: 'anonymous',
      server: 'demo',
      calls: 1,
    },
  ])
  expect(JSON.stringify(sessions)).not.toContain(id)
  expect(people[0]).not.toHaveProperty('token_expires_at')
}, 30_000)

test('a secret in a header is masked, in base64 and inside of JSON too', async () => {
  const end = new AbortController()
  const feed = operator.events({ bodies: true, signal: end.signal })
  await feed.next()
  const secret = `ghp_${'0123456789abcdefghij'.repeat(2)}`
  const encoded = (text: string) => `=?base64?${Buffer.from(text).toString('base64')}?=`
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const config = JSON.stringify({ credentials: { user: 'me', pin: ['canary'] } })
  const response = await fetch(`${gateway.url}/servers/demo/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'echo',
      'mcp-param-note': encoded(`see ${secret}`),
      'mcp-param-password': encoded('canary'),
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'echo', arguments: { text: config }, _meta },
    }),
  })
  // The demo's tool gives back what it was given.
  expect(await response.text()).toContain('canary')
  const told = await operator.event((await settled(feed, 'echo')).exchange_id)
  expect(told.bodies?.headers['mcp-param-note']).toBe('see [redacted]')
  expect(told.bodies?.headers['mcp-param-password']).toBe('[redacted]')
  expect(told.bodies?.replies.length).toBeGreaterThan(0)
  for (const hidden of ['canary', secret, btoa(secret), btoa('canary')]) {
    expect(JSON.stringify(told)).not.toContain(hidden)
  }
  end.abort()
  await feed.next()
}, 30_000)
