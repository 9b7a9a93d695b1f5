import { Database } from 'bun:sqlite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { bareEnvironment, datacline, envelope, temporaryDirectory } from '../support/datacline.ts'
import { startGateway } from '../support/gateway.ts'
import { type Issuer, startIssuer } from '../support/issuer.ts'
import { PROGRAM } from '../support/program.ts'

const UPSTREAM = resolve(import.meta.dir, '../support/upstream-stdio.ts')

const POLICY = `roles:
  adder:
    permissions:
      - resource: mcp:demo:add
        actions: [invoke_tool]
user_roles:
  ada@example.com: [adder]
default_policy: deny
`

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
beforeEach(async () => {
  directory = await temporaryDirectory({ 'policies/policy.yaml': POLICY })
})
afterEach(() => directory.remove())

const local = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  datacline([...args, '--local', '--config', '.'], { cwd: directory.path, env })

const rows = () => {
  const database = new Database(join(directory.path, '.datacline/datacline.db'), { readonly: true })
  try {
    return database
      .query('select user, action, status from audit_logs order by id')
      .all() as readonly Readonly<{ user: string; action: string; status: string }>[]
  } finally {
    database.close()
  }
}

describe('--local with --no-auth', () => {
  test('calls a tool without a gateway, and records it as one would', async () => {
    await Bun.write(join(directory.path, 'policies/policy.yaml'), 'default_policy: deny\n')
    const ran = await local(['invoke', 'demo', 'add', 'a=2', 'b=40', '--no-auth', '--json'])
    expect(ran.code).toBe(0)
    expect(JSON.parse(ran.stdout)).toMatchObject({ success: true, result: { sum: 42 } })
    const lines = (await directory.read('audit.json')).trim().split('\n')
    const calls = lines
      .map((line) => JSON.parse(line))
      .filter(({ tool_name }) => tool_name === 'add')
    expect(calls).toMatchObject([
      { user: 'anonymous', status: 'success', parameters: { a: 2, b: 40 } },
    ])
  })

  test('obeys the policy', async () => {
    const rule = 'rules:\n  - name: no adding\n    condition: { tool: add }\n    action: deny\n'
    await Bun.write(join(directory.path, 'policies/policy.yaml'), rule)
    const ran = await local(['invoke', 'demo', 'add', 'a=2', 'b=40', '--no-auth', '--json'])
    expect(ran).toMatchObject({ code: 3, stdout: '' })
    expect(envelope(ran)).toMatchObject({ code: 'policy_denied' })
    expect(String(envelope(ran).why)).toContain('policies/policy.yaml:2')
    expect(rows().filter(({ status }) => status === 'denied')).toHaveLength(1)
  })

  test('AUTH_ENABLED=false and DATACLINE_LOCAL=1 say the same', async () => {
    const env = { AUTH_ENABLED: 'false', DATACLINE_LOCAL: '1' }
    const ran = await datacline(['list-servers', '--json'], { cwd: directory.path, env })
    expect(ran.code).toBe(0)
    expect(JSON.parse(ran.stdout)).toMatchObject({ servers: [{ name: 'demo' }], count: 1 })
  })

  test('what was recorded stands while the next command writes on', async () => {
    await local(['list-tools', 'demo', '--no-auth', '-q'])
    const first = rows().length
    await local(['list-tools', 'demo', '--no-auth', '-q'])
    expect(rows().length).toBeGreaterThan(first)
  })

  test('gives the operator of this very state directory no less than a gateway does', async () => {
    const ran = await local(['servers', 'logs', 'demo', '--no-auth', '--json'])
    expect(ran.code).toBe(0)
    expect(JSON.parse(ran.stdout)).toMatchObject({ mcp_server: 'demo', lines: [] })
  })
})

