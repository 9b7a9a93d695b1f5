import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { resolve } from 'node:path'
import { datacline, envelope, temporaryDirectory } from '../support/datacline.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'

const UPSTREAM = resolve(import.meta.dir, '../support/upstream-stdio.ts')

const FILE = `servers:
  # An ordinary one.
  plain:
    url: http://localhost:1
    timeout: 5
  secret:
    url: http://localhost:1
    enabled: false
    auth:
      method: bearer
      credential_value: hush-hush
`

describe('the entries of mcp_servers.yaml', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>
  beforeAll(async () => {
    directory = await temporaryDirectory({ 'mcp_servers.yaml': FILE })
  })
  afterAll(() => directory.remove())
  const servers = (...args: string[]) => datacline(['servers', ...args], { cwd: directory.path })
  const file = () => directory.read('mcp_servers.yaml')

  test('are shown with their place and without their secrets', async () => {
    const ran = await servers('show', 'secret')
    expect(ran.code).toBe(0)
    expect(ran.stdout).toStartWith('# mcp_servers.yaml:6\nsecret:\n')
    expect(ran.stdout).toContain('credential_value: (set)')
    expect(ran.stdout).not.toContain('hush')
    const json = await servers('show', 'secret', '--json')
    expect(JSON.parse(json.stdout)).toMatchObject({ name: 'secret', at: 'mcp_servers.yaml:6' })
    expect(json.stdout).not.toContain('hush')
  })

  test('are switched off and on, silently off a terminal', async () => {
    expect(await servers('disable', 'plain')).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await file()).toBe(FILE.replace('timeout: 5\n', 'timeout: 5\n    enabled: false\n'))
    const again = await servers('disable', 'plain', '--json')
    expect(JSON.parse(again.stdout)).toMatchObject({ enabled: false, changed: false })
    expect((await servers('enable', 'plain')).code).toBe(0)
    expect(await file()).toBe(FILE.replace('timeout: 5\n', 'timeout: 5\n    enabled: true\n'))
  })

  test('are removed with --yes only, where nobody can be asked', async () => {
    const refused = await servers('rm', 'plain', '--json')
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(envelope(refused)).toMatchObject({ code: 'usage', hint: 'give --yes' })
    const removed = await servers('rm', 'plain', '--yes', '--json')
    expect(JSON.parse(removed.stdout)).toMatchObject({ name: 'plain', removed: true })
    expect(await file()).toStartWith('servers:\n  # An ordinary one.\n  secret:')
  })

  test.each(['show', 'enable', 'disable', 'rm'])(
    '%s of an unknown one: 7, and the nearest',
    async (verb) => {
      const ran = await servers(verb, 'secrets', '--json', '--yes')
      expect(ran).toMatchObject({ code: 7, stdout: '' })
      expect(envelope(ran)).toMatchObject({ code: 'not_found', why: 'did you mean secret?' })
    },
  )
})

describe('servers behind a gateway', () => {
  let gateway: Gateway
  beforeAll(async () => {
    gateway = await startGateway({
      args: ['--no-auth', '--demo'],
      servers: {
        noisy: {
          type: 'stdio',
          command: 'sh',
          args: [
            '-c',
            `echo "token is $NOISY_TOKEN" >&2; printf 'a\\033[2Jb\\n' >&2; exec "$0" "$1"`,
          ].concat(process.execPath, UPSTREAM),
          env: { NOISY_TOKEN: 'env://NOISY_TOKEN' },
        },
        away: { url: 'http://127.0.0.1:1/mcp' },
      },
      env: { NOISY_TOKEN: 'very-secret-token-1234' },
    })
  })
  afterAll(() => gateway.close())
  const servers = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    datacline(['servers', ...args], {
      cwd: gateway.directory,
      env: { DATACLINE_GATEWAY: gateway.url, ...env },
    })

  test('test says who answers, how fast and with what', async () => {
    const ran = await servers(['test', 'demo'])
    expect(ran.code).toBe(0)
    expect(ran.stdout).toMatch(
      /^✓ demo answers in \d+ ms: datacline-demo [\d.]+, \d+ tools, modern and legacy\n$/,
    )
    const json = await servers(['test', 'noisy', '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ name: 'noisy', reachable: true })
  })

  test('test of one that is away: 5; of one that is not there: 7', async () => {
    const away = await servers(['test', 'away', '--json'])
    expect(away).toMatchObject({ code: 5, stdout: '' })
    expect(envelope(away)).toMatchObject({ code: 'upstream_unreachable', retryable: true })
    expect((await servers(['test', 'nobody'])).code).toBe(7)
    expect((await servers(['test', 'demo', '--gateway', 'http://127.0.0.1:1'])).code).toBe(6)
  })

  test('logs shows what the process wrote, harmless and without secrets', async () => {
    await servers(['test', 'noisy'])
    const ran = await servers(['logs', 'noisy'])
    expect(ran.code).toBe(0)
    expect(ran.stdout).toContain('token is ')
    expect(ran.stdout).not.toContain('very-secret')
    expect(ran.stdout).toContain('a\\u{1b}[2Jb')
    const json = await servers(['logs', 'noisy', '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ mcp_server: 'noisy', state: 'up' })
    expect((await servers(['logs', 'nobody'])).code).toBe(7)
  })

  test('logs needs the operator of this very gateway, or a permission', async () => {
    const empty = await temporaryDirectory()
    try {
      const foreign = await servers(['logs', 'noisy', '--config', empty.path, '--json'])
      expect(foreign.code).toBe(4)
      expect(envelope(foreign)).toMatchObject({ code: 'auth' })
      const elsewhere = await servers(['logs', 'noisy', '--gateway', 'http://127.0.0.1:1'])
      expect(elsewhere.code).toBe(4)
      const anonymous = await servers(['logs', 'noisy'], { DATACLINE_TOKEN: 'none-of-yours' })
      expect(anonymous.code).toBe(3)
    } finally {
      empty.remove()
    }
  })
})
