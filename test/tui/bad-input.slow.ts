import { afterEach, expect, test } from 'bun:test'
import { onTerminal, temporaryDirectory } from '../support/datacline.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { PROGRAM } from '../support/program.ts'
import { onScreen, type ScreenTerminal } from '../support/screen.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const POLICY = `rules:
  - name: Block deleting users
    condition: { mcp_server: "*", tool: delete_user }
    action: deny
    priority: 100
`

/** A stdio server that writes what no terminal should see, and ends. */
const EVIL = `process.stderr.write(Buffer.concat([Buffer.from([0xff, 0xfe, 0x80]), Buffer.from('\\u001b]52;c;cm0gLXJm\\u0007\\u001b[2J\\u202eevil log\\n')])); process.exit(3)`

const gateway = async (): Promise<Gateway> => {
  const started = await startGateway({
    args: ['--no-auth', '--demo'],
    policy: POLICY,
    servers: { evil: { type: 'stdio', command: process.execPath, args: ['-e', EVIL] } },
  })
  closing.push(() => started.close())
  return started
}

const attach = (directory: string, columns = 80, rows = 24): ScreenTerminal => {
  const opened = onScreen(['tui', '--config', directory], { cwd: directory, columns, rows })
  closing.push(async () => {
    opened.kill('SIGTERM')
    await opened.ended
  })
  return opened
}

const post = async (
  url: string,
  server: string,
  body: string | Uint8Array<ArrayBuffer>,
): Promise<number> => {
  const response = await fetch(`${url}/mcp/invoke?mcp_server=${server}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  await response.text()
  return response.status
}

const call = (url: string, tool: string, parameters: unknown = {}, server = 'demo') =>
  post(url, server, JSON.stringify({ tool_name: tool, parameters }))

const NAUGHTY = [
  '\u001b]52;c;cm0gLXJm\u0007',
  '\u001b[2J\u001b[H\u009b31m',
  '\u202egnp.exe\u2066',
  'z\u200b\u200d\ufeffw',
  'a\u0301\u0302\u0303\u0304\u0305',
  '👨‍👩‍👧👍🏽🇩🇪',
  '漢字かな한글ﷺ',
  '\u{e0041}\u2028\u0000',
]

test.each([
  [80, 24],
  [160, 50],
] as const)(
  'nothing that callers and servers say reaches a terminal of %ix%i',
  async (columns, rows) => {
    const { url, directory } = await gateway()
    const terminal = attach(directory, columns, rows)
    await terminal.sees('LIVE')
    for (const each of NAUGHTY) {
      await call(url, each, { [each]: each })
      await call(url, 'echo', { text: each })
      await call(url, 'get_user', { id: each })
    }
    await call(url, 'echo', { text: 'y'.repeat(900_000) })
    await post(url, 'demo', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x1b, 0x5b, 0x22, 0x7d]))
    await call(url, 'anything', {}, 'evil')
    await call(url, 'delete_user', { id: '\u001b[31m' })
    await terminal.sees('delete_user DENIED')
    for (let back = 0; back < 8; back++) {
      terminal.press('\r')
      await terminal.sees('[Why]')
      for (const tab of ['[Req', '[Res', '[Hea', '[Raw'] as const) {
        terminal.press(']')
        await terminal.sees(tab)
      }
      terminal.press('\u001b')
      await terminal.sees(/^(?![\s\S]*\[Raw)/)
      terminal.press('k')
    }
    for (const [key, shown] of [
      ['2', 'evil'],
      ['3', 'Block deleting users'],
      ['4', 'anonymous'],
      ['5', 'calls at hand'],
      ['6', 'watching http'],
    ] as const) {
      terminal.press(key)
      await terminal.sees(shown)
    }
    terminal.press('1/user:"\u202e\u200b"\r')
    await terminal.sees('filter user')
    expect(terminal.faults()).toEqual([])
  },
  120_000,
)

test('it starts on a terminal of 60x15, and with more room it is whole', async () => {
  const { directory } = await gateway()
  const terminal = attach(directory, 60, 15)
  await terminal.sees('needs 80x24')
  terminal.resize(80, 24)
  await terminal.sees('LIVE')
})

test('a terminal that closes ends the screen, and the gateway goes on', async () => {
  const { url, directory } = await gateway()
  const terminal = attach(directory)
  await terminal.sees('LIVE')
  terminal.hangUp()
  await terminal.ended
  expect(await call(url, 'add', { a: 1, b: 1 })).toBe(200)
})

test('after kill -9 under load the shell has the terminal that it had before', async () => {
  const directory = await temporaryDirectory()
  closing.push(() => directory.remove())
  const serve = [...PROGRAM, 'serve', '--no-auth', '--demo', '--port', '0', '--config', '.']
  const script = `trap : INT; stty -a >before; ${serve.map((word) => `'${word}'`).join(' ')}; stty -a >after; echo all over`
  const terminal = onTerminal(['-c', script], { cwd: directory.path }, ['sh'])
  await terminal.sees('LIVE')
  const url = /listening on (http:\S+)/.exec(terminal.shown())?.[1] ?? ''
  let running = true
  const statuses: number[] = []
  const load = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (running) statuses.push(await call(url, 'add', { a: 1, b: 1 }))
    }),
  )
  while (statuses.length < 50) await Bun.sleep(10)
  const screens = Bun.spawnSync(['pgrep', '-f', 'tui --serving'])
    .stdout.toString()
    .trim()
    .split('\n')
  const own: string[] = []
  for (const pid of screens) {
    const { stdout } = Bun.spawnSync(['readlink', `/proc/${pid}/cwd`])
    if (stdout.toString().trim() === directory.path) own.push(pid)
  }
  expect(own).toHaveLength(1)
  process.kill(Number(own[0]), 'SIGKILL')
  await terminal.sees('the gateway goes on')
  const before = statuses.length
  while (statuses.length < before + 50) await Bun.sleep(10)
  running = false
  await load
  expect(new Set(statuses)).toEqual(new Set([200]))
  terminal.press('ctrl-c')
  await terminal.sees('all over')
  await terminal.ended
  expect(await directory.read('after')).toBe(await directory.read('before'))
}, 60_000)
