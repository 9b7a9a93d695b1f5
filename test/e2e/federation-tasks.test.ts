import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { createSseParser } from '../../src/lib/sse.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type Issuer, startIssuer } from '../support/issuer.ts'
import { honour, type Seen, sse, startUpstream } from '../support/upstream.ts'

// Programs are started here, on machines that have much else to do.
setDefaultTimeout(20_000)

const POLICY = `
roles:
  all:
    permissions:
      - { resource: "mcp:a:*", actions: [invoke_tool, connect, subscribe] }
      - { resource: "mcp:b:*", actions: [invoke_tool, connect, subscribe] }
      - { resource: "mcp:a:docs://open*", actions: [read_resource] }
user_roles:
  user:ada: [all]
  user:bob: [all]
`
const TASKS = 'io.modelcontextprotocol/tasks'
const RELATED = 'io.modelcontextprotocol/related-task'
const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': { extensions: { [TASKS]: {} }, elicitation: {} },
}

type Params = Record<string, unknown>
const listeners: { server: string; push: (message: unknown) => void }[] = []

const updated = (uri: string) => ({
  jsonrpc: '2.0',
  method: 'notifications/resources/updated',
  params: { uri },
})

/** Two servers that give the same ids to their tasks, which only their own answers tell apart. */
const script =
  (server: string) =>
  (seen: Seen): Response | Params | undefined => {
    const { method, params } = seen.message as { method?: string; params?: Params }
    const name = String(params?.name)
    const isModern = seen.text.includes('2026-07-28')
    const link = { type: 'resource_link', uri: 'docs://open', name: 'open' }
    if (method === 'server/discover') {
      return {
        resultType: 'complete',
        supportedVersions: ['2026-07-28'],
        capabilities: { tools: {}, extensions: { [TASKS]: {} } },
        ttlMs: 0,
        cacheScope: 'private',
      }
    }
    if (method === 'initialize') return undefined
    if (method === 'subscriptions/listen') {
      const { response, push } = honour(seen)
      listeners.push({ server, push })
      return response
    }
    if (method === 'tools/call' && name === 'work') {
      return isModern
        ? { resultType: 'task', taskId: 't-1', status: 'working' }
        : { task: { taskId: 't-1', status: 'working' } }
    }
    if (method === 'tools/call' && name === 'ask') {
      if (params?.requestState === undefined) {
        return {
          resultType: 'input_required',
          inputRequests: { sure: { method: 'elicitation/create', params: { message: '?' } } },
          requestState: `state of ${server}`,
        }
      }
      return { resultType: 'complete', content: [{ type: 'text', text: params.requestState }] }
    }
    if (method === 'tools/call' && name === 'tell') {
      const result = { resultType: 'complete', content: [] }
      const answer = { jsonrpc: '2.0', id: seen.message.id, result }
      return sse([updated('docs://open/1'), updated('docs://secret'), answer])
    }
    if (method === 'tasks/get') {
      const result = { content: [link], by: server }
      return { resultType: 'complete', taskId: params?.taskId, status: 'completed', result }
    }
    if (method === 'tasks/result') {
      return { content: [link], by: server, _meta: { [RELATED]: { taskId: params?.taskId } } }
    }
    if (method === 'tasks/list') return { tasks: [{ taskId: 't-1', by: server }, { taskId: 'x' }] }
    return undefined
  }

let issuer: Issuer
let gateway: Gateway
let upstreams: Record<'a' | 'b', ReturnType<typeof startUpstream>>
let tokens: Record<string, string>
beforeAll(async () => {
  issuer = await startIssuer({ keycloakRealm: 'mcp-gateway' })
  const start = (name: string) => startUpstream({ script: script(name) })
  upstreams = { a: start('a'), b: start('b') }
  const token = (sub: string) => issuer.token({ sub, preferred_username: sub })
  tokens = { ada: await token('ada'), bob: await token('bob') }
  const entry = (name: 'a' | 'b') => ({ type: 'http', url: upstreams[name].url })
  gateway = await startGateway({
    env: { JWT_ISSUER: issuer.issuer, JWKS_URL: issuer.jwksUrl },
    files: {
      'mcp_servers.yaml': JSON.stringify({
        servers: { a: entry('a'), b: entry('b') },
        groups: { few: { servers: { a: { tools: ['echo'] } } } },
      }),
    },
    policy: POLICY,
  })
}, 30_000)
afterAll(async () => {
  await gateway?.close()
  await Promise.all([issuer?.close(), upstreams?.a.close(), upstreams?.b.close()])
})