describe('--local with authentication', () => {
  let issuer: Issuer
  beforeAll(async () => {
    issuer = await startIssuer()
  })
  afterAll(() => issuer.close())

  const call = (tool: string, token: string | undefined) =>
    local(['invoke', 'demo', tool, '--params', '{"a":1,"b":2}', '--json'], {
      JWT_ISSUER: issuer.issuer,
      ...(token !== undefined && { DATACLINE_TOKEN: token }),
    })

  test('a token is checked and its bearer decided, as a gateway does', async () => {
    const ada = await issuer.token({ email: 'ada@example.com', email_verified: true })
    expect((await call('add', ada)).code).toBe(0)
    const bob = await issuer.token({ email: 'bob@example.com', email_verified: true })
    expect((await call('add', bob)).code).toBe(3)
    const expired = await issuer.token({ email: 'ada@example.com', exp: 1 })
    expect((await call('add', expired)).code).toBe(4)
  })

  test('being local is no identity: without a token nobody is let in', async () => {
    const ran = await call('add', undefined)
    expect(ran).toMatchObject({ code: 4, stdout: '' })
    expect(envelope(ran)).toMatchObject({ code: 'auth' })
  })

  test('without an issuer it says what to do, and creates nothing', async () => {
    const ran = await local(['list-servers'])
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('--no-auth')
    expect(existsSync(join(directory.path, '.datacline'))).toBe(false)
  })
})

describe('--local and the world around it', () => {
  test('while a gateway holds the state directory: 3, naming it and the way out', async () => {
    const gateway = await startGateway({ directory: directory.path, args: ['--no-auth'] })
    try {
      const ran = await local(['list-servers', '--no-auth', '--json'])
      expect(ran).toMatchObject({ code: 3, stdout: '' })
      const fault = envelope(ran)
      expect(fault.code).toBe('cannot_start')
      expect(fault.message).toContain(`pid ${gateway.pid}, port ${new URL(gateway.url).port}`)
      expect(fault.hint).toContain('leave --local out')
    } finally {
      await gateway.close()
    }
  })

  test('contradicts --gateway; a gateway on the command line wins over the variable', async () => {
    expect((await local(['list-servers', '--gateway', 'http://127.0.0.1:1'])).code).toBe(2)
    const env = { DATACLINE_LOCAL: '1' }
    const args = ['list-servers', '--gateway', 'http://127.0.0.1:1']
    expect((await datacline(args, { cwd: directory.path, env })).code).toBe(6)
  })

  test('--no-auth alone is refused: it is for the gateway to say', async () => {
    const ran = await datacline(['list-servers', '--no-auth'], { cwd: directory.path })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('--no-auth needs --local')
  })

  test('a broken file is told with its place', async () => {
    await Bun.write(join(directory.path, 'mcp_servers.yaml'), 'servers:\n  a:\n    ulr: x\n')
    const ran = await local(['list-servers', '--no-auth'])
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('mcp_servers.yaml:3:5 servers.a.ulr: unknown key "ulr"')
  })

  const withServer = () =>
    Bun.write(
      join(directory.path, 'mcp_servers.yaml'),
      `servers:\n  own:\n    type: stdio\n    command: ${process.execPath}\n    args: [${UPSTREAM}]\n`,
    )
  const allow = () =>
    Bun.write(join(directory.path, 'policies/policy.yaml'), 'default_policy: deny\n')

  test('servers that it started end with it', async () => {
    await withServer()
    await allow()
    const ran = await local(['invoke', 'own', 'pid', '--no-auth', '--json'])
    expect(ran.code).toBe(0)
    const pid = Number(/"text":"(\d+)"/.exec(ran.stdout)?.[1])
    expect(pid).toBeGreaterThan(0)
    expect(() => process.kill(pid, 0)).toThrow()
  })

  test('ctrl-c cancels a call, leaves with 130, and the record says so', async () => {
    await allow()
    const child = Bun.spawn(
      [
        ...[...PROGRAM, 'invoke', 'demo', 'slow', 'seconds=30'],
        ...['--local', '--no-auth', '--config', '.', '--progress', 'json'],
      ],
      { cwd: directory.path, env: bareEnvironment(directory.path), stderr: 'pipe' },
    )
    for await (const bytes of child.stderr) {
      if (Buffer.from(bytes).includes('progress')) break
    }
    child.kill('SIGINT')
    expect(await child.exited).toBe(130)
    expect(rows().map(({ status }) => status)).toContain('cancelled')
  })
})
