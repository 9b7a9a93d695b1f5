import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectClient, type RealClient } from '../support/clients.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type Issuer, startIssuer } from '../support/issuer.ts'
import { type ModernServer, startModernServer } from '../support/modern-server.ts'

const POLICY = `
user_roles:
  ada: [narrow]
  bob: [wide]
roles:
  narrow:
    permissions:
      - { resource: "mcp:demo:add", actions: [invoke_tool, list_tools] }
  wide:
    permissions:
      - { resource: "mcp:demo:*", actions: ["*"] }
      - { resource: "mcp:both:*", actions: ["*"] }
rules:
  - name: no greeting
    priority: 10
    condition: { mcp_server: both, tool: greet }
    action: deny
`

let issuer: Issuer
let both: ModernServer
let gateway: Gateway
beforeAll(async () => {
  issuer = await startIssuer({ keycloakRealm: 'mcp-gateway' })
  both = startModernServer()
  gateway = await startGateway({
    args: ['--demo'],
    env: { JWT_ISSUER: issuer.issuer, JWKS_URL: issuer.jwksUrl },
    servers: { both: { type: 'http', url: both.url } },
    policy: POLICY,
  })
}, 30_000)
afterAll(async () => {
  await gateway?.close()
  await Promise.all([issuer?.close(), both?.close()])
})

const connect = async (kind: 'sdk v1' | 'sdk v2 modern', username: string) => {
  const token = await issuer.token({ sub: username, preferred_username: username })
  const headers = { authorization: `Bearer ${token}` }
  return connectClient(kind, { url: `${gateway.url}/mcp`, headers })
}
const toolsOf = async (client: RealClient) =>
  ((await client.ask('tools/list')) as { tools: { name: string }[] }).tools.map(({ name }) => name)
const outcome = (client: RealClient, name: string, given: object = {}) =>
  client.ask('tools/call', { name, arguments: given }).then(
    (result) => ((result as { isError?: boolean }).isError === true ? 'denied' : 'done'),
    (error: { code?: number }) => error.code,
  )

describe.each(['sdk v1', 'sdk v2 modern'] as const)('%s at /mcp, under a policy', (kind) => {
  test('sees exactly what it may call, and learns nothing of the rest', async () => {
    const client = await connect(kind, 'ada')
    expect(await toolsOf(client)).toEqual(['demo__add'])
    expect(await outcome(client, 'demo__add', { a: 1, b: 2 })).toBe('done')
    expect(await outcome(client, 'demo__echo')).toBe('denied')
    // A server of which nothing may be used is told as one that is not there.
    expect(await outcome(client, 'both__measure')).toBe(-32602)
    expect(await outcome(client, 'none__measure')).toBe(-32602)
    expect(JSON.stringify(client.hello())).not.toContain('both')
    await client.close()
  })

  test('sees more when it may use more, but for what a rule takes away', async () => {
    const client = await connect(kind, 'bob')
    const names = await toolsOf(client)
    expect(names).toEqual(expect.arrayContaining(['demo__echo', 'both__measure']))
    expect(names).not.toContain('both__greet')
    expect(await outcome(client, 'both__measure')).toBe('done')
    expect(await outcome(client, 'both__greet', { name: 'x' })).toBe('denied')
    await client.close()
  })
})

test('the record tells of the real server and tool, and of the face only where all are meant', async () => {
  const file = join(gateway.directory, 'audit.json')
  let text = ''
  // A line is written once its operation is settled, which nobody who calls waits for.
  while (!text.includes('"servers/*"') || !text.includes('"add"')) {
    await Bun.sleep(10)
    text = await readFile(file, 'utf8')
  }
  const lines = text.slice(0, text.lastIndexOf('\n')).split('\n')
  const rows = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(rows).toContainEqual(
    expect.objectContaining({ mcp_server: 'demo', tool_name: 'add', method: 'tools/call' }),
  )
  expect(rows).toContainEqual(
    expect.objectContaining({ mcp_server: 'servers/*', method: 'tools/list' }),
  )
})

test.each(['/mcp', '/groups/any/mcp'])(
  '%s without a token points at its own metadata',
  async (path) => {
    const response = await fetch(gateway.url + path, { method: 'POST', body: '{}' })
    expect(response.status).toBe(401)
    const challenge = response.headers.get('www-authenticate') ?? ''
    const address = /resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? ''
    expect(address).toEndWith(`/.well-known/oauth-protected-resource${path}`)
    expect(await (await fetch(address)).json()).toMatchObject({ resource: gateway.url + path })
  },
)
