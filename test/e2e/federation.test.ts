import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ClientKind, connectClient, type RealClient } from '../support/clients.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type ModernServer, startModernServer } from '../support/modern-server.ts'
import { until } from '../support/until.ts'
import { startUpstream } from '../support/upstream.ts'

/** Nobody listens on the discard port of loopback. */
const DEAD = 'http://127.0.0.1:9/mcp'
const KINDS: readonly ClientKind[] = ['sdk v1', 'sdk v2 legacy', 'sdk v2 modern']
const LONG = `a tool with spaces, and a name that goes on for more than ${'sixty-four '.repeat(3)}`

let modern: ModernServer
let legacy: ModernServer
let odd: ReturnType<typeof startUpstream>
let gateway: Gateway
beforeAll(async () => {
  modern = startModernServer({ eras: ['modern'] })
  legacy = startModernServer({ eras: ['legacy'] })
  odd = startUpstream({
    tools: { [LONG]: {}, echo: {} },
    script: ({ message, verb }) => {
      const params = message.params as { cursor?: string } | undefined
      if (verb !== 'POST' || message.method !== 'resources/list') return undefined
      // An empty cursor is a cursor.
      const first = params?.cursor === undefined
      const page = { uri: first ? 'test://first' : 'test://second', name: 'page' }
      return { resources: [page], ...(first && { nextCursor: '' }) }
    },
  })
  gateway = await startGateway({
    args: ['--no-auth', '--demo'],
    files: {
      'mcp_servers.yaml': JSON.stringify({
        servers: {
          new: { type: 'http', url: modern.url },
          old: { type: 'http', url: legacy.url },
          odd: { type: 'http', url: odd.url },
          dead: { type: 'http', url: DEAD },
        },
        groups: {
          few: {
            description: 'A few things.',
            servers: { demo: { tools: ['a*'] }, new: { tools: ['greet'], resources: ['*one'] } },
          },
        },
      }),
    },
  })
}, 30_000)
afterAll(async () => {
  await gateway?.close()
  await Promise.all([modern?.close(), legacy?.close(), odd?.close()])
})

type Named = Readonly<{ name: string; uri?: string }>
type Listed = Readonly<{
  tools: Named[]
  prompts: Named[]
  resources: (Named & { uri: string })[]
  nextCursor?: string
  _meta?: Record<string, unknown>
}>
const listed = async (client: RealClient, method: string, params = {}) =>
  (await client.ask(method, params)) as Listed
const connect = (kind: ClientKind, path = '/mcp', options = {}) =>
  connectClient(kind, { url: gateway.url + path }, options)
const textOf = (result: unknown) =>
  (result as { content: { text?: string }[] }).content.map(({ text }) => text).join('')

describe.each(KINDS)('%s at /mcp', (kind) => {
  let client: RealClient
  beforeAll(async () => {
    client = await connect(kind, '/mcp', { interactive: true })
  })
  afterAll(() => client?.close())

  test('sees every server as one, in the order of the file, and which of them is away', async () => {
    const { tools, _meta } = await listed(client, 'tools/list')
    const names = tools.map(({ name }) => name)
    const servers = [...new Set(names.map((name) => name.split('__')[0]))]
    expect(servers).toEqual(['demo', 'new', 'old', 'odd'])
    expect(names).toContain('demo__add')
    expect(_meta?.['dev.datacline/degraded']).toMatchObject([{ server: 'dead' }])
    expect(client.hello().instructions).toContain('Not available now: dead')
  })

  test('calls a tool of each of them', async () => {
    const call = (name: string, given: object) =>
      client.ask('tools/call', { name, arguments: given })
    expect(await call('demo__add', { a: 2, b: 40 })).toMatchObject({
      structuredContent: { sum: 42 },
    })
    expect(textOf(await call('new__greet', { name: 'Ada' }))).toBe('Hello, Ada!')
    expect(textOf(await call('old__greet', { name: 'Bob' }))).toBe('Hello, Bob!')
  })

  test('calls a tool whose name no client would take, by its alias', async () => {
    const { tools } = await listed(client, 'tools/list')
    const name = tools.map((tool) => tool.name).find((each) => each.startsWith('odd__a_tool'))
    expect(name).toMatch(/^[A-Za-z0-9_.-]{1,64}$/)
    await client.ask('tools/call', { name, arguments: { x: 1 } })
    expect(odd.calls(LONG).length).toBeGreaterThan(0)
  })

  test('is told alike of an unknown tool and of an unknown server', async () => {
    for (const name of ['demo__nothing_like_it', 'nobody__add', 'add']) {
      const told = await client.ask('tools/call', { name, arguments: {} }).then(
        () => 'answered',
        (error: { code?: number }) => error.code,
      )
      expect(told).toBe(-32602)
    }
  })

  test('reads resources under the names by which they are listed and linked', async () => {
    const { resources } = await listed(client, 'resources/list')
    const uris = resources.map(({ uri }) => uri)
    expect(uris).toEqual(expect.arrayContaining(['new+fixture://one', 'old+fixture://one']))
    const read = await client.ask('resources/read', { uri: 'old+fixture://one' })
    expect(read).toMatchObject({ contents: [{ uri: 'old+fixture://one', text: 'first' }] })
    const shown = JSON.stringify(
      await client.ask('tools/call', { name: 'new__show', arguments: {} }),
    )
    expect(shown).toContain('"new+fixture://one"')
    expect(shown).not.toContain('"fixture://one"')
  })

  test('gets prompts, and completes what they ask', async () => {
    const params = { name: 'new__travel', arguments: { city: 'Oslo' } }
    expect(JSON.stringify(await client.ask('prompts/get', params))).toContain('Oslo')
    const ref = { type: 'ref/prompt', name: 'old__travel' }
    const argument = { name: 'city', value: 'A' }
    expect(await client.ask('completion/complete', { ref, argument })).toMatchObject({
      completion: { values: ['Amsterdam', 'Antwerp'] },
    })
    const template = { type: 'ref/resource', uri: 'demo+demo://users/{id}' }
    const completed = await client.ask('completion/complete', {
      ref: template,
      argument: { name: 'id', value: '' },
    })
    expect(JSON.stringify(completed)).toContain('values')
  })

  test('hears of progress while a call is under way', async () => {
    const steps: unknown[] = []
    const params = { name: 'new__count', arguments: { to: 3 } }
    await client.ask('tools/call', params, { onprogress: (step) => void steps.push(step) })
    expect(steps.length).toBe(3)
  })

  test('goes through all pages, each server by its own cursor', async () => {
    const all: string[] = []
    let cursor: string | undefined
    do {
      const page = await rawList(kind, cursor)
      all.push(...page.resources.map(({ uri }) => uri))
      cursor = page.nextCursor
    } while (cursor !== undefined)
    expect(all.filter((uri) => uri.startsWith('odd+'))).toEqual([
      'odd+test://first',
      'odd+test://second',
    ])
    expect(new Set(all).size).toBe(all.length)
  })
})

