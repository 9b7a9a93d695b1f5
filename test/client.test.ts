import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Client, ClientFault, type FeedNews, parameterHeaders } from '../src/client.ts'
import type { JsonObject } from '../src/core/json-rpc.ts'
import { parseLossless } from '../src/lib/lossless-json.ts'
import { type Gateway, startGateway } from './support/gateway.ts'
import { clientTo, faultOf } from './support/test-client.ts'
import { until } from './support/until.ts'
import { sse, startUpstream } from './support/upstream.ts'

const progressing = (seen: { message: { id?: unknown; params?: unknown } }) => {
  const meta = (seen.message.params as { _meta: { progressToken: unknown } })._meta
  const params = { progressToken: meta.progressToken, progress: 1, total: 2 }
  return sse([
    { jsonrpc: '2.0', method: 'notifications/progress', params },
    { jsonrpc: '2.0', id: 'ask-1', method: 'ping' },
    { jsonrpc: '2.0', id: seen.message.id, result: { content: [{ type: 'text', text: 'done' }] } },
  ])
}

const upstream = startUpstream({
  eras: ['legacy'],
  tools: { echo: {}, slow: {}, hang: {} },
  script: (seen) => {
    const { method, params } = seen.message
    const name = (params as { name?: string } | undefined)?.name
    if (method !== 'tools/call') return undefined
    if (name === 'slow') return progressing(seen)
    if (name !== 'hang') return undefined
    return new Promise<Response>((resolve) => {
      seen.signal.addEventListener('abort', () => resolve(new Response(null, { status: 499 })))
    })
  },
})

const POLICY = `
roles:
  all: { permissions: [{ resource: "mcp:*:*", actions: ["*"] }] }
user_roles:
  anonymous: [all]
rules:
  - { name: Nobody deletes, condition: { tool: delete_user }, action: deny }
`

let gateway: Gateway
let client: Client

