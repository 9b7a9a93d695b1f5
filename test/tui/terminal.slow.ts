import { afterEach, describe, expect, test } from 'bun:test'
import { temporaryDirectory } from '../support/datacline.ts'
import { callDemo, demoTerminals } from '../support/demo-terminal.ts'
import { startGateway } from '../support/gateway.ts'
import type { ScreenTerminal } from '../support/screen.ts'
import { until } from '../support/until.ts'

const POLICY = `rules:
  - name: Block deleting users
    condition: { mcp_server: demo, tool: delete_user }
    action: deny
    priority: 100
`

/** How often an editor is opened: a key that is taken from it is taken now and then. */
const EDITED = Number(process.env.DATACLINE_EDITED ?? 10)

const { closing, gateway: opened, open: screen } = demoTerminals(afterEach, 'SIGTERM')

const gateway: typeof opened = (options) => opened({ policy: POLICY, ...options })

const isRestored = (terminal: ScreenTerminal) => {
  const raw = terminal.raw()
  expect(raw.lastIndexOf('\u001b[?1049l')).toBeGreaterThan(raw.lastIndexOf('\u001b[?1049h'))
  expect(raw.lastIndexOf('\u001b[?25h')).toBeGreaterThan(raw.lastIndexOf('\u001b[?25l'))
}

describe('attached to a gateway', () => {
  test('a denial is on the screen with its reason, and keys go where they say', async () => {
    const { url, directory } = await gateway()
    const terminal = screen(['tui', '--config', directory], { cwd: directory })
    await terminal.sees('LIVE')
    await callDemo(url, 'add', { a: 2, b: 3 })
    await callDemo(url, 'delete_user', { id: '1' })
    const seen = await terminal.sees('delete_user DENIED by rule "Block deleting users"')
    expect(seen).toContain('policies/policy.yaml:2')
    expect(seen.split('\n')[0]).toContain(new URL(url).host)
    terminal.press('k')
    await terminal.sees('add PERMITTED')
    terminal.press('\r')
    await terminal.sees('[Why]')
    terminal.press(']')
    await terminal.sees('[Request]')
    terminal.press('r')
    await terminal.sees('for real?')
    terminal.press('y')
    await terminal.sees('called again')
    await terminal.sees('sum: 5')
    terminal.press('\u001b')
    await terminal.sees('TIME')
    terminal.press('/decision:deny\r')
    await terminal.sees(/1 of \d/)
    terminal.press('\u001b')
    await terminal.sees(/([345]) of \1/)
    for (const [key, shown] of [
      ['2', /demo +● up/],
      ['3', 'Block deleting users'],
      ['4', /anonymous +[345]/],
      ['5', /Of the [345] calls at hand/],
      ['6', 'watching http'],
      ['?', 'Everywhere'],
    ] as const) {
      terminal.press(key)
      await terminal.sees(shown)
    }
    terminal.press('\u001b')
    await terminal.sees('─ Log ')
    terminal.press('q')
    await terminal.sees('delete_user')
    terminal.press('q')
    expect(await terminal.ended).toBe(0)
    isRestored(terminal)
  })

  test('a resize keeps the selection', async () => {
    const { url, directory } = await gateway()
    const terminal = screen(['tui', '--config', directory], { cwd: directory })
    await terminal.sees('LIVE')
    for (const tool of ['add', 'delete_user', 'echo']) await callDemo(url, tool, { a: 1, b: 1 })
    await terminal.sees('echo')
    terminal.press('k')
    await terminal.sees('delete_user DENIED')
    terminal.resize(160, 50)
    const wide = await terminal.sees('Under way')
    expect(wide).toContain('delete_user DENIED')
    terminal.resize(60, 15)
    await terminal.sees('needs 80x24')
    terminal.resize(80, 24)
    await terminal.sees('delete_user DENIED')
  })

  test('a gateway that restarts is a sentence, and then its calls go on', async () => {
    const first = await gateway()
    const { directory } = first
    const terminal = screen(['tui', '--config', directory], { cwd: directory })
    await terminal.sees('LIVE')
    await callDemo(first.url, 'add', { a: 1, b: 1 })
    await terminal.sees('add')
    await first.kill('SIGTERM')
    await terminal.sees('the gateway is gone')
    const second = await gateway({ directory, policy: POLICY })
    await terminal.sees('LIVE')
    await callDemo(second.url, 'delete_user', { id: '1' })
    await terminal.sees('2 of 2')
    expect(terminal.text()).toContain('delete_user')
    terminal.kill('SIGTERM')
    expect(await terminal.ended).toBe(143)
    isRestored(terminal)
  })

  test('a screen that is told to end at any moment leaves the terminal in order', async () => {
    const { directory } = await gateway()
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) {
      const terminal = screen(['tui', '--config', directory], { cwd: directory })
      await terminal.sees('datacline')
      terminal.kill(signal)
      await terminal.ended
      isRestored(terminal)
    }
  })
})

