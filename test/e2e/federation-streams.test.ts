import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSseParser } from '../../src/lib/sse.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'
import { honour, type Seen, sse, startUpstream } from '../support/upstream.ts'

// Programs are started here, on machines that have much else to do.
setDefaultTimeout(20_000)

const DENY = (uri: string) => `
rules:
  - name: closed
    priority: 10
    condition: { mcp_server: new, tool: echo }
    action: deny
  - name: secret
    priority: 10
    condition: { action: read_resource, tool: "${uri}" }
    action: deny
`
const OPEN = 'rules: []\n'

type Message = Record<string, unknown> & { params?: Record<string, unknown> }

/** What the modern server's listener may be told. */
let push: (message: unknown) => void = () => undefined
const modernScript = (seen: Seen) => {
  const { method } = seen.message
  if (method !== 'subscriptions/listen') return undefined
  const honoured = honour(seen)
  push = honoured.push
  return honoured.response
}

const legacyScript = (seen: Seen) => {
  const { method, id, params } = seen.message as { method?: string; id?: number; params?: Message }
  const result = { jsonrpc: '2.0', id: 7, result: { content: [] } }
  if (seen.verb === 'GET' && seen.headers['last-event-id'] === 'e-1') {
    return sse([`id: e-2\nretry: 25\ndata: ${JSON.stringify(result)}\n\n`])
  }
  if (method === 'resources/subscribe') return {}
  if (method === 'tools/call' && params?.name === 'broken') {
    return sse(['id: e-1\nretry: 25\ndata:\n\n'])
  }
  if (method === 'tools/call' && params?.name === 'nosy') {
    const asked = { jsonrpc: '2.0', id: 99, method: 'sampling/createMessage', params: {} }
    return sse([asked, { ...result, id }])
  }
  return undefined
}

let gateway: Gateway
let servers: Record<'new' | 'old', ReturnType<typeof startUpstream>>
beforeAll(async () => {
  servers = {
    new: startUpstream({ eras: ['modern'], script: modernScript }),
    old: startUpstream({ eras: ['legacy'], script: legacyScript }),
  }
  gateway = await startGateway({
    args: ['--no-auth'],
    servers: {
      new: { type: 'http', url: servers.new.url },
      old: { type: 'http', url: servers.old.url },
    },
    policy: OPEN,
  })
}, 30_000)
afterAll(async () => {
  await gateway?.close()
  await Promise.all([servers?.new.close(), servers?.old.close()])
})

const leaving: (() => void)[] = []
afterEach(() => {
  for (const leave of leaving.splice(0)) leave()
})

const ACCEPT = { accept: 'application/json, text/event-stream' }
const post = (headers: object, message: object) =>
  fetch(`${gateway.url}/mcp`, {
    method: 'POST',
    headers: { ...ACCEPT, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', ...message }),
  })
const open = async () => {
  const clientInfo = { name: 'by-hand', version: '1' }
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }
  const response = await post({}, { id: 0, method: 'initialize', params })
  await response.text()
  return { 'mcp-session-id': response.headers.get('mcp-session-id') ?? '' }
}
type Event = Readonly<{ id: string | undefined; message: Message | undefined }>
/** Reads a stream in the background until the test ends. */
const follow = (response: Response) => {
  const events: Event[] = []
  const parser = createSseParser(1_000_000)
  const reader = response.body?.getReader()
  leaving.push(() => void reader?.cancel().catch(() => undefined))
  const read = async () => {
    for (;;) {
      const part = await reader?.read()
      if (part === undefined || part.done) return
      for (const { data, id } of parser.push(part.value)) {
        events.push({ id, message: data === '' ? undefined : JSON.parse(data) })
      }
    }
  }
  const ended = read().catch(() => undefined)
  const told = async (method: string, found = (_: Message) => true): Promise<Message> => {
    const deadline = performance.now() + 15_000
    for (;;) {
      const message = events
        .map((each) => each.message)
        .find((each) => each?.method === method && found(each))
      if (message !== undefined) return message
      if (performance.now() > deadline) throw new Error(`${method} was never told`)
      await Bun.sleep(5)
    }
  }
  return { events, ended, told }
}
const listen = async (notifications: object) => {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const headers = {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'subscriptions/listen',
  }
  const params = { notifications, _meta }
  return follow(await post(headers, { id: 4, method: 'subscriptions/listen', params }))
}
const openStream = async (session: object, more: object = {}) =>
  fetch(`${gateway.url}/mcp`, { headers: { ...ACCEPT, ...session, ...more } })
