import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { aliasOf } from '../../src/federation/names.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type Issuer, startIssuer } from '../support/issuer.ts'
import { startUpstream } from '../support/upstream.ts'

// What is decided and what is forwarded must be the same thing, at every face and by any spelling; and
// what one principal holds is no use to another.

// Programs are started here, on machines that have much else to do.
setDefaultTimeout(20_000)

const LONG = `delete_${'everything_'.repeat(8)}`

const POLICY = `
roles:
  wide: { permissions: [{ resource: "mcp:*:*", actions: ["*"] }] }
  narrow:
    permissions:
      - { resource: "mcp:a:echo", actions: [invoke_tool, list_tools] }
      - { resource: "mcp:a:docs://open*", actions: [read_resource, list_resources, complete] }
      - { resource: "mcp:a:*", actions: [connect, subscribe] }
user_roles:
  ada: [wide]
  bob: [narrow]
`

let issuer: Issuer
let gateway: Gateway
let a: ReturnType<typeof startUpstream>
let b: ReturnType<typeof startUpstream>
let tokens: Record<string, string>
beforeAll(async () => {
  issuer = await startIssuer({ keycloakRealm: 'mcp-gateway' })
  const tools = { echo: {}, delete: {}, [LONG]: {} }
  a = startUpstream({ tools })
  b = startUpstream({ tools })
  const token = (sub: string) => issuer.token({ sub, preferred_username: sub })
  tokens = { ada: await token('ada'), bob: await token('bob') }
  gateway = await startGateway({
    env: { JWT_ISSUER: issuer.issuer, JWKS_URL: issuer.jwksUrl },
    files: {
      'mcp_servers.yaml': JSON.stringify({
        servers: { a: { type: 'http', url: a.url }, b: { type: 'http', url: b.url } },
        groups: { few: { servers: { a: { tools: ['*'], resources: ['docs://open*'] } } } },
      }),
    },
    policy: POLICY,
  })
}, 30_000)
afterAll(async () => {
  await gateway?.close()
  await Promise.all([issuer?.close(), a?.close(), b?.close()])
})

type Params = Readonly<Record<string, unknown>>

const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}
const encoded = (text: string) => `=?base64?${Buffer.from(text).toString('base64')}?=`

