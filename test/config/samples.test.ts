import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Dotenv, parseDotenv } from '../../src/config/dotenv.ts'
import { parseServers } from '../../src/config/servers-file.ts'
import { assertServable, resolveSettings } from '../../src/config/settings.ts'
import { settingsTable, withoutEffect } from '../../src/config/settings-table.ts'

const root = join(import.meta.dir, '../..')
const shipped = (path: string) => readFileSync(join(root, path), 'utf8')
const parse = (text: string, variables: Record<string, string> = {}) =>
  parseServers(text, 'mcp_servers.yaml', {
    directory: '/etc/gateway',
    defaultTimeout: 60,
    readVariable: (name) => variables[name],
  })
const resolve = (dotenv: Dotenv) =>
  resolveSettings({ environment: {}, dotenv, directory: '/etc/gateway' })

describe('servers files of the original', () => {
  test("the seed README's sample loads", () => {
    const { servers, notices } = parse(`servers:
  prod-server:
    url: https://mcp.production.example.com
    type: http
    timeout: 60
    enabled: true
    description: "Production MCP server"

  dev-server:
    url: http://dev-mcp.internal:3000
    type: http
    timeout: 30
    enabled: true
    description: "Development MCP server"
`)
    expect(notices).toEqual([])
    expect(servers.map(({ name, url, timeout }) => [name, url, timeout])).toEqual([
      ['prod-server', 'https://mcp.production.example.com', 60_000],
      ['dev-server', 'http://dev-mcp.internal:3000', 30_000],
    ])
  })

  test('what register-mcp wrote loads', () => {
    expect(
      parse(`servers:
  prod-server:
    enabled: true
    timeout: 30
    type: http
    url: https://mcp.example.com
`).servers,
    ).toHaveLength(1)
  })

  test('a first-generation file with free-text types, tags, tools and metadata loads', () => {
    const { servers, notices } = parse(`servers:
  mock-server:
    url: http://localhost:3000
    type: mock-mcp
    timeout: 30
    enabled: yes
    tags: [test, local]
    tools: ['*']
    metadata:
      cluster: none
      note: for tests
  es-eu:
    url: http://es-mcp.internal:9200
    type: elasticsearch-mcp
    version: 1.0
    tags: [elasticsearch, logs]
    tools:
      - search
      - aggregate
    metadata:
      cluster: es-eu-1
      region: eu-west-1
      description: European logs
      data_sources: [nginx, app]
      capabilities: {search: true}
`)
    expect(servers.map(({ transport }) => transport)).toEqual(['http', 'http'])
    expect(servers[1]?.tags).toEqual(['elasticsearch', 'logs'])
    expect(notices).toHaveLength(2)
  })

  test('a second-generation file with auth blocks loads, and every credential is applied', () => {
    const { servers } = parse(
      `servers:
  github:
    url: https://api.githubcopilot.com/mcp/
    type: http
    timeout: 60
    enabled: true
    auth:
      method: bearer
      location: header
      name: Authorization
      format: prefix
      prefix: "Bearer "
      credential_ref: env://GITHUB_MCP_PAT
      tenant_scope: org
      metadata: {owner: platform}
  notion:
    url: https://mcp.notion.com/mcp
    auth:
      method: api_key
      location: header
      name: X-Api-Key
      format: raw
      credential_ref: env://NOTION_TOKEN
  figma:
    url: http://localhost:3845/mcp
    auth:
      method: custom
      name: X-Figma-Token
      format: template
      template: "token={credential}"
      credential_value: literal
`,
      { GITHUB_MCP_PAT: 'pat', NOTION_TOKEN: 'key' },
    )
    expect(servers.map(({ credentialHeaders }) => credentialHeaders)).toEqual([
      { authorization: 'Bearer pat' },
      { 'x-api-key': 'key' },
      { 'x-figma-token': 'token=literal' },
    ])
  })

  test('a third-generation file with stdio servers and catalogue keys loads', () => {
    const { servers } = parse(`servers:
  filesystem:
    type: stdio
    command: npx
    args: ["-y", "@modelcontextprotocol/server-filesystem", "/tmp"]
    env: {LOG_LEVEL: info}
    policy_id: p-1
    image_icon:
  memory:
    type: stdio
    metadata:
      command: npx
      args: ["-y", "@modelcontextprotocol/server-memory"]
      env: {}
  events:
    type: sse
    url: http://localhost:3000/mcp/sse
`)
    expect(servers.map(({ transport }) => transport)).toEqual(['stdio', 'stdio', 'sse'])
  })
})

