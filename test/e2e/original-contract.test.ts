import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type Issuer, startIssuer } from '../support/issuer.ts'
import { startOriginalUpstream } from '../support/original-upstream.ts'
import { until } from '../support/until.ts'

/** The policy that the original's README shows, word for word. */
const POLICY = `# Role definitions
roles:
  admin:
    permissions:
      - resource: "*"
        actions: ["*"]

  developer:
    permissions:
      - resource: "mcp:dev-server:*"
        actions: ["list_tools", "invoke_tool"]

  analyst:
    permissions:
      - resource: "mcp:*:read_only_tool"
        actions: ["invoke_tool"]

# User-to-role mappings
user_roles:
  admin@example.com:
    - admin
  dev@example.com:
    - developer
  analyst@example.com:
    - analyst

# Custom rules
rules:
  - name: "Block dangerous tools in production"
    condition:
      mcp_server: "prod-server"
      tool_name_pattern: ".*delete.*|.*drop.*"
    action: deny
    priority: 100

# Default policy
default_policy: deny
`

const TOOLS = ['x', 'echo', 'read_only_tool', 'delete_all', 'DELETE_x', 'a:delete_x', 'x|.*']
const upstream = startOriginalUpstream(TOOLS)
let issuer: Issuer
let gateway: Gateway

beforeAll(async () => {
  issuer = await startIssuer({ keycloakRealm: 'mcp-gateway' })
  gateway = await startGateway({
    env: { KEYCLOAK_URL: issuer.url },
    servers: {
      'prod-server': { url: upstream.url, type: 'http' },
      'dev-server': { url: upstream.url, type: 'rest' },
      default: { url: upstream.url, type: 'mock-mcp' },
      'switched-off': { url: upstream.url, type: 'rest', enabled: false },
    },
    policy: POLICY,
  })
})
afterAll(async () => {
  await gateway.close()
  await issuer.close()
  upstream.close()
})

const tokenOf = (user: string, claims: Record<string, unknown> = {}) => {
  const email = user.includes('@')
  return issuer.token({
    sub: `id-of-${user}`,
    preferred_username: email ? user.split('@')[0] : user,
    email: email ? user : undefined,
    email_verified: email ? true : undefined,
    resource_access: undefined,
    ...claims,
  })
}

const as = async (token: string | undefined, path: string, body?: unknown) => {
  const response = await fetch(gateway.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, never> }
}

const invoke = (token: string | undefined, server: string, tool: string, parameters?: unknown) =>
  as(token, `/mcp/invoke?mcp_server=${encodeURIComponent(server)}`, { tool_name: tool, parameters })

const list = (token: string | undefined, server: string) =>
  as(token, `/mcp/list-tools?mcp_server=${encodeURIComponent(server)}`)

describe('the documented intent of the original policy, with real tokens', () => {
  test.each([
    ['admin@example.com', 'invoke', 'prod-server', 'x', 200],
    ['admin@example.com', 'invoke', 'prod-server', 'delete_all', 403],
    ['dev@example.com', 'list', 'dev-server', '', 200],
    ['dev@example.com', 'invoke', 'dev-server', 'echo', 200],
    ['dev@example.com', 'list', 'prod-server', '', 403],
    ['dev@example.com', 'invoke', 'prod-server', 'x|.*', 403],
    ['dev@example.com', 'list', 'prod-server|.*', '', 403],
    ['dev@example.com', 'list', '.*', '', 403],
    ['analyst@example.com', 'invoke', 'prod-server', 'read_only_tool', 200],
    ['analyst@example.com', 'invoke', 'prod-server', 'x', 403],
    ['testuser', 'list', 'default', '', 403],
    ['testuser', 'invoke', 'default', 'x', 403],
    ['admin', 'invoke', 'default', 'x', 403],
    ['admin@example.com', 'invoke', 'prod-server', 'DELETE_x', 403],
    ['admin@example.com', 'invoke', 'prod-server', 'a:delete_x', 403],
  ])('%s may %s on %s %s: %d', async (user, action, server, tool, status) => {
    const token = await tokenOf(user)
    const before = upstream.invoked().length
    const answer = action === 'list' ? await list(token, server) : await invoke(token, server, tool)
    expect(answer.status).toBe(status)
    if (status === 403) {
      expect(String(answer.body.detail)).toStartWith('Access denied')
      expect(upstream.invoked().length).toBe(before)
    }
  })

  test('flaw F5: a group or a user that is called admin is nobody', async () => {
    const token = await tokenOf('admin', { groups: ['admin'], realm_access: { roles: ['admin'] } })
    expect((await invoke(token, 'prod-server', 'x')).status).toBe(403)
  })

  test('an analyst sees exactly what it may call', async () => {
    const { body } = await list(await tokenOf('analyst@example.com'), 'prod-server')
    expect(body.tools).toEqual([
      expect.objectContaining({ name: 'read_only_tool', description: 'does read_only_tool' }),
    ] as never)
    expect(body.count).toBe(1 as never)
  })

  test('flaw F2: an encoded name cannot reach another tool', async () => {
    const token = await tokenOf('dev@example.com')
    const before = upstream.asked.length
    const answer = await invoke(token, 'prod-server', 'del%65te_all/invoke?x|.*')
    expect(answer.status).toBe(403)
    expect(upstream.asked.length).toBe(before)
  })

  test('flaw F3: a path in a name never leaves the house', async () => {
    const token = await tokenOf('admin@example.com')
    const before = upstream.asked.length
    for (const name of ['../../admin/x', 'x%2F..%2F..%2Fadmin', 'a\\..\\b', '..', 'x\u0000']) {
      expect((await invoke(token, 'default', name)).status).toBe(400)
    }
    expect(upstream.asked.length).toBe(before)
    await invoke(token, 'default', 'a/b?c#d')
    expect(upstream.asked.at(-1)).not.toContain('/tools/a/b')
  })
})

