import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { datacline, envelope, temporaryDirectory } from '../support/datacline.ts'

// Programs are started here, on machines that have much else to do.
setDefaultTimeout(30_000)

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
beforeEach(async () => {
  directory = await temporaryDirectory({
    'mcp_servers.yaml': 'servers:\n  dev:\n    url: http://localhost:1\n',
    'policies/policy.yaml': 'default_policy: deny\n',
    '.env': 'PORT=9000\nDATABASE_URL=sqlite:///secret-place.db\n',
  })
})
afterEach(() => directory.remove())

const config = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  datacline(['config', ...args], { cwd: directory.path, env })
const write = (name: string, text: string) => Bun.write(`${directory.path}/${name}`, text)

describe('config show', () => {
  test('tells every setting with where it comes from, and no secret', async () => {
    const ran = await config(['show', '--origin', '--json'], { HOST: '127.0.0.2' })
    const body = JSON.parse(ran.stdout)
    expect(body.directory).toBe(directory.path)
    const setting = (name: string) =>
      body.settings.find((row: { name: string }) => row.name === name)
    expect(setting('HOST')).toMatchObject({ value: '127.0.0.2', origin: 'environment' })
    expect(setting('PORT')).toMatchObject({ value: 9000, origin: '.env:1' })
    expect(setting('DATABASE_URL')).toMatchObject({ value: '(set)', origin: '.env:2' })
    expect(setting('KEYCLOAK_URL')).toMatchObject({ value: null, origin: 'default' })
    expect(ran.stdout).not.toContain('secret-place')
  })

  test('is a table for people, with the origin when it is asked for', async () => {
    const plain = await config(['show'])
    expect(plain.stdout).toMatch(/^SETTING +VALUE\n/)
    expect(plain.stdout).toMatch(/\nPORT +9000\n/)
    expect((await config(['show', '--origin'])).stdout).toMatch(/\nPORT +\.env:1 +9000\n/)
  })

  test('a setting that cannot be used: 2, and where it stands', async () => {
    await write('.env', 'PORT=many\n')
    const ran = await config(['show', '--json'])
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(envelope(ran).message).toContain('PORT (.env:1): expected a whole number')
  })
})