let ids = 0
const send = (
  user: string,
  path: string,
  init: Omit<RequestInit, 'headers'> & { headers: Params },
) =>
  fetch(gateway.url + path, {
    ...init,
    headers: {
      authorization: `Bearer ${tokens[user]}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(init.headers as Record<string, string>),
    },
  })
const post = (user: string, path: string, headers: Params, message: unknown) =>
  send(user, path, { method: 'POST', headers, body: JSON.stringify(message) })
const modern = async (user: string, path: string, method: string, params: Params) => {
  const named = params.name ?? params.uri
  const headers = {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(typeof named === 'string' && { 'mcp-name': encoded(named) }),
  }
  const body = { jsonrpc: '2.0', id: ++ids, method, params: { ...params, _meta: ENVELOPE } }
  return (await (await post(user, path, headers, body)).json()) as {
    result?: { isError?: boolean }
    error?: { code: number; message: string }
  }
}
const initialize = async (user: string, path: string, protocolVersion = '2025-11-25') => {
  const clientInfo = { name: 'by-hand', version: '1' }
  const params = { protocolVersion, capabilities: {}, clientInfo }
  const message = { jsonrpc: '2.0', id: ++ids, method: 'initialize', params }
  const response = await post(user, path, {}, message)
  await response.text()
  return { 'mcp-session-id': response.headers.get('mcp-session-id') ?? '' }
}

/** What the servers were asked to do while this ran, beside what they were asked about themselves. */
const doneBy = async (act: () => Promise<unknown>) => {
  const [fromA, fromB] = [a.seen.length, b.seen.length]
  await act()
  return [...a.seen.slice(fromA), ...b.seen.slice(fromB)]
    .map(({ message }) => String(message.method))
    .filter((method) => /^(?:tools\/call|resources\/read|completion)/.test(method))
}

const FACES = [
  ['/servers/a/mcp', ''],
  ['/mcp', 'a__'],
  ['/groups/few/mcp', 'a__'],
] as const

describe.each(FACES)('at %s', (path, prefix) => {
  const uriOf = (uri: string) => (prefix === '' ? uri : `a+${uri}`)

  test('a denied tool is reached under none of its spellings', async () => {
    const spellings = [
      'delete',
      'DELETE',
      'delete ',
      ' delete',
      'delete\u200b',
      '\uff44elete',
      'd%65lete',
      'd\u0435lete',
      '_delete',
      '__delete',
      LONG,
    ].map((name) => `${prefix}${name}`)
    const aliases =
      prefix === ''
        ? []
        : [
            aliasOf('a', LONG),
            aliasOf('b', LONG),
            aliasOf('a', 'delete\u200b'),
            'A__echo',
            'b__echo',
            'a_echo',
            'a+echo',
            'few__echo',
            'echo',
          ]
    const done = await doneBy(async () => {
      for (const name of [...spellings, ...aliases]) {
        const { result, error } = await modern('bob', path, 'tools/call', { name, arguments: {} })
        expect([name, result?.isError ?? error !== undefined]).toEqual([name, true])
      }
    })
    expect(done).toEqual([])
    const name = `${prefix}echo`
    const twice = { name, Name: 'delete', NAME: `${prefix}delete`, arguments: {} }
    const call = () => modern('bob', path, 'tools/call', twice)
    expect(await doneBy(call)).toEqual([])
    const own = () => modern('bob', path, 'tools/call', { name, arguments: {} })
    expect(await doneBy(own)).toEqual(['tools/call'])
  })

  test('a resource is read by the URI that was decided, and by none of another server', async () => {
    const uris = [
      'docs://secret',
      'docs://open/../secret',
      'docs://open/%2e%2e/secret',
      'DOCS://open',
      'b+docs://open',
      'a+b+docs://open',
      'docs:\\\\open',
    ]
    const done = await doneBy(async () => {
      for (const uri of [...uris.map(uriOf), 'b+docs://open', 'few+docs://open']) {
        const { error } = await modern('bob', path, 'resources/read', { uri })
        expect([uri, error?.code === undefined]).toEqual([uri, false])
      }
    })
    expect(done).toEqual([])
  })

  test('a completion is decided by what its server will read', async () => {
    const argument = { name: 'x', value: '' }
    const complete = (ref: Params) => modern('bob', path, 'completion/complete', { ref, argument })
    const uri = uriOf('docs://secret/{x}')
    const open = uriOf('docs://open/{x}')
    const refs = [
      { type: 'ref/resource', uri },
      { type: 'ref/resource', uri, name: 'docs://open/{x}' },
      { type: 'ref/prompt', name: `${prefix}greet`, uri: open },
      { type: 'ref/other', uri: open },
    ]
    const done = await doneBy(async () => {
      for (const ref of refs) expect((await complete(ref)).error?.code).toBe(-32602)
    })
    expect(done).toEqual([])
    const allowed = { type: 'ref/resource', uri: open, name: 'whatever' }
    expect(await doneBy(() => complete(allowed))).toEqual(['completion/complete'])
  })

  test('each call of a batch is decided by itself', async () => {
    const session = await initialize('bob', path, '2025-03-26')
    const call = (id: number, name: string) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name: `${prefix}${name}`, arguments: {} },
    })
    const batch = [call(1, 'delete'), call(2, 'echo'), call(3, 'delete')]
    let text = ''
    const done = await doneBy(async () => {
      text = await (await post('bob', path, session, batch)).text()
    })
    expect(done).toEqual(['tools/call'])
    expect(text.match(/"isError":true/g)).toHaveLength(2)
  })

  test('a session is nobody else’s, at no other face, and outlives every attempt', async () => {
    const session = await initialize('ada', path)
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
    const others = ['/servers/a/mcp', '/servers/b/mcp', '/mcp', '/groups/few/mcp']
    const stolen = [
      () => post('bob', path, session, ping),
      () => send('bob', path, { method: 'GET', headers: { ...session, 'last-event-id': '1' } }),
      () => send('bob', path, { method: 'DELETE', headers: session }),
      ...others
        .filter((other) => other !== path)
        .map((other) => () => post('ada', other, session, ping)),
    ]
    for (const steal of stolen) {
      const response = await steal()
      expect(response.status).toBe(404)
      expect(await response.text()).not.toContain('result')
    }
    expect((await post('ada', path, session, ping)).status).toBe(200)
  })

  test('the end of another’s request is nobody’s to tell', async () => {
    const note = {
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 1, reason: 'not mine' },
    }
    const version = { 'mcp-protocol-version': '2026-07-28' }
    const response = await post('bob', path, version, note)
    expect(response.status).toBe(202)
    expect(a.received('notifications/cancelled')).toEqual([])
  })
})