describe('the answers of the REST face', () => {
  test('an invocation answers the envelope of the original, with a measured time', async () => {
    const answer = await invoke(await tokenOf('dev@example.com'), 'dev-server', 'echo', { a: 1 })
    expect(answer.body).toEqual({
      success: true,
      tool_name: 'echo',
      mcp_server: 'dev-server',
      result: { rows: [{ a: 1 }], count: 1 },
      error: null,
      execution_time_ms: expect.any(Number),
    } as never)
  })

  test('a denial names the rule, its file and its line', async () => {
    const { body } = await invoke(await tokenOf('admin@example.com'), 'prod-server', 'delete_all')
    const line = POLICY.split('\n').findIndex((text) => text.includes('Block dangerous')) + 1
    expect(body).toMatchObject({
      detail: expect.stringContaining(
        `denied by rule: Block dangerous tools in production (policies/policy.yaml:${line})`,
      ),
      reason: { rule: 'Block dangerous tools in production', at: `policies/policy.yaml:${line}` },
    } as never)
  })

  test('without permission on the name, an unknown server looks like a known one', async () => {
    const token = await tokenOf('dev@example.com')
    const known = await invoke(token, 'prod-server', 'x')
    const unknown = await invoke(token, 'no-such-server', 'x')
    expect(unknown).toEqual(known)
    expect(known.body).toEqual({
      detail: 'Access denied: no permission on this server',
      code: 'access_denied',
    } as never)
    const info = (name: string) => as(token, `/mcp/server/${name}/info`)
    expect(await info('prod-server')).toEqual(await info('no-such-server'))
  })

  test('with permission on the name, an unknown server is a 404; so is a disabled one (flaw F31)', async () => {
    const token = await tokenOf('admin@example.com')
    expect((await invoke(token, 'no-such-server', 'x')).status).toBe(404)
    expect((await list(token, 'switched-off')).status).toBe(404)
    expect((await as(token, '/mcp/server/switched-off/info')).status).toBe(404)
  })

  test('the info of a server is what it says of itself', async () => {
    const answer = await as(await tokenOf('dev@example.com'), '/mcp/server/dev-server/info')
    expect(answer.body).toMatchObject({ name: 'mock', version: '1.0' } as never)
  })

  test('an unknown tool is a 404 with the envelope', async () => {
    const answer = await invoke(await tokenOf('admin@example.com'), 'default', 'no_such_tool')
    expect(answer.status).toBe(404)
    expect(answer.body).toMatchObject({ success: false, tool_name: 'no_such_tool' } as never)
  })

  test('flaw F10: the list of servers holds those that the caller may use', async () => {
    const names = async (user: string) => {
      const { body } = await as(await tokenOf(user), '/mcp/servers')
      return (body.servers as unknown as { name: string }[]).map(({ name }) => name)
    }
    expect(await names('dev@example.com')).toEqual(['dev-server'])
    expect(await names('admin@example.com')).toEqual(['prod-server', 'dev-server', 'default'])
    expect(await names('nobody@example.com')).toEqual([])
  })

  test('what one principal may see, the next one does not, right after', async () => {
    const dev = await tokenOf('dev@example.com')
    const analyst = await tokenOf('analyst@example.com')
    for (let round = 0; round < 5; round++) {
      expect((await list(dev, 'dev-server')).body.count).toBe(TOOLS.length as never)
      expect((await list(analyst, 'dev-server')).body.count).toBe(1 as never)
      expect((await as(dev, '/mcp/server/dev-server/info')).status).toBe(200)
      expect((await as(dev, '/mcp/server/prod-server/info')).status).toBe(403)
    }
  })

  test.each([
    ['no server', '/mcp/invoke', { tool_name: 'x' }, 422],
    ['two servers', '/mcp/invoke?mcp_server=a&mcp_server=b', { tool_name: 'x' }, 422],
    ['no tool', '/mcp/invoke?mcp_server=default', {}, 422],
    [
      'parameters that are a list',
      '/mcp/invoke?mcp_server=default',
      { tool_name: 'x', parameters: [] },
      422,
    ],
  ])('%s: %d', async (_name, path, body, status) => {
    const answer = await as(await tokenOf('admin@example.com'), path, body)
    expect(answer.status).toBe(status)
    expect(answer.body.detail).toBeString()
  })

  test('no token, a foreign token and an expired one are 401 with a challenge', async () => {
    const foreign = await issuer.token({ iss: 'https://elsewhere.example' })
    const expired = await issuer.token({ exp: 1_000_000_000 })
    for (const token of [undefined, foreign, expired]) {
      const response = await fetch(`${gateway.url}/servers/demo/mcp`, {
        method: 'POST',
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        body: '{}',
      })
      expect(response.status).toBe(401)
      const challenge = response.headers.get('www-authenticate') ?? ''
      const address = /resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? ''
      const metadata = (await (await fetch(address)).json()) as Record<string, unknown>
      expect(metadata).toMatchObject({
        resource: `${gateway.url}/servers/demo/mcp`,
        authorization_servers: [issuer.issuer],
      })
    }
  })

  test('the stock Keycloak token of the original README is accepted', async () => {
    const token = await tokenOf('dev@example.com', { aud: 'account', azp: 'mcp-gateway-client' })
    expect((await list(token, 'dev-server')).status).toBe(200)
    const other = await tokenOf('dev@example.com', { aud: 'account', azp: 'other-client' })
    expect((await list(other, 'dev-server')).status).toBe(401)
  })
})

