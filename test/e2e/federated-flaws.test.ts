import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type Issuer, startIssuer } from '../support/issuer.ts'
import { startUpstream, type Tool } from '../support/upstream.ts'

// Programs are started here, on machines that have much else to do.
setDefaultTimeout(20_000)

let issuer: Issuer
let gateway: Gateway
let one: ReturnType<typeof startUpstream>
let two: ReturnType<typeof startUpstream>
beforeAll(async () => {
  issuer = await startIssuer({ keycloakRealm: 'mcp-gateway' })
  const saying = (text: string): Tool => ({ call: () => text })
  one = startUpstream({ tools: { find: saying('one: find'), b__find: saying('one: b__find') } })
  two = startUpstream({ tools: { find: saying('two: find') } })
  gateway = await startGateway({
    env: { JWT_ISSUER: issuer.issuer, JWKS_URL: issuer.jwksUrl },
    servers: { a: { type: 'http', url: one.url }, a_b: { type: 'http', url: two.url } },
    policy: `
roles:
  user:
    permissions: [{ resource: "mcp:*:*", actions: ["*"] }]
user_roles:
  user:ada: [user]
`,
  })
}, 30_000)
afterAll(async () => {
  await gateway?.close()
  await one?.close()
  await two?.close()
  await issuer?.close()
})

const ask = async (method: string, params: Record<string, unknown>) => {
  const token = await issuer.token({ sub: 'ada', preferred_username: 'ada' })
  const response = await fetch(`${gateway.url}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof params.name === 'string' && { 'mcp-name': params.name }),
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method,
      params: {
        ...params,
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    }),
  })
  return JSON.stringify(await response.json())
}

test('F28: a call through all servers as one is recorded with who made it, and where it went', async () => {
  expect(await ask('tools/call', { name: 'a__find', arguments: {} })).toContain('one: find')
  const rows = () =>
    gateway
      .stdout()
      .split('\n')
      .filter((line) => line.includes('"method":"tools/call"') && line.includes('"success"'))
      .map((line) => JSON.parse(line))
  while (rows().length === 0) await Bun.sleep(5)
  expect(rows()[0]).toMatchObject({ user: 'ada', mcp_server: 'a', tool_name: 'find' })
})

test('F30: equal names and names with two underscores reach the tool that they name', async () => {
  const { result } = JSON.parse(await ask('tools/list', {}))
  const names: string[] = result.tools.map(({ name }: { name: string }) => name)
  expect(new Set(names).size).toBe(3)
  const answers = await Promise.all(names.map((name) => ask('tools/call', { name, arguments: {} })))
  for (const said of ['one: find"', 'one: b__find"', 'two: find"']) {
    expect(answers.filter((answer) => answer.includes(said))).toHaveLength(1)
  }
})

test('F30: a server whose name could be mistaken for another with a tool is refused', async () => {
  await expect(
    startGateway({ args: ['--no-auth'], servers: { a__b: { type: 'http', url: two.url } } }),
  ).rejects.toThrow('__')
})