beforeAll(async () => {
  gateway = await startGateway({
    args: ['--no-auth', '--demo'],
    policy: POLICY,
    servers: { old: { url: upstream.url, type: 'http' } },
  })
  client = clientTo(`${gateway.url}/`)
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

describe('asking a server', () => {
  test('a modern one is asked without a session', async () => {
    const params = { name: 'add', arguments: { a: 2, b: 40 } }
    expect(await client.ask('demo', 'tools/call', params)).toMatchObject({
      structuredContent: { sum: 42 },
    })
  })

  test('numbers beyond a double pass there and back', async () => {
    const given = parseLossless('{"x":12345678901234567890,"y":1.10}') as JsonObject
    const text = '{"x":12345678901234567890,"y":1.10}'
    upstream.seen.length = 0
    await client.ask('old', 'tools/call', { name: 'echo', arguments: given })
    expect(upstream.calls('echo')[0]?.text).toContain(text)
    const { decision } = await client.decide('demo', 'echo', given)
    expect(decision).toMatchObject({ code: 'permission' })
  })

  test('a name that is no ASCII goes in its header too', async () => {
    const params = { name: 'naïve ☃', arguments: {} }
    const fault = await faultOf(client.ask('demo', 'tools/call', params))
    expect(fault.message).toContain('naïve ☃')
    expect(fault.details.rpcCode).toBe(-32602)
  })

  test('a legacy one is asked through the gateway’s own session', async () => {
    const result = await client.ask('old', 'tools/call', { name: 'echo', arguments: { x: 1 } })
    expect(result).toMatchObject({ content: [{ type: 'text', text: '{"x":1}' }] })
    expect(upstream.received('initialize').length).toBeGreaterThan(0)
  })

  test('progress is told, and a ping of the server answered', async () => {
    const heard: unknown[] = []
    const result = await client.ask(
      'old',
      'tools/call',
      { name: 'slow', arguments: {} },
      { onNotification: (method, params) => heard.push([method, params.progress, params.total]) },
    )
    expect(result).toMatchObject({ content: [{ text: 'done' }] })
    expect(heard).toEqual([['notifications/progress', 1, 2]])
    const answers = () =>
      upstream.seen.filter(({ message }) => message.id !== undefined && 'result' in message)
    await until(() => answers().length > 0)
    expect(answers()[0]?.message.result).toEqual({})
  })

  test('giving up cancels the call at a legacy server', async () => {
    const giveUp = new AbortController()
    const before = upstream.calls('hang').length
    const asked = client.ask(
      'old',
      'tools/call',
      { name: 'hang', arguments: {} },
      { signal: giveUp.signal },
    )
    const fault = faultOf(asked)
    await until(() => upstream.calls('hang').length > before)
    giveUp.abort()
    expect((await fault).kind).toBe('aborted')
    await until(() => upstream.received('notifications/cancelled').length > 0)
    expect(upstream.received('notifications/cancelled')).toHaveLength(1)
  })

  test('the deadline ends a call, and says that the gateway lives', async () => {
    const impatient = clientTo(gateway.url, { timeout: 300 })
    const params = { name: 'slow', arguments: { seconds: 9 } }
    const fault = await faultOf(impatient.ask('demo', 'tools/call', params))
    expect(fault.kind).toBe('upstream_silent')
  })
})

describe('refusals', () => {
  test('a denied call tells its rule', async () => {
    const { allowed, decision } = await client.decide('demo', 'delete_user', { id: '7' })
    expect({ allowed, decision }).toEqual({
      allowed: false,
      decision: expect.objectContaining({ rule: 'Nobody deletes' }),
    })
  })

  test('deciding is recorded and forwards nothing', async () => {
    const before = upstream.seen.length
    const { allowed } = await client.decide('old', 'echo', { x: 'decided only' })
    expect(allowed).toBe(true)
    expect(upstream.seen.length).toBe(before)
    await until(() => gateway.stdout().includes('decided only'))
    const line =
      gateway
        .stdout()
        .split('\n')
        .find((each) => each.includes('decided only')) ?? '{}'
    expect(JSON.parse(line)).toMatchObject({
      action: 'invoke_tool',
      method: 'datacline/decide',
      mcp_server: 'old',
      tool_name: 'echo',
      status: 'success',
    })
  })

  test('an unknown server is a refusal on both faces', async () => {
    for (const asked of [client.list('tools', 'nope'), client.ask('nope', 'tools/list', {})]) {
      const { kind, details } = await faultOf(asked)
      expect({ kind, code: details.code, status: details.status }).toEqual({
        kind: 'refused',
        code: 'server_not_found',
        status: 404,
      })
    }
  })

  test('an error of the server behind is told as its own, whatever it calls itself', async () => {
    const lying = startUpstream({
      script: ({ message }) =>
        message.method === 'tools/call'
          ? Response.json({
              jsonrpc: '2.0',
              id: message.id,
              error: { code: 7, message: 'mine', data: { code: 'unauthenticated' } },
            })
          : undefined,
    })
    const other = await startGateway({
      args: ['--no-auth'],
      servers: { lying: { url: lying.url, type: 'http' } },
    })
    const fault = await faultOf(
      clientTo(other.url).ask('lying', 'tools/call', { name: 'echo', arguments: {} }),
    )
    await other.close()
    await lying.close()
    expect({ kind: fault.kind, message: fault.message }).toEqual({
      kind: 'failed',
      message: 'mine',
    })
    expect(fault.details).toMatchObject({ code: undefined, rpcCode: 7 })
  })

  test('no gateway, and no address', async () => {
    expect((await faultOf(clientTo('http://127.0.0.1:9').servers())).kind).toBe('unreachable')
    expect(() => clientTo('ftp://x')).toThrow(ClientFault)
  })
})

describe('the live feed', () => {
  const eventsOf = (news: readonly FeedNews[]) =>
    news.flatMap((each) => (each.kind === 'event' ? [each.event] : []))

  test('needs the operator, and is given up when refused', async () => {
    const feed = client.events({ after: undefined, signal: new AbortController().signal })
    expect((await faultOf(feed.next())).kind).toBe('refused')
  })

  test('tells what happens, and resumes where it broke off', async () => {
    const token = await gateway.operatorToken()
    const through = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      idleTimeout: 0,
      // Cuts the first connection after its first event, as a network might.
      fetch: async (request) => {
        asked.push(request.headers.get('last-event-id'))
        const url = `${gateway.url}${new URL(request.url).pathname}`
        const answer = await fetch(url, { headers: request.headers, signal: request.signal })
        return asked.length > 1 ? answer : new Response(firstEvent(answer), answer)
      },
    })
    const asked: (string | null)[] = []
    const stop = new AbortController()
    const news: FeedNews[] = []
    const watching = (async () => {
      const feed = clientTo(`http://127.0.0.1:${through.port}`, { token }).events({
        after: undefined,
        signal: stop.signal,
        firstRetry: 10,
      })
      for await (const each of feed) news.push(each)
    })()
    await until(() => news.some(({ kind }) => kind === 'open'))
    await client.servers()
    await client.list('tools', 'demo')
    await until(() => eventsOf(news).some(({ action }) => action === 'list_tools'))
    stop.abort()
    await watching
    await through.stop(true)
    const seqs = eventsOf(news).map(({ seq }) => seq)
    const lostAt = news.findIndex(({ kind }) => kind === 'lost')
    expect(lostAt).toBeGreaterThan(-1)
    // Two events may share the piece of the stream after which it was cut.
    expect(asked[1]).toBe(String(eventsOf(news.slice(0, lostAt)).at(-1)?.seq))
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index))
  })
})

