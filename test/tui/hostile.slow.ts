import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { resolve } from 'node:path'
import { temporaryDirectory } from '../support/datacline.ts'
import { tornAt } from '../support/emulator.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { startHostileServer } from '../support/hostile-server.ts'
import { type Issuer, startIssuer } from '../support/issuer.ts'
import { NAUGHTY } from '../support/naughty.ts'
import { onScreen, type ScreenTerminal } from '../support/screen.ts'

/** What a policy file may hold: control characters are refused there. */
const QUIET = NAUGHTY.filter(
  (text) => !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text) && text.length < 200,
)
const SHORT = NAUGHTY.filter(({ length }) => length < 200)

const POLICY = JSON.stringify({
  roles: {
    watcher: {
      permissions: [{ resource: 'gateway', actions: ['gateway:observe', 'gateway:admin'] }],
    },
  },
  user_roles: { ops: ['watcher'] },
  rules: [
    ...QUIET.map((text, at) => ({
      name: `${at} ${text}`,
      description: text,
      condition: { mcp_server: 'evil-*', tool: `${text}*never` },
      action: 'deny',
      priority: 100 + at,
    })),
    { name: 'All else ‮live\u202c', condition: { mcp_server: '*' }, action: 'allow', priority: 1 },
    {
      name: `No ${QUIET.join(' ').slice(0, 150)}`,
      condition: { mcp_server: 'evil-http', tool: 'fail' },
      action: 'deny',
      priority: 999,
    },
  ],
})

let issuer: Issuer
let gateway: Gateway
const server = startHostileServer()

beforeAll(async () => {
  issuer = await startIssuer({ keycloakRealm: 'mcp-gateway' })
  gateway = await startGateway({
    env: { JWT_ISSUER: issuer.issuer, JWKS_URL: issuer.jwksUrl },
    policy: POLICY,
    servers: {
      'evil-http': { type: 'http', url: server.url, timeout: 5, description: QUIET.join(' ') },
      'evil-stdio': {
        type: 'stdio',
        timeout: 5,
        command: process.execPath,
        args: [resolve(import.meta.dir, '../support/hostile-server.ts')],
        description: QUIET.join(' '),
      },
    },
  })
  await call('say', { at: 0 })
}, 60_000)

afterAll(async () => {
  await gateway?.close()
  await issuer?.close()
  await server.close()
})

type Caller = Readonly<{ user?: string; server?: string; headers?: Record<string, string> }>

const tokenOf = (user: string) => issuer.token({ sub: user, preferred_username: user })
const authorization = async (user: string) => ({ authorization: `Bearer ${await tokenOf(user)}` })

