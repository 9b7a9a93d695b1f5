import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { datacline, envelope, temporaryDirectory } from '../support/datacline.ts'

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
