import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { createSseParser } from '../../src/lib/sse.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type Issuer, startIssuer } from '../support/issuer.ts'
import { type Seen, sse, startUpstream } from '../support/upstream.ts'

// Programs are started here, on machines that have much else to do.
setDefaultTimeout(20_000)

const POLICY = (bobReads: string) => `
roles:
  reader:
    permissions:
      - { resource: "mcp:up:work", actions: [invoke_tool] }
      - { resource: "mcp:up:echo", actions: [invoke_tool] }
      - { resource: "mcp:up:ask", actions: [invoke_tool] }
      - { resource: "mcp:up:docs://{name}", actions: [read_resource, complete] }
      - { resource: "mcp:up:docs://a*", actions: [read_resource] }
      - { resource: "mcp:up:*", actions: [connect, subscribe] }
  worker:
    permissions:
      - { resource: "mcp:up:${bobReads}", actions: [invoke_tool] }
user_roles:
  user:ada: [reader]
  user:bob: [worker]
`

const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId'

type Push = (message: object | string) => void
/** The streams of the upstream that are open, by the HTTP method that opened them. */
const open: { verb: string; push: Push }[] = []

const listening = ({ verb, message }: Seen, first: readonly object[]) =>
  new Response(
    new ReadableStream<Uint8Array>({
      start(controller) {
        const push: Push = (each) =>
          controller.enqueue(
            new TextEncoder().encode(
              typeof each === 'string' ? each : `data: ${JSON.stringify(each)}\n\n`,
            ),
          )
        // Headers leave with the first byte.
        push(':\n\n')
        for (const each of first) push(each)
        open.push({ verb: `${verb} ${String(message.method ?? '')}`, push })
      },
    }),
    { headers: { 'content-type': 'text/event-stream' } },
  )

const HELLO = {
  capabilities: { tools: {}, prompts: {}, resources: {}, completions: {}, logging: {} },
  instructions: 'Surface',
}
const LISTED = {
  tools: ['echo', 'work', 'secret'].map((name) => ({ name, inputSchema: { type: 'object' } })),
}

const script = (seen: Seen): Response | Record<string, unknown> | undefined => {
  const { method, id, params } = seen.message as { method?: string; id?: unknown; params?: never }
  const given = (params ?? {}) as Record<string, never>
  const isModern = JSON.stringify(given).includes('2026-07-28')
  if (seen.verb === 'GET') {
    if (seen.headers['last-event-id'] === undefined) return listening(seen, [])
    const replayed = { jsonrpc: '2.0', id: 7, result: LISTED }
    return sse([`id: e-2\nretry: 25\ndata: ${JSON.stringify(replayed)}\n\n`])
  }
  if (method === 'server/discover') {
    return {
      resultType: 'complete',
      supportedVersions: ['2026-07-28'],
      ...HELLO,
      ttlMs: 60_000,
      cacheScope: 'public',
    }
  }
  if (method === 'subscriptions/listen') {
    const { notifications } = given as { notifications?: object }
    const ack = {
      jsonrpc: '2.0',
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications, _meta: { [SUBSCRIPTION]: id } },
    }
    return listening(seen, [ack])
  }
  if (method === 'tools/list') {
    if (isModern) return { resultType: 'complete', ...LISTED, ttlMs: 5, cacheScope: 'public' }
    // The stream ends before its answer: the client is to resume it (MCP 2025-11-25, SEP-1699).
    if (id === 7) return sse(['id: e-1\nretry: 25\ndata: \n\n'])
    return LISTED
  }
  if (method === 'resources/read') {
    return {
      resultType: 'complete',
      contents: [{ uri: 'docs://a', text: 'A' }],
      ttlMs: 5,
      cacheScope: 'public',
    }
  }
  if (method === 'completion/complete') {
    return { resultType: 'complete', completion: { values: ['a', 'secret', 'ab'], total: 3 } }
  }
  if (method === 'tasks/get') return { resultType: 'complete', taskId: 't-1', status: 'working' }
  if (method === 'tasks/list') return { tasks: [{ taskId: 'l-1' }, { taskId: 'somebody-elses' }] }
  if (method === 'tasks/cancel') return {}
  if (method === 'tools/call' && String(given.name) === 'work') {
    return isModern
      ? { resultType: 'task', taskId: 't-1', status: 'working' }
      : { task: { taskId: 'l-1', status: 'working' } }
  }
  if (method === 'tools/call' && String(given.name) === 'ask') {
    return {
      resultType: 'input_required',
      inputRequests: { sure: { method: 'elicitation/create', params: { message: 'Sure?' } } },
    }
  }
  if (method === 'tools/call') return { resultType: 'complete', content: [] }
  return undefined
}