describe('config validate', () => {
  test('tells every fault of every file, in order, and none that follows from another', async () => {
    const files = await temporaryDirectory({
      'mcp_servers.yaml': `servers:
  first:
    urll: http://a.example.com/
  second:
    type: grpc
    url: http://b.example.com/
    protocol_version: "1999"
  third:
    url: http://c.example.com/
    timeout: soon
    enabled: maybe
  fine:
    url: http://d.example.com/
  bad__name:
    url: ftp://e.example.com/
groups:
  team:
    servers: [first, fith]
`,
      'policies/policy.yaml': `roles:
  dev:
    permissions:
      - { resource: "tool:x", actions: [invoke_tol, fly] }
      - { resource: "mcp:*:*", action: [] }
  ops:
    permisions: []
user_roles:
  ada: [dev, opps]
  bob: ops
rules:
  - name: a
    condition: { tol: x, tool: y }
    action: block
  - name: b
    action: deny
  - name: c
    prioritty: 3
    condition: { tool: x }
default_policy: maybe
`,
    })
    const env = { AUTH_ENABLED: 'false' }
    const ran = await datacline(['config', 'validate', '--json'], { cwd: files.path, env })
    const faults = envelope(ran).faults as string[]
    files.remove()
    expect(ran.code).toBe(2)
    expect(faults.map((fault) => /^(\S+):\d+ (\S+): (.{0,22})/.exec(fault)?.slice(1, 4))).toEqual([
      ['mcp_servers.yaml:3', 'servers.first.urll', 'unknown key "urll"; di'],
      ['mcp_servers.yaml:5', 'servers.second.type', 'grpc is not supported;'],
      ['mcp_servers.yaml:7', 'servers.second.protocol_version', 'expected one of 2026-0'],
      ['mcp_servers.yaml:10', 'servers.third.timeout', 'expected seconds above'],
      ['mcp_servers.yaml:11', 'servers.third.enabled', 'expected true or false'],
      ['mcp_servers.yaml:14', 'servers.bad__name', '"__" separates server '],
      ['mcp_servers.yaml:15', 'servers.bad__name.url', 'expected an http:// or'],
      ['mcp_servers.yaml:18', 'groups.team.servers[1]', 'no server called "fith'],
      ['policies/policy.yaml:4', 'roles.dev.permissions[0].resource', 'expected mcp:{server}:'],
      ['policies/policy.yaml:4', 'roles.dev.permissions[0].actions[0]', 'unknown action "invoke'],
      ['policies/policy.yaml:4', 'roles.dev.permissions[0].actions[1]', 'unknown action "fly"'],
      ['policies/policy.yaml:5', 'roles.dev.permissions[1].action', 'unknown key "action"; '],
      ['policies/policy.yaml:7', 'roles.ops.permisions', 'unknown key "permision'],
      ['policies/policy.yaml:9', 'user_roles.ada[1]', 'unknown role "opps"; d'],
      ['policies/policy.yaml:10', 'user_roles.bob', 'expected a list of rol'],
      ['policies/policy.yaml:13', 'rules[0].condition.tol', 'unknown condition "tol'],
      ['policies/policy.yaml:14', 'rules[0].action', 'expected allow | deny,'],
      ['policies/policy.yaml:15', 'rules[1]', 'a rule needs a conditi'],
      ['policies/policy.yaml:18', 'rules[2].prioritty', 'unknown key "prioritty'],
      ['policies/policy.yaml:20', 'default_policy', 'expected allow | deny,'],
    ])
  })

  test('says so when all is well, and creates nothing', async () => {
    const before = readdirSync(directory.path).sort()
    const ran = await config(['validate'], { AUTH_ENABLED: 'false' })
    expect(ran).toEqual({
      code: 0,
      stdout: '✓ mcp_servers.yaml and policies/policy.yaml are valid\n',
      stderr: '',
    })
    const json = await config(['validate', '--json'], { AUTH_ENABLED: 'false' })
    expect(JSON.parse(json.stdout)).toMatchObject({ valid: true, servers: 1, notices: [] })
    expect(readdirSync(directory.path).sort()).toEqual(before)
  })

  test('tells what serve would miss, which a flag of it may settle', async () => {
    const ran = await config(['validate'])
    expect(ran.code).toBe(0)
    expect(ran.stderr).toContain('serve: authentication is on, but no issuer is configured')
  })

  test('tells the fault of each file with its place', async () => {
    await write('mcp_servers.yaml', 'servers:\n  dev:\n    ulr: http://localhost:1\n')
    await write('policies/policy.yaml', 'rules:\n  - name: x\n    acton: deny\n')
    const ran = await config(['validate', '--json'])
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(envelope(ran).faults).toEqual([
      'mcp_servers.yaml:3:5 servers.dev.ulr: unknown key "ulr"; did you mean "url"?',
      'policies/policy.yaml:3:5 rules[0].acton: unknown key "acton"; did you mean "action"?',
    ])
  })

  test('a file that is named and not there is a fault', async () => {
    const ran = await config(['validate'], { MCP_SERVERS_CONFIG: 'nowhere.yaml' })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('nowhere.yaml: no such file')
  })
})

describe('config schema', () => {
  test.each(['servers', 'policy'])('of %s is one JSON Schema document', async (name) => {
    const ran = await config(['schema', name])
    expect(ran.code).toBe(0)
    expect(JSON.parse(ran.stdout)).toMatchObject({ type: 'object', additionalProperties: false })
    expect((await config(['schema', name, '--json'])).stdout.trim()).not.toContain('\n')
  })

  test('there is no other', async () => {
    expect((await config(['schema', 'tests'])).code).toBe(2)
  })
})

describe('config path', () => {
  test('is one line, or all of them', async () => {
    expect((await config(['path'])).stdout).toBe(`${directory.path}\n`)
    const ran = await config(['path', '--json'], { POLICY_FILE: 'p.yaml' })
    expect(JSON.parse(ran.stdout)).toEqual({
      directory: directory.path,
      state_directory: `${directory.path}/.datacline`,
      servers: `${directory.path}/mcp_servers.yaml`,
      policy: `${directory.path}/p.yaml`,
      dotenv: `${directory.path}/.env`,
    })
  })
})