let ids = 0
const post = (user: string, path: string, headers: object, message: object) =>
  fetch(gateway.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${tokens[user]}`,
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: ++ids, ...message }),
  })
const modern = (user: string, method: string, params: Params = {}, path = '/mcp') => {
  const name = params.name ?? params.taskId
  const headers = {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(typeof name === 'string' && { 'mcp-name': name }),
  }
  return post(user, path, headers, { method, params: { ...params, _meta: ENVELOPE } })
}
const ask = async (...asked: Parameters<typeof modern>) =>
  (await (await modern(...asked)).json()) as {
    result?: Record<string, never>
    error?: { code: number; message: string }
  }
const open = async (user: string, path = '/mcp', protocolVersion = '2025-11-25') => {
  const params = {
    protocolVersion,
    capabilities: {},
    clientInfo: { name: 'by-hand', version: '1' },
  }
  const response = await post(user, path, {}, { method: 'initialize', params })
  await response.text()
  return { 'mcp-session-id': response.headers.get('mcp-session-id') ?? '' }
}
const messagesOf = async (response: Response, until = Number.POSITIVE_INFINITY) => {
  const messages: Params[] = []
  const parser = createSseParser(1_000_000)
  for await (const bytes of response.body ?? []) {
    for (const { data } of parser.push(bytes)) if (data !== '') messages.push(JSON.parse(data))
    if (messages.length >= until) break
  }
  return messages
}

describe('tasks of the modern era at a face', () => {
  test('are offered, and lead back to the server that runs them', async () => {
    const { result } = await ask('ada', 'server/discover')
    expect(result).toMatchObject({ capabilities: { extensions: { [TASKS]: {} } } })
    for (const server of ['a', 'b'] as const) {
      const made = await ask('ada', 'tools/call', { name: `${server}__work`, arguments: {} })
      expect(made.result).toMatchObject({ resultType: 'task', taskId: `${server}:t-1` })
      const got = await ask('ada', 'tasks/get', { taskId: `${server}:t-1` })
      expect(got.result).toMatchObject({
        taskId: `${server}:t-1`,
        result: { by: server, content: [{ uri: `${server}+docs://open` }] },
      })
      const [asked] = upstreams[server].received('tasks/get').slice(-1)
      expect(asked?.message.params).toMatchObject({ taskId: 't-1' })
      expect(asked?.headers['mcp-name']).toBe('t-1')
    }
  })

  test('belong to who made them, and are shown where their tool is', async () => {
    await ask('ada', 'tools/call', { name: 'a__work', arguments: {} })
    const foreign = await ask('bob', 'tasks/get', { taskId: 'a:t-1' })
    expect(foreign.error).toMatchObject({ code: -32602, message: 'Unknown task: a:t-1' })
    for (const taskId of ['a:t-2', 'none:t-1', 't-1']) {
      expect((await ask('ada', 'tasks/get', { taskId })).error?.code).toBe(-32602)
    }
    const hidden = await ask('ada', 'tasks/get', { taskId: 'a:t-1' }, '/groups/few/mcp')
    expect(hidden.error?.code).toBe(-32602)
  })

  test('are heard of by whoever asked to', async () => {
    await ask('ada', 'tools/call', { name: 'b__work', arguments: {} })
    const notifications = { taskIds: ['b:t-1', 'a:nobodys'] }
    const response = await modern('ada', 'subscriptions/listen', { notifications })
    const heard = messagesOf(response, 2)
    while (listeners.length === 0) await Bun.sleep(5)
    const [listener] = listeners
    expect(listener?.server).toBe('b')
    for (const taskId of ['t-9', 't-1']) {
      const params = { taskId, status: 'working' }
      listener?.push({ jsonrpc: '2.0', method: 'notifications/tasks', params })
    }
    const [greeting, told] = await heard
    expect(greeting).toMatchObject({ params: { notifications: { taskIds: ['b:t-1'] } } })
    expect(told).toMatchObject({ method: 'notifications/tasks', params: { taskId: 'b:t-1' } })
  })
})