let issuer: Issuer
let gateway: Gateway
let upstream: ReturnType<typeof startUpstream>
let tokens: Record<'ada' | 'bob', string>
beforeAll(async () => {
  issuer = await startIssuer({ keycloakRealm: 'mcp-gateway' })
  upstream = startUpstream({ script })
  const token = (name: string) => issuer.token({ sub: name, preferred_username: name })
  tokens = { ada: await token('ada'), bob: await token('bob') }
  gateway = await startGateway({
    env: { JWT_ISSUER: issuer.issuer, JWKS_URL: issuer.jwksUrl },
    servers: { up: { type: 'http', url: upstream.url } },
    policy: POLICY('work'),
  })
}, 30_000)
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
  await issuer?.close()
})

type User = 'ada' | 'bob'
const request = (
  user: User,
  verb: string,
  headers: Record<string, string>,
  body?: unknown,
  signal?: AbortSignal,
) =>
  fetch(`${gateway.url}/servers/up/mcp`, {
    method: verb,
    headers: {
      authorization: `Bearer ${tokens[user]}`,
      accept: 'application/json, text/event-stream',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  })

let ids = 100
const modern = (user: User, method: string, params: Record<string, unknown> = {}, meta = {}) => {
  const named = params.name ?? params.uri ?? params.taskId
  return request(
    user,
    'POST',
    {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof named === 'string' && { 'mcp-name': named }),
    },
    { jsonrpc: '2.0', id: ++ids, method, params: { ...params, _meta: { ...ENVELOPE, ...meta } } },
  )
}
const legacy = (user: User, session: string, method: string, params = {}, id = ++ids) =>
  request(user, 'POST', { 'mcp-session-id': session }, { jsonrpc: '2.0', id, method, params })

const initialize = async (user: User, version = '2025-11-25'): Promise<string> => {
  const response = await request(
    user,
    'POST',
    {},
    {
      jsonrpc: '2.0',
      id: 0,
      method: 'initialize',
      params: {
        protocolVersion: version,
        capabilities: {},
        clientInfo: { name: 'by-hand', version: '1' },
      },
    },
  )
  await response.text()
  return response.headers.get('mcp-session-id') ?? ''
}

/** The messages of a stream as they come. */
const reading = (response: Response) => {
  const parser = createSseParser(1_000_000)
  const heard: Record<string, unknown>[] = []
  const waiting = new Set<() => void>()
  const ended = (async () => {
    for await (const bytes of response.body ?? []) {
      for (const { data } of parser.push(bytes)) if (data !== '') heard.push(JSON.parse(data))
      for (const look of [...waiting]) look()
    }
  })().catch(() => undefined)
  const hears = (part: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!JSON.stringify(heard).includes(part)) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  return { heard, hears, ended }
}
const opened = async (verb: string, before: number) => {
  while (open.length <= before) await Bun.sleep(2)
  const stream = open.at(-1)
  expect(stream?.verb).toBe(verb)
  return stream?.push ?? (() => {})
}
const notice = (method: string, params: object = {}) => ({ jsonrpc: '2.0', method, params })
const rows = (part: string) =>
  gateway
    .stdout()
    .split('\n')
    .filter((line) => line.includes(part)).length

describe('what a server says of itself', () => {
  test('names only the capabilities of which the reader may use something, and is private', async () => {
    const { result } = (await (await modern('ada', 'server/discover')).json()) as never
    expect(result).toMatchObject({ cacheScope: 'private', ttlMs: 60_000 })
    expect(Object.keys((result as { capabilities: object }).capabilities).sort()).toEqual([
      'completions',
      'logging',
      'resources',
      'tools',
    ])
  })

  test('what policy decided for one reader is private to it', async () => {
    const { result } = (await (
      await modern('ada', 'resources/read', { uri: 'docs://a' })
    ).json()) as never
    expect(result).toMatchObject({ cacheScope: 'private', ttlMs: 5 })
  })
})

