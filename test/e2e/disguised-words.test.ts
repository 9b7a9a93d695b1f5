import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { META } from '../../src/core/protocol.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type Seen, sse, startUpstream } from '../support/upstream.ts'

// JSON may write any character of a word as an escape (RFC 8259 §7). A server that does so says the same
// to its client, and must say the same to the gateway.

// Programs are started here, on machines that have much else to do.
setDefaultTimeout(20_000)

const POLICY = `
roles:
  all: { permissions: [{ resource: "mcp:*:*", actions: ["*"] }] }
user_roles:
  anonymous: [all]
rules:
  - { name: No borrowed models, priority: 10, condition: { action: sampling }, action: deny }
`

const QUESTION =
  '"\\u006dethod":"sampling\\/create\\u004dessage","params":{"messages":[],"maxTokens":1}'

/** What each tool answers, as JSON text behind the id. */
const ANSWERS: Readonly<Record<string, string>> = {
  fails: '"result":{"content":[{"type":"text","text":"broken"}],"is\\u0045rror":true}',
  asks: `"result":{"resultType":"input\\u005frequired","inputRequests":{"q":{${QUESTION}}}}`,
}

const script = (seen: Seen): Response | undefined => {
  const { method, id, params } = seen.message as {
    method?: string
    id?: unknown
    params?: { name?: string; uri?: string }
  }
  const head = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},`
  const json = (text: string) =>
    new Response(text, { headers: { 'content-type': 'application/json' } })
  if (method === 'resources/read') {
    const contents = `[{"uri":${JSON.stringify(params?.uri)},"text":"x"}]`
    return json(
      `${head}"result":{"resultType":"complete","contents":${contents},"ttlMs":1,"cache\\u0053cope":"public"}}`,
    )
  }
  if (method !== 'tools/call') return undefined
  if (params?.name === 'samples') {
    return sse([
      `data: {"jsonrpc":"2.0","id":"mine",${QUESTION}}\n\n`,
      { jsonrpc: '2.0', id, result: { content: [] } },
    ])
  }
  return json(`${head}${ANSWERS[params?.name ?? '']}}`)
}

let gateway: Gateway
let upstream: ReturnType<typeof startUpstream>
beforeAll(async () => {
  upstream = startUpstream({ tools: { samples: {}, fails: {}, asks: {} }, script })
  gateway = await startGateway({
    args: ['--no-auth'],
    servers: { sly: { type: 'http', url: upstream.url } },
    policy: POLICY,
  })
}, 30_000)
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

const FACES = [
  ['a server by itself', '/servers/sly/mcp', ''],
  ['all servers as one', '/mcp', 'sly__'],
] as const

const post = (path: string, message: object, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...message }),
  })

const CAPABILITIES = { sampling: {}, elicitation: {} }

const modern = async (path: string, method: string, params: Readonly<Record<string, unknown>>) => {
  const _meta = { [META.protocolVersion]: '2026-07-28', [META.clientCapabilities]: CAPABILITIES }
  const response = await post(
    path,
    { method, params: { ...params, _meta } },
    {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      'mcp-name': String(params.name ?? params.uri),
    },
  )
  return response.json()
}

/** The JSON-RPC messages of an event stream, as their client reads them. */
const messagesIn = (text: string): readonly unknown[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice(6)))

test.each(FACES)(
  '%s: a question that policy forbids is kept from the client, however it is spelled',
  async (_, path, prefix) => {
    const opening = {
      protocolVersion: '2025-11-25',
      capabilities: CAPABILITIES,
      clientInfo: { name: 'test', version: '1' },
    }
    const opened = await post(path, { method: 'initialize', params: opening })
    await opened.text()
    const session = {
      'mcp-session-id': opened.headers.get('mcp-session-id') ?? '',
      'mcp-protocol-version': '2025-11-25',
    }
    const params = { name: `${prefix}samples`, arguments: {} }
    const called = await post(path, { method: 'tools/call', params }, session)
    const messages = messagesIn(await called.text())
    expect(messages).toHaveLength(1)
    expect(messages[0]).toMatchObject({ id: 1, result: { content: [] } })

    const asked = await modern(path, 'tools/call', { name: `${prefix}asks`, arguments: {} })
    expect(asked).toMatchObject({
      id: 1,
      error: { message: expect.stringContaining('No borrowed models') },
    })
  },
)

test.each(FACES)(
  '%s: what policy decided for one is private, however the server spells the scope',
  async (_, path, prefix) => {
    const uri = prefix === '' ? 'test://a' : 'sly+test://a'
    const read = (await modern(path, 'resources/read', { uri })) as { result: unknown }
    expect(read.result).toMatchObject({ ttlMs: 1, cacheScope: 'private' })
  },
)

test('a tool that failed stands in the record as failed, however it says so', async () => {
  await modern('/servers/sly/mcp', 'tools/call', { name: 'fails', arguments: {} })
  const rows = () =>
    gateway
      .stdout()
      .split('\n')
      .filter((line) => line.includes('"tool_name":"fails"') && !line.includes('"pending"'))
  while (rows().length === 0) await Bun.sleep(5)
  expect(JSON.parse(rows()[0] ?? '')).toMatchObject({ status: 'error', error: 'broken' })
})