describe('the record of the original', () => {
  const lines = async () =>
    (await readFile(join(gateway.directory, 'audit.json'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)

  test('flaws F42 and F44: both queries of its README find denials, every line has a decision', async () => {
    await invoke(await tokenOf('admin@example.com'), 'prod-server', 'delete_all', {
      secret: 'hunter22',
    })
    await invoke(await tokenOf('admin@example.com'), 'default', 'echo', { password: 'hunter22' })
    await invoke(undefined, 'default', 'echo')
    const isSuccess = ({ status, action }: Record<string, unknown>) =>
      status === 'success' && action === 'invoke_tool'
    // They stand in the order in which they ended: the last is the one without a token.
    const all = await until(
      lines,
      (rows) =>
        rows.findLast(isSuccess)?.user === 'admin' && rows.at(-1)?.event_type === 'authentication',
    )
    expect(
      all.some((line) => line.status === 'denied' && line.event_type === 'policy_violation'),
    ).toBe(true)
    expect(all.some((line) => line.event_type === 'authentication')).toBe(true)
    expect(all.findLast(isSuccess)).toMatchObject({
      level: 'INFO',
      logger: 'audit',
      event_type: 'mcp_request',
      user: 'admin',
      mcp_server: 'default',
      tool_name: 'echo',
      policy_decision: expect.stringContaining('admin'),
      duration_ms: expect.any(Number),
      response_status: 200,
    })
    expect(JSON.stringify(all)).not.toContain('hunter22')
  })

  test('flaws F8 and F12: a role taken away is gone at once, without a restart', async () => {
    const token = await tokenOf('dev@example.com')
    expect((await list(token, 'dev-server')).status).toBe(200)
    const file = join(gateway.directory, 'policies/policy.yaml')
    await writeFile(file, POLICY.replace('    - developer\n', '    - analyst\n'))
    const refused = await until(
      () => invoke(token, 'dev-server', 'echo'),
      ({ status }) => status === 403,
    )
    expect(refused.status).toBe(403)
    await writeFile(file, 'roles: [broken\n')
    const ready = await until(
      () => as(undefined, '/health/ready'),
      ({ body }) => JSON.stringify(body).includes('degraded'),
    )
    expect((await invoke(token, 'dev-server', 'read_only_tool')).status).toBe(200)
    expect(ready.body).toMatchObject({ status: 'degraded', parts: { policy: 'degraded' } } as never)
    expect(JSON.stringify(await lines())).toContain('policies/policy.yaml:')
    await writeFile(file, POLICY)
  })
})