const call = async (
  tool: string,
  parameters: unknown,
  { user = 'mallory', server: to = 'evil-stdio', headers = {} }: Caller = {},
): Promise<number> => {
  const response = await fetch(`${gateway.url}/mcp/invoke?mcp_server=${to}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(await authorization(user)), ...headers },
    body: JSON.stringify({ tool_name: tool, parameters }),
  })
  await response.text()
  return response.status
}

/** A client of the MCP face that calls itself something bad, and goes on with bad names. */
const connectAs = async (name: string): Promise<void> => {
  const post = async (message: object, headers: Record<string, string> = {}) => {
    const response = await fetch(`${gateway.url}/servers/evil-http/mcp`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(await authorization('mallory')),
        ...headers,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: name, ...message }),
    })
    await response.text()
    return response.headers.get('mcp-session-id') ?? 'none'
  }
  const session = await post({
    method: 'initialize',
    params: {
      protocolVersion: '2025-11-25',
      capabilities: { [name]: {} },
      clientInfo: { name, version: name, title: name },
    },
  })
  const headers = { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' }
  await post({ method: 'tools/call', params: { name: 'say', arguments: { at: name } } }, headers)
  await post({ method: name, params: { [name]: name } }, headers)
  await post({ method: 'resources/read', params: { uri: name } }, headers)
}

const allThatIsBad = async (): Promise<void> => {
  for (const [at, text] of SHORT.entries()) {
    // Each caller would have a process of its own at the other one.
    const caller = { user: text || 'nobody', server: 'evil-http' }
    await call(text, { [text]: text, list: [text] }, caller)
    await call('say', { at, [text]: text })
    if (at % 4 === 0) {
      await connectAs(text)
      await call('refuse', { at }, { server: 'evil-http', headers: { 'user-agent': '\u009b31m' } })
    }
  }
  for (const to of ['evil-http', 'evil-stdio']) {
    for (const [tool, parameters] of [
      ['fail', { at: 3 }],
      ['long', { length: 1_000_000 }],
      ['long', { text: 'w'.repeat(900_000), length: 1 }],
      ['deep', { depth: 400 }],
      ['deep', { depth: 100_000 }],
      ['broken', {}],
      ['progress', {}],
    ] as const) {
      await call(tool, parameters, { server: to })
    }
  }
}

const isClean = (terminal: ScreenTerminal): void => {
  expect(terminal.faults()).toEqual([])
}

const isWhole = (terminal: ScreenTerminal): void => {
  isClean(terminal)
  expect(tornAt(terminal.cells())).toEqual([])
}

const ENTER = '\r'
const ESCAPE = '\u001b'

describe('a world in which everybody is bad', () => {
  test.each([
    [80, 24],
    [160, 50],
  ] as const)(
    'stays behind the screen of %ix%i, on every page of it',
    async (columns, rows) => {
      const args = ['tui', '--config', gateway.directory, '--gateway', gateway.url]
      const env = { DATACLINE_TOKEN: await tokenOf('ops') }
      const terminal = onScreen(args, { cwd: gateway.directory, env, columns, rows })
      try {
        await terminal.sees('LIVE')
        await allThatIsBad()
        // The newest is on top of what was asked for: each call is opened, and each of its tabs.
        for (let back = 0; back < 20; back++) {
          terminal.press(ENTER)
          await terminal.sees('[Why]')
          for (const tab of ['[Req', '[Res', '[Hea', '[Raw', '[Rel'] as const) {
            terminal.press(']')
            await terminal.sees(tab)
            if (columns > 100) isWhole(terminal)
          }
          terminal.press(ESCAPE)
          await terminal.sees(/^(?![\s\S]*\[Rel)/)
          terminal.press('kk')
        }
        terminal.press('2')
        await terminal.sees('evil-http')
        for (let server = 0; server < 2; server++) {
          terminal.press(ENTER)
          await terminal.sees('that you may use')
          terminal.press(ENTER)
          await terminal.sees(/^ say {2}on evil/m)
          terminal.press(ENTER)
          await terminal.sees('Call say on evil')
          terminal.press(`7${ENTER}`)
          await terminal.sees(/PERMITTED|expected|must/)
          isWhole(terminal)
          terminal.press(ESCAPE)
          await terminal.sees(/^ say {2}on evil/m)
          terminal.press(ESCAPE)
          await terminal.sees('that you may use')
          terminal.press('jjjjjjjjj')
          await terminal.sees(/^(?![\s\S]*▸ say)/)
          terminal.press(ENTER)
          await terminal.sees(/^ .* {2}on evil-/m)
          isWhole(terminal)
          terminal.press(ESCAPE)
          await terminal.sees('that you may use')
          terminal.press(ESCAPE)
          await terminal.sees(/▸ evil/)
          terminal.press('j')
        }
        for (const [key, shown] of [
          ['3', 'hits count'],
          ['4', 'mallory'],
          ['5', 'calls at hand'],
          ['6', 'watching http'],
        ] as const) {
          terminal.press(key)
          await terminal.sees(shown)
          terminal.press('GG')
          await terminal.sees('?')
          isWhole(terminal)
        }
        terminal.press('1R')
        await terminal.sees(/[Rr]ule/)
        isWhole(terminal)
        terminal.kill('SIGTERM')
        await terminal.ended
        isClean(terminal)
      } finally {
        terminal.kill('SIGKILL')
        await terminal.ended
      }
    },
    180_000,
  )

  test.each([
    [['list-tools', 'evil-stdio']],
    [['tools', 'ls']],
    [['tools', 'show', 'evil-http', SHORT[0] ?? '']],
    [['tools', 'show', 'evil-http', 'x']],
    [['tools', 'show', 'evil-stdio', 'say', '--json']],
    [['list-resources', 'evil-http']],
    [['read-resource', 'evil-http', 'x:1']],
    [['read-resource', 'evil-stdio', 'x:1', '--json']],
    [['list-prompts', 'evil-stdio']],
    [['get-prompt', 'evil-http', 'evil']],
    [['invoke', 'evil-http', 'say', 'at:=1']],
    [['invoke', 'evil-stdio', 'say', 'at:=9', '--json']],
    [['invoke', 'evil-stdio', 'say', 'at:=14', '--raw']],
    [['invoke', 'evil-stdio', 'fail', 'at:=1']],
    [['invoke', 'evil-http', 'refuse', 'at:=5']],
    [['invoke', 'evil-http', 'progress']],
    [['invoke', 'evil-stdio', 'broken']],
    [['invoke', 'evil-http', 'broken']],
    [['invoke', 'evil-http', 'deep', 'depth:=400']],
    [['invoke', 'evil-http', 'fail']],
    [['servers', 'show', 'evil-stdio']],
    [['servers', 'logs', 'evil-stdio']],
    [['servers', 'logs', 'evil-stdio', '--json']],
    [['servers', 'test', 'evil-http']],
    [['list-servers']],
    [['audit', 'tail', '-n', '200']],
    [['audit', 'tail', '-n', '200', '-o', 'ndjson']],
    [['audit', 'query', 'server:evil-http']],
    [['audit', 'query', 'user:\u202e\u009b']],
    [['audit', 'show', '3']],
    [['audit', 'show', '40', '--json']],
    [['status']],
    [['config', 'show']],
    [['config', 'validate']],
    [['doctor', 'policy', 'servers', 'upstreams']],
  ])('and behind %j', async (args) => {
    const flags = ['--config', gateway.directory, '--gateway', gateway.url]
    const env = ['audit', 'servers', 'doctor', 'status', 'config'].includes(args[0] ?? '')
      ? {}
      : { DATACLINE_TOKEN: await tokenOf('mallory') }
    const terminal = onScreen([...args, ...flags], { cwd: gateway.directory, env, rows: 100 })
    await terminal.ended
    expect(terminal.text().trim()).not.toBe('')
    expect(terminal.text()).not.toContain('fault of datacline')
    isClean(terminal)
  })
})

test('a recording that was made to harm does not', async () => {
  const event = {
    phase: 'outcome',
    timestamp: '2026-11-22T10:30:00.000Z',
    level: 'INFO',
    logger: 'audit',
    event_type: 'mcp_request',
    status: 'success',
  }
  const lines = [
    ...NAUGHTY.flatMap((text, at) => [
      { ...event, seq: at + 1, exchange_id: text, tool_name: text, user: text, error: text },
      { ...event, seq: at + 1, exchange_id: `${at}`, status: text },
      { ...event, seq: at + 1e15, exchange_id: `b${at}`, timestamp: text, code: text },
      { ...event, seq: at + 100, exchange_id: `c${at}`, parameters: { [text]: [text, 1e308] } },
      { ...event, seq: at + 200, exchange_id: `d${at}`, duration_ms: -1e300, mcp_server: text },
      { ...event, seq: at + 300, phase: 'event', exchange_id: '', code: text, parameters: text },
    ]).map((each) => JSON.stringify(each)),
    `${JSON.stringify({ ...event, seq: 1, exchange_id: 'deep' }).slice(0, -1)},"parameters":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    '{"seq":',
  ]
  const directory = await temporaryDirectory({
    'bad\u202e\u001b[2J.jsonl': Buffer.concat([
      Buffer.from(lines.join('\n')),
      Buffer.from([10, 0xff, 0xfe, 10]),
    ]).toString('latin1'),
  })
  const terminal = onScreen(['tui', '--file', 'bad\u202e\u001b[2J.jsonl'], {
    cwd: directory.path,
    columns: 160,
    rows: 50,
  })
  await terminal.sees('recording')
  for (const key of ['G', 'g', ENTER, ']', ']', ']', ']', ']', ESCAPE, '4', '5', '6', '1']) {
    terminal.press(key)
    await terminal.sees('recording')
  }
  isWhole(terminal)
  terminal.press('q')
  expect(await terminal.ended).toBe(0)
  directory.remove()
}, 60_000)
