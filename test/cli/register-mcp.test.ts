import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { datacline, envelope, temporaryDirectory } from '../support/datacline.ts'
import { startGateway } from '../support/gateway.ts'

const FILE = `# The team's servers.
servers:
  other:   # stays
    url: http://localhost:1   # as it is
`

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
beforeEach(async () => {
  directory = await temporaryDirectory({ 'mcp_servers.yaml': FILE })
})
afterEach(() => directory.remove())

const register = (...args: string[]) =>
  datacline(['register-mcp', ...args], { cwd: directory.path })
const file = () => directory.read('mcp_servers.yaml')

describe('register-mcp', () => {
  test('as the original README types it writes the shape of the original', async () => {
    const plain = await register('prod-server', 'https://mcp.example.com')
    expect(plain).toEqual({ code: 0, stdout: '', stderr: '' })
    const options = ['--type', 'http', '--timeout', '45', '--disabled']
    expect((await register('dev-server', 'http://localhost:3000', ...options)).code).toBe(0)
    expect(await file()).toBe(`${FILE}  prod-server:
    url: https://mcp.example.com
    type: http
    timeout: 30
    enabled: true
  dev-server:
    url: http://localhost:3000
    type: http
    timeout: 45
    enabled: false
`)
  })

  test('takes every flag of the second generation', async () => {
    const ran = await register(
      ...['api', 'https://api.example.com', '--description', 'An API', '--tags', 'a, b'],
      ...['--auth-method', 'api_key', '--auth-location', 'header', '--auth-name', 'X-API-Key'],
      ...['--auth-format', 'template', '--auth-template', 'Key {credential}'],
      ...['--auth-prefix', 'Bearer ', '--credential-ref', 'env://API_KEY'],
    )
    expect(ran.code).toBe(0)
    expect(ran.stderr).toBe(
      'API_KEY is not set here; the gateway needs it in its environment or .env\n',
    )
    expect(parse(await file()).servers.api).toEqual({
      url: 'https://api.example.com',
      type: 'http',
      timeout: 30,
      enabled: true,
      description: 'An API',
      tags: ['a', 'b'],
      auth: {
        method: 'api_key',
        location: 'header',
        name: 'X-API-Key',
        format: 'template',
        prefix: 'Bearer ',
        template: 'Key {credential}',
        credential_ref: 'env://API_KEY',
      },
    })
  })

  test('of a program takes what stands behind -- as it stands', async () => {
    await register('files', '--type', 'stdio', '--env', 'A=b=c', '--', 'bunx', 'x', '--help', '-v')
    expect(parse(await file()).servers.files).toEqual({
      type: 'stdio',
      command: 'bunx',
      args: ['x', '--help', '-v'],
      env: { A: 'b=c' },
      timeout: 30,
      enabled: true,
    })
  })

  test('typed elsewhere, a program means the place where it was typed', async () => {
    const elsewhere = join(directory.path, 'elsewhere')
    await mkdir(elsewhere)
    await datacline(['register-mcp', 'x', '--config', '..', '--', './server', '.'], {
      cwd: elsewhere,
    })
    expect(parse(await file()).servers.x).toMatchObject({
      command: join(elsewhere, 'server'),
      args: ['.'],
      cwd: elsewhere,
    })
  })

  test('flaw F38: writes where MCP_SERVERS_CONFIG says, from the environment and from .env', async () => {
    const env = { MCP_SERVERS_CONFIG: 'elsewhere/servers.yaml' }
    await datacline(['register-mcp', 'a', 'http://a'], { cwd: directory.path, env })
    await Bun.write(join(directory.path, '.env'), 'MCP_SERVERS_CONFIG=elsewhere/servers.yaml\n')
    await register('b', 'http://b')
    expect(Object.keys(parse(await directory.read('elsewhere/servers.yaml')).servers)).toEqual([
      'a',
      'b',
    ])
    expect(await file()).toBe(FILE)
  })

  test('of what is there already is silent, of something else needs --force', async () => {
    await register('dev', 'http://localhost:3000')
    const before = await file()
    expect(await register('dev', 'http://localhost:3000')).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    })
    const refused = await register('dev', 'http://localhost:4000', '--json')
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(envelope(refused)).toMatchObject({
      code: 'usage',
      why: 'it differs in url',
      hint: 'give --force to replace it',
    })
    expect(await file()).toBe(before)
    expect((await register('dev', 'http://localhost:4000', '--force')).code).toBe(0)
    expect(await file()).toBe(before.replace(':3000', ':4000'))
  })

  test('with --json prints one document, without secrets, and makes the file private', async () => {
    const ran = await register(
      ...['x', 'http://x', '--auth-method', 'bearer', '--credential-value', 'hush', '--json'],
    )
    expect(JSON.parse(ran.stdout)).toMatchObject({
      name: 'x',
      changed: true,
      server: { url: 'http://x', auth: { method: 'bearer', credential_value: '(set)' } },
    })
    expect(ran.stdout + ran.stderr).not.toContain('hush')
    expect(statSync(join(directory.path, 'mcp_servers.yaml')).mode & 0o777).toBe(0o600)
  })

  test.each([
    [[], 'missing NAME and URL'],
    [['x'], 'missing URL'],
    [['x', '--type', 'stdio'], 'missing its program behind --'],
    [['x', 'http://x', '--type', 'stdio'], 'needs its program behind --'],
    [['x', 'http://x', '--', 'y'], 'a stdio server has no URL'],
    [['x', '--type', 'http', '--', 'y'], 'belongs to --type stdio'],
    [['a b', 'http://x'], 'NAME: a server name is'],
    [['x', 'ftp://x'], 'URL: expected an http:// or https:// URL'],
    [['x', 'http://169.254.169.254'], 'URL: 169.254.169.254 is a link-local or metadata address'],
    [['x', 'http://x', '--timeout', 'soon'], '--timeout: expected seconds'],
    [['x', 'http://x', '--enabled', '--disabled'], 'contradict each other'],
    [['x', 'http://x', '--type', 'grpc'], 'grpc is not supported'],
    [['x', 'http://x', '--credential-ref', 'env://X'], '--credential-ref needs --auth-method'],
    [['x', 'http://x', '--auth-method', 'baerer'], 'servers.x.auth.method'],
    [['x', 'http://x', '--auth-method', 'bearer'], 'needs credential_ref'],
    [['x', 'http://x', '--env', 'A=b'], '--env and --cwd belong to --type stdio'],
    [['x', '--env', 'A', '--', 'y'], '--env: expected NAME=VALUE'],
    [['OTHER', 'http://x'], 'differs from other only in case'],
  ])('%j is refused before anything is written', async (args, sentence) => {
    const ran = await register(...args)
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toContain(sentence)
    expect(await file()).toBe(FILE)
  })

  test('with --probe a server that does not answer is not registered: 5', async () => {
    const upstream = new URL('../support/upstream-stdio.ts', import.meta.url).pathname
    const away = await register('away', 'http://127.0.0.1:1/mcp', '--probe', '--json')
    expect(away).toMatchObject({ code: 5, stdout: '' })
    expect(envelope(away)).toMatchObject({
      code: 'upstream_unreachable',
      why: 'nothing was written',
    })
    expect(await file()).toBe(FILE)
    const there = await register('there', '--probe', '--', process.execPath, upstream)
    expect(there.stderr).toBe('there answers and speaks modern and legacy\n')
    expect(parse(await file()).servers.there).toMatchObject({ args: [upstream] })
  })

  test('a file that is no YAML is not touched', async () => {
    const broken = 'servers:\n  a: [\n'
    await Bun.write(join(directory.path, 'mcp_servers.yaml'), broken)
    const ran = await register('x', 'http://x')
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('mcp_servers.yaml:')
    expect(await file()).toBe(broken)
  })

  test('many at once: none is lost', async () => {
    const names = ['n1', 'n2', 'n3', 'n4', 'n5']
    const ran = await Promise.all(names.map((name) => register(name, `http://${name}`)))
    expect(ran.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0])
    expect(Object.keys(parse(await file()).servers).sort()).toEqual([...names, 'other'])
  })

  test('a running gateway picks it up by itself', async () => {
    const gateway = await startGateway({
      directory: directory.path,
      args: ['--no-auth'],
    })
    try {
      const names = async () => {
        const body = await (await fetch(`${gateway.url}/mcp/servers`)).json()
        return (body as { servers: { name: string }[] }).servers.map(({ name }) => name)
      }
      expect(await names()).toEqual(['other'])
      await register('fresh', 'http://localhost:2')
      const deadline = Date.now() + 5000
      while ((await names()).length === 1 && Date.now() < deadline) await Bun.sleep(50)
      expect(await names()).toEqual(['other', 'fresh'])
    } finally {
      await gateway.close()
    }
  })
})