/** One page, asked for without a client that would follow the cursor by itself. */
const rawList = async (kind: ClientKind, cursor: string | undefined): Promise<Listed> => {
  void kind
  const { result } = await modernAsk('resources/list', cursor === undefined ? {} : { cursor })
  return result as Listed
}

const modernAsk = async (method: string, params: object, path = '/mcp') => {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }),
  })
  return (await response.json()) as { result?: unknown; error?: { code: number } }
}

test('a cursor that is not ours is refused', async () => {
  for (const cursor of ['', 'x', Buffer.from('{"odd":""}').toString('base64url')]) {
    expect((await modernAsk('resources/list', { cursor })).error?.code).toBe(-32602)
  }
})

test('a merged list is private to its reader', async () => {
  const { result } = await modernAsk('tools/list', {})
  expect(result).toMatchObject({ cacheScope: 'private', resultType: 'complete' })
})

describe.each(KINDS)('%s asked in the middle of a call', (kind) => {
  test('answers the server that asked', async () => {
    const client = await connect(kind, '/mcp', { interactive: true })
    const server = kind === 'sdk v2 modern' ? 'new' : 'old'
    const result = await client.ask('tools/call', { name: `${server}__confirm`, arguments: {} })
    expect(textOf(result)).toContain('accept')
    await client.close()
  })
})

describe('a group', () => {
  test.each(KINDS)('shows %s what was chosen, and nothing else', async (kind) => {
    const client = await connect(kind, '/groups/few/mcp')
    const { tools } = await listed(client, 'tools/list')
    expect(tools.map(({ name }) => name)).toEqual(['demo__add', 'new__greet'])
    const { resources } = await listed(client, 'resources/list')
    expect(resources.map(({ uri }) => uri)).toEqual(['new+fixture://one'])
    expect((await listed(client, 'prompts/list')).prompts).toEqual([])
    expect(client.hello().instructions).toContain('A few things.')
    const hidden = await client.ask('tools/call', { name: 'demo__echo', arguments: {} }).then(
      () => 'answered',
      (error: { code?: number }) => error.code,
    )
    expect(hidden).toBe(-32602)
    await client.close()
  })

  test('that is not there is told as a server that is not there', async () => {
    const response = await fetch(`${gateway.url}/groups/none/mcp`, { method: 'GET' })
    const server = await fetch(`${gateway.url}/servers/none/mcp`, { method: 'GET' })
    expect(response.status).toBe(server.status)
  })
})

test('a server that is added later is heard of, and then it is there', async () => {
  const late = startUpstream({ tools: { tardy: {} } })
  const client = await connect('sdk v2 modern')
  const listening = await client.listen({ toolsListChanged: true })
  const file = join(gateway.directory, 'mcp_servers.yaml')
  const before = JSON.parse(await readFile(file, 'utf8')) as { servers: Record<string, unknown> }
  const servers = { ...before.servers, late: { type: 'http', url: late.url } }
  const told = until(async () => JSON.stringify(client.heard).includes('tools/list_changed'))
  await writeFile(file, JSON.stringify({ ...before, servers }))
  await told
  const { tools } = await listed(client, 'tools/list')
  expect(tools.map(({ name }) => name)).toContain('late__tardy')
  await listening.close()
  await client.close()
  await writeFile(file, JSON.stringify(before))
  late.close()
})