describe('streams of changes', () => {
  test('a GET stream tells only of what its reader may use', async () => {
    const session = await initialize('ada')
    const before = open.length
    const over = new AbortController()
    const response = await request(
      'ada',
      'GET',
      { 'mcp-session-id': session },
      undefined,
      over.signal,
    )
    const stream = reading(response)
    const push = await opened('GET ', before)
    push(notice('notifications/prompts/list_changed'))
    push(notice('notifications/resources/updated', { uri: 'docs://secret' }))
    push(notice('notifications/resources/updated', { uri: 'docs://a' }))
    push(notice('notifications/tools/list_changed'))
    await stream.hears('tools/list_changed')
    expect(stream.heard.map(({ method, params }) => [method, params])).toEqual([
      ['notifications/resources/updated', { uri: 'docs://a' }],
      ['notifications/tools/list_changed', {}],
    ])
    over.abort()
  })

  test('a subscription asks the server only for what its reader may hear of', async () => {
    const before = open.length
    const response = await modern('ada', 'subscriptions/listen', {
      notifications: {
        toolsListChanged: true,
        promptsListChanged: true,
        resourceSubscriptions: ['docs://a', 'docs://secret'],
      },
    })
    const stream = reading(response)
    await opened('POST subscriptions/listen', before)
    await stream.hears('acknowledged')
    expect(stream.heard[0]).toMatchObject({
      params: { notifications: { toolsListChanged: true, resourceSubscriptions: ['docs://a'] } },
    })
    expect(upstream.received('subscriptions/listen').at(-1)?.text).not.toContain('secret')
    await response.body?.cancel().catch(() => undefined)
  })

  test('another policy is told on open streams, and ends those that it closes', async () => {
    const listen = (user: User) =>
      modern(user, 'subscriptions/listen', { notifications: { toolsListChanged: true } })
    const session = await initialize('bob')
    const [ada, bob, get] = await Promise.all([
      listen('ada').then(reading),
      listen('bob').then(reading),
      request('bob', 'GET', { 'mcp-session-id': session }).then(reading),
    ])
    await Promise.all([ada.hears('acknowledged'), bob.hears('acknowledged')])
    const file = `${gateway.directory}/policies/policy.yaml`
    await Bun.write(file, POLICY('work').replace('user:bob', 'user:nobody'))
    await Promise.all([ada.hears('tools/list_changed'), bob.ended, get.ended])
    expect(bob.heard.at(-1)).toMatchObject({
      result: { resultType: 'complete', _meta: { [SUBSCRIPTION]: expect.any(Number) } },
    })
    const refused = await legacy('bob', session, 'tools/list')
    expect(refused.status).toBe(403)
    await Bun.write(file, POLICY('work'))
    while ((await modern('bob', 'tools/list')).status !== 200) await Bun.sleep(10)
  })
})

describe('a resumed stream', () => {
  test('is trimmed like the first, keeps ids and retry, and is for the same principal only', async () => {
    const session = await initialize('ada')
    const first = await (await legacy('ada', session, 'tools/list', {}, 7)).text()
    expect(first).toContain('id: e-1\nretry: 25')
    const headers = { 'mcp-session-id': session, 'last-event-id': 'e-1' }
    const again = await (await request('ada', 'GET', headers)).text()
    expect(again).toContain('id: e-2\nretry: 25')
    expect(again).toContain('"work"')
    expect(again).not.toContain('secret')
    expect((await request('bob', 'GET', headers)).status).toBe(404)
  })
})

describe('a legacy session', () => {
  test('is named, in the revision that it agreed on, until it is ended', async () => {
    const session = await initialize('ada')
    const list = (headers: Record<string, string>) =>
      request('ada', 'POST', headers, { jsonrpc: '2.0', id: 1, method: 'tools/list' })
    expect((await list({})).status).toBe(400)
    const versioned = (version: string) =>
      list({ 'mcp-session-id': session, 'mcp-protocol-version': version })
    expect((await versioned('2025-11-25')).status).toBe(200)
    expect((await versioned('2025-06-18')).status).toBe(400)
    expect((await request('ada', 'DELETE', { 'mcp-session-id': session })).status).toBe(200)
    expect((await list({ 'mcp-session-id': session })).status).toBe(404)
  })

  test('F24: one session carries many calls, in the revision that was negotiated', async () => {
    const before = upstream.received('initialize').length
    const session = await initialize('ada', '2025-06-18')
    const calls = [1, 2, 3].map(() => legacy('ada', session, 'tools/call', { name: 'echo' }))
    for (const response of await Promise.all(calls)) expect(response.status).toBe(200)
    expect(upstream.received('initialize').length).toBe(before + 1)
    const last = upstream.received('tools/call').at(-1)
    expect(last?.headers['mcp-protocol-version']).toBe('2025-06-18')
  })
})

