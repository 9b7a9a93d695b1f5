import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type EverythingServer, startEverythingServer } from '../conformance/everything-server.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { until } from './story.ts'

let server: EverythingServer
let gateway: Gateway
beforeAll(async () => {
  server = startEverythingServer()
  gateway = await startGateway({
    args: ['--no-auth'],
    servers: { everything: { type: 'http', url: server.url } },
  })
})
afterAll(async () => {
  await gateway?.close()
  await server?.close()
})

type Headers = Readonly<Record<string, string>>

const post = (message: object, headers: Headers, signal?: AbortSignal) =>
  fetch(`${gateway.url}/servers/everything/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    ...(signal && { signal }),
  })

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}
const MODERN = {
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': 'test_waiting',
}

/** Starts the call that waits, and gives what closes its stream once the server is at work on it. */
const startWaiting = async (params: object, headers: Headers) => {
  const before = server.waiting()
  const controller = new AbortController()
  const message = { id: 1, method: 'tools/call', params: { name: 'test_waiting', ...params } }
  const answer = post(message, headers, controller.signal).then((response) => response.text())
  answer.catch(() => {})
  await until(() => server.waiting() > before, 'the call never reached the server')
  return async () => {
    controller.abort()
    await answer.catch(() => {})
  }
}

describe('a client that closes the stream of its call', () => {
  test('cancels the call at the server within 250 ms, in the modern era', async () => {
    const times: number[] = []
    for (let round = 0; round < 5; round++) {
      const close = await startWaiting({ arguments: {}, _meta: META }, MODERN)
      const before = server.cancelled()
      const from = performance.now()
      await close()
      await until(() => server.cancelled() > before, 'the server heard nothing')
      times.push(performance.now() - from)
    }
    // The machine may stumble once, but not five times in a row.
    expect(Math.min(...times)).toBeLessThan(250)
  })

  test('cancels nothing in the legacy era, until it says so', async () => {
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'closes', version: '1' },
    }
    const hello = await post({ id: 0, method: 'initialize', params }, {})
    await hello.text()
    const session = {
      'mcp-session-id': hello.headers.get('mcp-session-id') ?? '',
      'mcp-protocol-version': '2025-11-25',
    }
    await post({ method: 'notifications/initialized' }, session)
    const before = { waiting: server.waiting(), cancelled: server.cancelled() }
    const close = await startWaiting({ arguments: {}, _meta: { progressToken: 'mine' } }, session)
    await close()

    const until300 = performance.now() + 300
    for (let id = 10; performance.now() < until300; id++) {
      const echo = await post({ id, method: 'ping' }, session)
      expect(await echo.text()).toContain(`"id":${id}`)
    }
    expect(server.cancelled()).toBe(before.cancelled)
    expect(server.waiting()).toBe(before.waiting + 1)

    await post({ method: 'notifications/cancelled', params: { requestId: 1 } }, session)
    await until(() => server.cancelled() > before.cancelled, 'the server heard nothing')
  })
})