const updated = (uri: string) => ({
  jsonrpc: '2.0',
  method: 'notifications/resources/updated',
  params: { uri },
})
const setPolicy = (text: string) => writeFile(join(gateway.directory, 'policies/policy.yaml'), text)

test('a modern client hears of the resources it subscribed to, under federated names', async () => {
  const resourceSubscriptions = ['new+test://a', 'none+test://a', 'test://a']
  const stream = await listen({ resourceSubscriptions })
  const greeting = await stream.told('notifications/subscriptions/acknowledged')
  expect(greeting.params?.notifications).toEqual({ resourceSubscriptions: ['new+test://a'] })
  const [asked] = servers.new.received('subscriptions/listen').slice(-1)
  expect(asked?.message.params).toMatchObject({
    notifications: { resourceSubscriptions: ['test://a'] },
  })
  push(updated('test://a'))
  const told = await stream.told('notifications/resources/updated')
  expect(told.params).toEqual({ uri: 'new+test://a' })
})

test('a legacy client hears of the resources it subscribed to, under federated names', async () => {
  const session = await open()
  const stream = follow(await openStream(session))
  await until(() => servers.old.listeners() > 0)
  const params = { uri: 'old+test://a' }
  await (await post(session, { id: 5, method: 'resources/subscribe', params })).text()
  const [asked] = servers.old.received('resources/subscribe').slice(-1)
  expect(asked?.message.params).toEqual({ uri: 'test://a' })
  servers.old.notify(updated('test://a'))
  const told = await stream.told('notifications/resources/updated')
  expect(told.params).toEqual({ uri: 'old+test://a' })
})

test('an answer that broke off is resumed from the server that gave it', async () => {
  const session = await open()
  const call = { id: 7, method: 'tools/call', params: { name: 'old__broken', arguments: {} } }
  const broken = follow(await post(session, call))
  await broken.ended
  const [{ id } = { id: undefined }] = broken.events
  expect(id).toBe('answer:old:e-1')
  const rest = follow(await openStream(session, { 'last-event-id': id }))
  await rest.ended
  expect(rest.events).toMatchObject([{ id: 'answer:old:e-2', message: { id: 7 } }])
})

test('nothing is resumed from a server that is not there, and the session goes on', async () => {
  const session = await open()
  const response = await openStream(session, { 'last-event-id': 'answer:none:e-1' })
  expect(response.status).toBe(400)
  expect(await response.text()).toContain('Last-Event-ID names no stream of this session')
  expect((await post(session, { id: 1, method: 'tools/list' })).status).toBe(200)
  const other = await openStream({ 'mcp-session-id': 'x' }, { 'last-event-id': 'answer:old:e-1' })
  expect(other.status).toBe(404)
})

test('a server that asks for what its client cannot do is answered in the client’s stead', async () => {
  const session = await open()
  const call = { id: 8, method: 'tools/call', params: { name: 'old__nosy', arguments: {} } }
  const stream = follow(await post(session, call))
  await stream.ended
  expect(stream.events.map(({ message }) => message?.id)).toEqual([8])
  const refused = () => servers.old.seen.find(({ message }) => message.id === 99)
  await until(() => refused() !== undefined)
  expect(refused()?.message).toMatchObject({ error: { code: -32601 } })
})

test('an open stream follows the policy: what became of lists, and what is no longer told', async () => {
  const stream = await listen({
    toolsListChanged: true,
    resourceSubscriptions: ['new+test://a', 'new+test://b'],
  })
  await stream.told('notifications/subscriptions/acknowledged')
  const before = servers.new.received('subscriptions/listen').length
  await setPolicy(DENY('test://b'))
  await stream.told('notifications/tools/list_changed')
  // What may be heard of a server is something else now, and so the server is asked anew.
  await until(() => servers.new.received('subscriptions/listen').length > before)
  const [asked] = servers.new.received('subscriptions/listen').slice(-1)
  expect(asked?.message.params).toMatchObject({
    notifications: { resourceSubscriptions: ['test://a'] },
  })
  push(updated('test://b'))
  push(updated('test://a'))
  await stream.told('notifications/resources/updated')
  const uris = stream.events.flatMap(({ message }) => message?.params?.uri ?? [])
  expect(uris).toEqual(['new+test://a'])
  await setPolicy(OPEN)
})