test('tasks of the legacy era are listed, and lead back to the server that runs them', async () => {
  const session = await open('ada')
  const say = async (method: string, params: Params = {}) => {
    const response = await post('ada', '/mcp', session, { method, params })
    return ((await response.json()) as { result: Params }).result
  }
  for (const server of ['a', 'b']) {
    const made = await say('tools/call', { name: `${server}__work`, arguments: {}, task: {} })
    expect(made).toMatchObject({ task: { taskId: `${server}:t-1` } })
    expect(await say('tasks/result', { taskId: `${server}:t-1` })).toMatchObject({
      by: server,
      content: [{ uri: `${server}+docs://open` }],
      _meta: { [RELATED]: { taskId: `${server}:t-1` } },
    })
  }
  expect(await say('tasks/list')).toMatchObject({
    tasks: [
      { taskId: 'a:t-1', by: 'a' },
      { taskId: 'b:t-1', by: 'b' },
    ],
  })
})

test('an answer tells of changes under federated names, and only of what may be read', async () => {
  const messages = await messagesOf(await modern('ada', 'tools/call', { name: 'a__tell' }))
  expect(messages.slice(0, -1)).toEqual([updated('a+docs://open/1')])
})

test.each([
  ['all servers as one', '/mcp', 'a__'],
  ['a server by itself', '/servers/a/mcp', ''],
])(
  '%s: the state of a server comes back to it as it was, and from nobody else',
  async (_, face, prefix) => {
    const params = { name: `${prefix}ask`, arguments: {} }
    const { result } = await ask('ada', 'tools/call', params, face)
    const requestState = String(result?.requestState)
    expect(requestState).not.toContain('state of')
    const again = (user: string, more: Params, path: string = face) =>
      ask(user, 'tools/call', { ...params, inputResponses: {}, requestState, ...more }, path)
    expect((await again('ada', {})).result).toMatchObject({ content: [{ text: 'state of a' }] })
    const flipped = requestState.startsWith('A') ? 'B' : 'A'
    const tampered = `${flipped}${requestState.slice(1)}`
    const refused = [
      await again('ada', { requestState: tampered }),
      await again('ada', { requestState: 'state of a' }),
      await again('ada', { requestState: 5 }),
      await again('ada', { name: 'b__ask' }, '/mcp'),
      await again('ada', { name: 'ask' }, '/servers/b/mcp'),
      await again('ada', { name: `${prefix}again` }),
      await again('bob', {}),
    ]
    const message = 'The requestState is not one of this request'
    for (const { error } of refused) expect(error).toMatchObject({ code: -32602, message })
  },
)

test('a batch at a face is answered one by one', async () => {
  const session = await open('ada', '/mcp', '2025-03-26')
  const response = await fetch(`${gateway.url}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${tokens.ada}`,
      ...session,
    },
    body: JSON.stringify([
      { jsonrpc: '2.0', id: 'one', method: 'tools/list' },
      {
        jsonrpc: '2.0',
        id: 'two',
        method: 'tools/call',
        params: { name: 'b__echo', arguments: {} },
      },
      { jsonrpc: '2.0', id: 'three', method: 'tools/call', params: { name: 'c__echo' } },
    ]),
  })
  const answers = (await response.json()) as { id: string }[]
  const byId = Object.fromEntries(answers.map((answer) => [answer.id, answer]))
  expect(JSON.stringify(byId.one)).toContain('"a__echo"')
  expect(byId.two).toMatchObject({ result: { content: [{ type: 'text' }] } })
  expect(byId.three).toMatchObject({ error: { code: -32602 } })
})

test('the session of one face is none of another', async () => {
  const [all, few] = [await open('ada'), await open('ada', '/groups/few/mcp')]
  const list = async (path: string, session: object) => {
    const response = await post('ada', path, session, { method: 'tools/list' })
    return { status: response.status, text: await response.text() }
  }
  expect((await list('/mcp', all)).text).toContain('"b__echo"')
  expect((await list('/groups/few/mcp', few)).text).not.toContain('"b__echo"')
  expect((await list('/mcp', few)).status).toBe(404)
  expect((await list('/groups/few/mcp', all)).status).toBe(404)
})