test('what is no event is told and left out, and the feed goes on', async () => {
  const event = {
    seq: 9,
    phase: 'event',
    exchange_id: 'x',
    timestamp: '2026-11-22T10:30:00.000Z',
    level: 'INFO',
    logger: 'audit',
    event_type: 'gateway',
    status: 'success',
  }
  const said = [
    'no json at all',
    '[]',
    JSON.stringify({ ...event, user: { toString: 'x' } }),
    JSON.stringify({ ...event, decision: null }),
    `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    JSON.stringify({ missed: 3 }),
    JSON.stringify(event),
  ]
  const rubbish = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: () =>
      new Response(said.map((data) => `data: ${data}\n\n`).join(''), {
        headers: { 'content-type': 'text/event-stream' },
      }),
  })
  const kinds: string[] = []
  const signal = new AbortController().signal
  for await (const news of clientTo(`http://127.0.0.1:${rubbish.port}`).events({ signal })) {
    kinds.push(news.kind)
    if (news.kind === 'event') expect(news.event).toEqual(event as never)
    if (news.kind === 'event') break
  }
  await rubbish.stop(true)
  expect(kinds).toEqual(['open', ...Array(5).fill('unreadable'), 'missed', 'event'])
})

/** The stream up to the end of its first event. */
const firstEvent = (answer: Response): ReadableStream<Uint8Array> => {
  const reader = answer.body?.getReader()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = await reader?.read()
      if (chunk?.value !== undefined) controller.enqueue(chunk.value)
      if (!new TextDecoder().decode(chunk?.value).includes('data:')) return
      controller.close()
      await reader?.cancel()
    },
  })
}

describe('parameters in headers', () => {
  test('those that the schema marks are sent, encoded', () => {
    const schema = {
      properties: {
        region: { type: 'string', 'x-mcp-header': 'Region' },
        count: { type: 'integer', 'x-mcp-header': 'Count' },
        deep: {
          type: 'object',
          properties: { flag: { type: 'boolean', 'x-mcp-header': 'Flag' } },
        },
        plain: { type: 'string' },
      },
    }
    const given = { region: 'Zürich', count: 7, deep: { flag: true }, plain: 'y' }
    expect(parameterHeaders(schema, given)).toEqual({
      'mcp-param-region': `=?base64?${Buffer.from('Zürich').toString('base64')}?=`,
      'mcp-param-count': '7',
      'mcp-param-flag': 'true',
    })
  })
})