describe('what is shipped', () => {
  test('mcp_servers.yaml loads without a word, and breaks no first start', () => {
    const { servers, notices } = parse(shipped('mcp_servers.yaml'))
    expect([servers, notices]).toEqual([[], []])
  })

  test('mcp_servers.yaml loads with every sample uncommented', () => {
    const text = shipped('mcp_servers.yaml').replace(/^ {2}# (?= *[a-z_-]+:)/gm, '  ')
    const { servers, notices } = parse(text, { GITHUB_MCP_PAT: 'x' })
    expect(servers.map(({ name }) => name)).toEqual(['dev-server', 'files', 'github'])
    expect(notices).toEqual([])
  })

  const complete = shipped('examples/mcp_servers_complete.yaml')

  test('the complete example loads as it is, saying only which secrets are missing', () => {
    const { servers, notices } = parse(complete)
    expect(new Set(servers.map(({ transport }) => transport))).toEqual(
      new Set(['http', 'sse', 'rest', 'stdio']),
    )
    for (const notice of notices) expect(notice).toMatch(/is set neither in|no such file/)
  })

  test('the complete example loads with everything switched on', () => {
    const { servers } = parse(
      complete
        .replaceAll('enabled: false', 'enabled: true')
        .replace('file:///run/secrets/search-api-key', 'env://K'),
      {
        TICKETS_TOKEN: 't',
        GITHUB_MCP_PAT: 'p',
        ELASTIC_LOGIN: 'u:p',
        INVENTORY_TOKEN: 'i',
        K: 'k',
      },
    )
    expect(servers.every(({ enabled }) => enabled)).toBe(true)
    expect(servers.find(({ name }) => name === 'inventory')?.credentialHeaders).toEqual({
      authorization: 'Token token=i, version=2',
    })
  })

  test('.env.example starts as it is', () => {
    const settings = resolve(parseDotenv(shipped('.env.example')))
    expect(() => assertServable(settings)).not.toThrow()
    expect(settings.notices).toEqual([])
  })

  test('.env.example names every variable, with its default', () => {
    const lines = shipped('.env.example').replace(/^# (?=[A-Z_]+=)/gm, '')
    const entries = parseDotenv(lines)
    for (const row of Object.values(settingsTable)) {
      if (!('variable' in row) || row.variable === undefined) continue
      const text = entries.get(row.variable)?.value
      const wanted = row.default === undefined ? '' : String(row.default)
      if (row.variable !== 'KEYCLOAK_URL')
        expect([row.variable, text]).toEqual([row.variable, wanted])
    }
    expect(() => resolve(entries)).not.toThrow()
  })

  test.each([...new Bun.Glob('examples/clients/*.json').scanSync(root)])('%s is JSON', (path) => {
    expect(JSON.stringify(JSON.parse(shipped(path)))).toMatch(
      /http:\/\/127\.0\.0\.1:8000\/servers\/demo\/mcp|"bridge"/,
    )
  })
})

test("the original's .env loads: its variables, and others that it did not know (flaw F35)", () => {
  const dotenv = parseDotenv(`# Server
HOST=0.0.0.0
PORT=8000
DATABASE_URL=sqlite:///secure_mcp_gateway.db
# DATABASE_URL=postgresql://user:pass@localhost:5432/mcp_gateway
AUTH_ENABLED=true
KEYCLOAK_URL=http://localhost:8080
KEYCLOAK_REALM=mcp-gateway
# JWKS_URL=
JWT_ALGORITHM=RS256
JWT_AUDIENCE=mcp-gateway-client
TOKEN_CACHE_TTL=300
POLICY_FILE=policies/policy.yaml
CASBIN_MODEL=server/policies/rbac_model.conf
CASBIN_POLICY=server/policies/rbac_policy.csv
MCP_SERVERS_CONFIG=mcp_servers.yaml
AUDIT_LOG_FILE=audit.json
AUDIT_TO_STDOUT=true
PROXY_TIMEOUT=60
GITHUB_MCP_PAT=ghp_x
`)
  const { values, notices } = resolve(dotenv)
  expect(values).toMatchObject({
    host: '0.0.0.0',
    jwtAlgorithm: ['RS256'],
    jwtAudience: ['mcp-gateway-client'],
    policyFile: '/etc/gateway/policies/policy.yaml',
  })
  expect(notices.map((notice) => notice.split(' ')[0])).toEqual(['CASBIN_MODEL', 'CASBIN_POLICY'])
  expect([...withoutEffect.keys()]).not.toContain('JWT_AUDIENCE')
})