describe('batches', () => {
  const BATCH = [
    { jsonrpc: '2.0', id: 'one', method: 'tools/call', params: { name: 'echo' } },
    { jsonrpc: '2.0', id: 'two', method: 'tools/call', params: { name: 'secret' } },
    { jsonrpc: '2.0', method: 'notifications/initialized' },
    { jsonrpc: '2.0', id: 3, method: 'tools/list' },
    { jsonrpc: '2.0', id: 'none', method: 'tools/call', params: {} },
  ]

  test('each element is decided and recorded by itself', async () => {
    const session = await initialize('ada', '2025-03-26')
    const denied = rows('"status":"denied"')
    const calls = upstream.calls('secret').length
    const response = await request('ada', 'POST', { 'mcp-session-id': session }, BATCH)
    expect(response.status).toBe(200)
    const answers = (await response.json()) as Record<string, never>[]
    expect(answers).toMatchObject([
      { id: 'one', result: { content: [] } },
      { id: 'two', result: { isError: true } },
      { id: 3, result: { tools: [{ name: 'echo' }, { name: 'work' }] } },
      { id: 'none', error: { code: -32602 } },
    ])
    expect(upstream.calls('secret').length).toBe(calls)
    while (rows('"status":"denied"') === denied) await Bun.sleep(5)
    expect(rows('"status":"denied"')).toBe(denied + 1)
  })

  test.each(['2025-06-18', '2025-11-25'])('a session of %s has none', async (version) => {
    const session = await initialize('ada', version)
    const response = await request('ada', 'POST', { 'mcp-session-id': session }, BATCH)
    expect(response.status).toBe(400)
  })

  test('nothing to answer is accepted; nothing at all, and a new session, are not', async () => {
    const headers = { 'mcp-session-id': await initialize('ada', '2025-03-26') }
    expect((await request('ada', 'POST', headers, [BATCH[2]])).status).toBe(202)
    expect((await request('ada', 'POST', headers, [])).status).toBe(400)
    const opening = [{ jsonrpc: '2.0', id: 1, method: 'initialize', params: {} }]
    expect((await request('ada', 'POST', headers, opening)).status).toBe(400)
    expect((await request('bob', 'POST', headers, BATCH)).status).toBe(404)
    expect((await request('ada', 'POST', {}, BATCH)).status).toBe(400)
  })
})

describe('tasks', () => {
  const get = async (user: User, taskId = 't-1') =>
    (await modern(user, 'tasks/get', { taskId })).json() as Promise<Record<string, never>>

  test('belong to who made them; those of others are unknown', async () => {
    await (await modern('ada', 'tools/call', { name: 'work', arguments: {} })).text()
    expect(await get('ada')).toMatchObject({ result: { status: 'working' } })
    const [others, unknown] = [await get('bob'), await get('bob', 'no-such')]
    expect(others).toMatchObject({ error: { code: -32602, message: 'Unknown task' } })
    expect({ ...others, id: 0 }).toEqual({ ...unknown, id: 0 })
  })

  test('of the legacy era are listed to who made them', async () => {
    const session = await initialize('ada')
    await (await legacy('ada', session, 'tools/call', { name: 'work', task: {} })).text()
    const listed = await (await legacy('ada', session, 'tasks/list')).json()
    expect(listed).toMatchObject({ result: { tasks: [{ taskId: 'l-1' }] } })
    const cancelled = await (await legacy('ada', session, 'tasks/cancel', { taskId: 'l-1' })).json()
    expect(cancelled).toMatchObject({ result: {} })
    const foreign = await legacy('ada', session, 'tasks/cancel', { taskId: 'somebody-elses' })
    expect(await foreign.json()).toMatchObject({ error: { message: 'Unknown task' } })
  })
})

describe('what a server asks of a client', () => {
  test('must have been declared in that very request', async () => {
    const call = (capabilities: object) =>
      modern(
        'ada',
        'tools/call',
        { name: 'ask', arguments: {} },
        { 'io.modelcontextprotocol/clientCapabilities': capabilities },
      )
    const refused = await call({ sampling: {} })
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({
      error: { code: -32021, data: { requiredCapabilities: { elicitation: {} } } },
    })
    expect(await (await call({ elicitation: {} })).json()).toMatchObject({
      result: { resultType: 'input_required' },
    })
  })
})

describe('completions', () => {
  const complete = async (uri: string) =>
    (
      await modern('ada', 'completion/complete', {
        ref: { type: 'ref/resource', uri },
        argument: { name: 'name', value: '' },
      })
    ).json() as Promise<Record<string, never>>

  test('leave out the values that would name what may not be read', async () => {
    const { result } = await complete('docs://{name}')
    expect(result).toMatchObject({ completion: { values: ['a', 'ab'] } })
    expect(JSON.stringify(result)).not.toContain('total')
  })

  test('of what may not be used are denied', async () => {
    expect(await complete('other://{name}')).toMatchObject({ error: { code: -32602 } })
  })
})