describe('for those who do not see it', () => {
  test('--screen-reader says sentences, in lines, and leaves the terminal as it is', async () => {
    const { url, directory } = await gateway()
    const args = ['tui', '--screen-reader', '--config', directory]
    const terminal = screen(args, { cwd: directory })
    await terminal.sees('watching http')
    await callDemo(url, 'delete_user', { id: '1' })
    await terminal.sees('denied, delete_user on demo, by anonymous: denied by rule')
    terminal.press('2')
    await terminal.sees('SERVER STATE TYPE')
    terminal.press('qq')
    expect(await terminal.ended).toBe(0)
    expect(terminal.raw()).not.toContain('\u001b[?1049h')
    expect(terminal.raw()).not.toContain('\u001b[2J')
  })

  test.each([
    [['--theme', 'light'], {}],
    [['--theme', 'high-contrast'], {}],
    [[], { NO_COLOR: '1' }],
    [['--ascii'], {}],
  ] as const)('%j %j: a denial is a sign and a word', async (flags, env) => {
    const { url, directory } = await gateway()
    const args = ['tui', ...flags, '--config', directory]
    const terminal = screen(args, { cwd: directory, env })
    await terminal.sees('LIVE')
    await callDemo(url, 'delete_user', { id: '1' })
    const seen = await terminal.sees('delete_user DENIED by rule')
    expect(seen).toMatch(/[✗D] anonymous {4}demo {8}delete_user/)
    if ('NO_COLOR' in env) expect(terminal.raw()).not.toMatch(/\u001b\[(?:\d+;)*[349]\d/)
  })
})

describe('acting on the policy', () => {
  test('a rule is written from a call after a question, holds at once, and is taken back', async () => {
    const { url, directory } = await gateway()
    const path = `${directory}/policies/policy.yaml`
    const terminal = screen(['tui', '--config', directory], { cwd: directory })
    await terminal.sees('LIVE')
    expect(await callDemo(url, 'delete_user', { id: '1' })).toBe(403)
    await terminal.sees('delete_user DENIED')
    terminal.press('R')
    await terminal.sees('1 denied become permitted')
    expect(await Bun.file(path).text()).toBe(POLICY)
    terminal.press('\r')
    await terminal.sees('Write it to policies/policy.yaml?')
    terminal.press('y')
    await terminal.sees('u takes it back')
    expect(await callDemo(url, 'delete_user', { id: '1' })).toBe(200)
    terminal.press('u')
    await terminal.sees('Take back rule')
    terminal.press('y')
    await terminal.sees('is as it was before')
    expect(await Bun.file(path).text()).toBe(POLICY)
    expect(await callDemo(url, 'delete_user', { id: '1' })).toBe(403)
  })

  test('a rule begins the policy file where there is none, in a small terminal too', async () => {
    const started = await startGateway({ args: ['--no-auth', '--demo'] })
    closing.push(() => started.close())
    const { url, directory } = started
    const path = `${directory}/policies/policy.yaml`
    const size = { columns: 60, rows: 15 }
    const terminal = screen(['tui', '--config', directory], { cwd: directory, ...size })
    expect(await callDemo(url, 'echo', { text: 'x' })).toBe(200)
    await terminal.sees('demo echo')
    terminal.press('R')
    await terminal.sees('policies/policy.yaml, a new file')
    await terminal.sees('action: deny')
    terminal.press('\u001b[5~\u001b[5~\u001b[5~\u001b[5~\u001b[5~')
    await terminal.sees('# Who may use which tools.')
    terminal.press('\r')
    await terminal.sees('Create policies/policy.yaml with it?  y create it  n no')
    expect(await Bun.file(path).exists()).toBe(false)
    terminal.press('y')
    await terminal.sees('demo echo')
    await until(async () => (await callDemo(url, 'echo', { text: 'x' })) === 403)
    expect(await Bun.file(path).text()).toContain('name: "Deny anonymous: echo on demo"')
    terminal.press('u')
    await terminal.sees('Take back rule "Deny anonymous: echo on demo"?')
    terminal.press('y')
    await until(async () => (await callDemo(url, 'echo', { text: 'x' })) === 200)
    expect(await Bun.file(path).exists()).toBe(false)
  })

  test('the editor gets the terminal and the line, and the screen comes back whole', async () => {
    const { url, directory } = await gateway({
      files: { 'edit.sh': 'echo "EDITING $@"\nuntil [ -e "$0.done" ]; do sleep 0.05; done\n' },
    })
    const env = { EDITOR: `sh ${directory}/edit.sh` }
    const terminal = screen(['tui', '--config', directory], { cwd: directory, env })
    await terminal.sees('LIVE')
    await callDemo(url, 'delete_user', { id: '1' })
    await terminal.sees('delete_user DENIED')
    terminal.press('3')
    await terminal.sees('▸      100')
    terminal.press('\r')
    expect(await terminal.sees('EDITING +2 ')).not.toContain('datacline ▸')
    await callDemo(url, 'echo', { text: 'meanwhile' })
    await Bun.write(`${directory}/edit.sh.done`, '')
    await terminal.sees('Block deleting users')
    terminal.press('1')
    await terminal.sees('echo')
    terminal.press('q')
    expect(await terminal.ended).toBe(0)
    isRestored(terminal)
  })

  test('every key that is typed into the editor is the editor’s, and every key after it is ours', async () => {
    const { url, directory } = await gateway({
      files: {
        'edit.sh': `stty raw -echo
echo "EDITING $(cat "$0.turn")"
head -c 3 > "$0.got"
stty sane
`,
      },
    })
    const script = `${directory}/edit.sh`
    const terminal = screen(['tui', '--config', directory], {
      cwd: directory,
      env: { EDITOR: `sh ${script}` },
    })
    await terminal.sees('LIVE')
    await callDemo(url, 'delete_user', { id: '1' })
    await terminal.sees('delete_user DENIED')
    terminal.press('3')
    for (let turn = 1; turn <= EDITED; turn++) {
      await terminal.sees('▸      100')
      await Bun.write(`${script}.turn`, `turn ${turn}.`)
      terminal.press('o')
      await terminal.sees(`EDITING turn ${turn}.`)
      for (const key of ['a', 'b', 'c']) terminal.press(key)
      await terminal.sees('▸      100')
      expect(await Bun.file(`${script}.got`).text()).toBe('abc')
    }
    terminal.press('1')
    await terminal.sees('delete_user DENIED')
    terminal.press('q')
    expect(await terminal.ended).toBe(0)
    isRestored(terminal)
  })

  test('without an editor there is a sentence', async () => {
    const { directory } = await gateway()
    const terminal = screen(['tui', '--config', directory], { cwd: directory })
    await terminal.sees('LIVE')
    terminal.press('3')
    await terminal.sees('▸      100')
    terminal.press('o')
    await terminal.sees('no editor is set')
  })
})

describe('of serve', () => {
  const serving = async (
    flags: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
    first = 'LIVE',
  ) => {
    const directory = await temporaryDirectory({ 'policies/policy.yaml': POLICY })
    closing.push(() => directory.remove())
    const terminal = screen(
      ['serve', '--no-auth', '--demo', '--port', '0', '--config', directory.path, ...flags],
      { cwd: directory.path, env },
    )
    await terminal.sees(first)
    const url = /listening on (http:\S+)/.exec(terminal.raw())?.[1] ?? ''
    return { terminal, url }
  }

  test.each([
    [['--screen-reader'], {}],
    [[], { INK_SCREEN_READER: 'true' }],
  ] as const)('serve %j %j says sentences and draws no screen', async (flags, env) => {
    const { terminal, url } = await serving(flags, env, 'watching http')
    await callDemo(url, 'delete_user', { id: '1' })
    await terminal.sees('denied, delete_user on demo, by anonymous: denied by rule')
    terminal.press('q')
    await terminal.sees('Stop the gateway too?')
    terminal.press('y')
    expect(await terminal.ended).toBe(0)
    expect(terminal.raw()).not.toContain('\u001b[?1049h')
    expect(terminal.raw()).not.toContain('\u001b[2J')
  })

  test('serve shows its screen in the colours and signs that it is told', async () => {
    const { terminal, url } = await serving(['--theme', 'mono', '--ascii'])
    await callDemo(url, 'delete_user', { id: '1' })
    const seen = await terminal.sees('delete_user DENIED by rule')
    expect(seen).toMatch(/D anonymous {4}demo {8}delete_user/)
    expect(terminal.raw()).not.toMatch(/\u001b\[(?:\d+;)*[349]\d/)
  })

  test('leaving asks whether the gateway stops too, and yes stops it', async () => {
    const { terminal, url } = await serving()
    await callDemo(url, 'add', { a: 1, b: 2 })
    await terminal.sees('add PERMITTED')
    terminal.press('q')
    await terminal.sees('Stop the gateway too?')
    terminal.press('n')
    await terminal.sees('detail')
    terminal.press('qy')
    expect(await terminal.ended).toBe(0)
    isRestored(terminal)
    await expect(fetch(`${url}/health/live`)).rejects.toThrow()
  })

  test('leaving it running leaves lines behind', async () => {
    const { terminal, url } = await serving()
    terminal.press('ql')
    await terminal.sees('the gateway goes on')
    isRestored(terminal)
    await callDemo(url, 'delete_user', { id: '1' })
    await terminal.sees('✗ denied')
    terminal.press('\u0003')
    expect(await terminal.ended).toBe(0)
  })

  test('kill -9 of the screen under load fails not one call, and the terminal behaves', async () => {
    const { terminal, url } = await serving()
    let running = true
    const statuses: number[] = []
    const load = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (running) statuses.push(await callDemo(url, 'add', { a: 1, b: 1 }))
      }),
    )
    await terminal.sees(/\d\d calls/)
    const child = Bun.spawnSync(['pgrep', '-P', String(terminal.pid)])
      .stdout.toString()
      .trim()
    expect(child).toMatch(/^\d+$/)
    const before = statuses.length
    process.kill(Number(child), 'SIGKILL')
    // It scrolls by: the lines of the calls come at once.
    await until(() => terminal.raw().includes('the gateway goes on'))
    while (statuses.length < before + 50) await Bun.sleep(10)
    running = false
    await load
    expect(new Set(statuses)).toEqual(new Set([200]))
    isRestored(terminal)
    // Ctrl-c is a signal again, which it would not be on a terminal left raw.
    terminal.press('\u0003')
    expect(await terminal.ended).toBe(0)
  })

  test('closing the terminal ends the gateway, SIGHUP alone does not', async () => {
    const { terminal, url } = await serving()
    terminal.kill('SIGHUP')
    await callDemo(url, 'add', { a: 1, b: 2 })
    await terminal.sees('add PERMITTED')
    terminal.close()
    expect(await terminal.ended).toBe(0)
    await expect(fetch(`${url}/health/live`)).rejects.toThrow()
  })

  test('--no-tui outlives its terminal', async () => {
    const directory = await temporaryDirectory()
    closing.push(() => directory.remove())
    const args = ['serve', '--no-auth', '--demo', '--port', '0', '--config', directory.path]
    const terminal = screen([...args, '--no-tui'], { cwd: directory.path })
    await terminal.sees('listening on')
    const url = /listening on (http:\S+)/.exec(terminal.raw())?.[1] ?? ''
    terminal.close()
    for (let count = 0; count < 5; count++)
      expect(await callDemo(url, 'echo', { text: 'x' })).toBe(200)
    terminal.kill('SIGTERM')
    expect(await terminal.ended).toBe(0)
  })

  test('--no-tui gives lines', async () => {
    const directory = await temporaryDirectory()
    closing.push(() => directory.remove())
    const args = ['serve', '--no-auth', '--demo', '--port', '0', '--config', directory.path]
    const terminal = screen([...args, '--no-tui'], { cwd: directory.path })
    await terminal.sees('listening on')
    terminal.press('\u0003')
    expect(await terminal.ended).toBe(0)
    expect(terminal.raw()).not.toContain('\u001b[?1049h')
  })
})

test('a recording is opened, and says where it ends', async () => {
  const directory = await temporaryDirectory({
    'export.jsonl': `${JSON.stringify({
      seq: 7,
      phase: 'outcome',
      exchange_id: 'x',
      timestamp: '2026-11-22T10:30:00.000Z',
      level: 'INFO',
      logger: 'audit',
      event_type: 'mcp_request',
      method: 'tools/call',
      tool_name: '\u001b[2Jevil',
      status: 'success',
    })}\nnot json\n`,
  })
  closing.push(() => directory.remove())
  const terminal = screen(['tui', '--file', 'export.jsonl'], { cwd: directory.path })
  const seen = await terminal.sees('recording')
  expect(seen).toContain('\\u{1b}[2Jevil')
  terminal.press('2')
  await terminal.sees('A recording does not tell this')
  terminal.press('qq')
  expect(await terminal.ended).toBe(0)
})
