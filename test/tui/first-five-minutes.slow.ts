import { afterEach, expect, test } from 'bun:test'
import { mkdirSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { datacline, temporaryDirectory } from '../support/datacline.ts'
import { onScreen, type ScreenTerminal } from '../support/screen.ts'

/**
 * What somebody does who has just got the program, in order, with nothing but keys and commands: first
 * the demo, then a gateway of their own. Each step waits for what the person would see.
 *
 * Not told, because it is not there yet: holding a call and approving it (`a`), `policy explain
 * last-denied`, `policy test`, `connect`, `init` and `login`.
 */
const ENTER = '\r'
const ESCAPE = '\u001b'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
}, 30_000)

const home = async () => {
  const directory = await temporaryDirectory()
  closing.push(directory.remove)
  const TMPDIR = join(directory.path, 'tmp')
  mkdirSync(TMPDIR)
  return { path: directory.path, TMPDIR }
}

const start = (...given: Parameters<typeof onScreen>): ScreenTerminal => {
  const terminal = onScreen(...given)
  closing.push(async () => {
    terminal.kill('SIGTERM')
    await terminal.ended
  })
  return terminal
}

const isRestored = (terminal: ScreenTerminal) => {
  const raw = terminal.raw()
  expect(raw).toContain('\u001b[?1049h')
  expect(raw.lastIndexOf('\u001b[?1049l')).toBeGreaterThan(raw.lastIndexOf('\u001b[?1049h'))
  expect(raw.lastIndexOf('\u001b[?25h')).toBeGreaterThan(raw.lastIndexOf('\u001b[?25l'))
}

const leaves = async (terminal: ScreenTerminal) => {
  terminal.press('q')
  await terminal.sees('Stop the gateway too?')
  terminal.press('y')
  expect(await terminal.ended).toBe(0)
  isRestored(terminal)
}

/** Milliseconds to the first screen that lives, and to the first denial with its reason. */
const timed = async () => {
  const { path, TMPDIR } = await home()
  const startedAt = performance.now()
  const terminal = start(['demo'], { cwd: path, env: { TMPDIR } })
  await terminal.sees('LIVE')
  const alive = performance.now() - startedAt
  // The newest call is selected: nobody has to press anything to be told why.
  const seen = await terminal.sees('delete_user DENIED by rule "Nobody deletes people"')
  const explained = performance.now() - startedAt
  expect(seen).toMatch(/policies\/policy\.yaml:\d+/)
  terminal.kill('SIGTERM')
  await terminal.ended
  return { alive, explained }
}

test('0:00 datacline demo: alive within 2 s, and a denial is explained within 6 s', async () => {
  const first = await timed()
  // The machine may be busy with other things; the program is judged by its better run.
  const second = first.alive > 2_000 || first.explained > 6_000 ? await timed() : first
  expect(second.alive).toBeLessThan(2_000)
  expect(second.explained).toBeLessThan(6_000)
}, 60_000)

test('0:25 the guide leads from a denial to a rule, its effect, and back', async () => {
  const { path, TMPDIR } = await home()
  const terminal = start(['demo', '--speed', '3'], { cwd: path, env: { TMPDIR } })
  expect(await terminal.sees(/DEMO {2}↑ picks a call and says why/)).toContain('datacline')
  expect(terminal.raw()).toContain('nothing leaves this machine')

  // "Press w to see why, R to fix it": held still by a filter, since calls go on.
  terminal.press(`/decision:deny user:arun tool:delete_user${ENTER}`)
  await terminal.sees(/DEMO {2}esc clears the filter {2}R writes a rule/)
  await terminal.sees('delete_user DENIED by rule "Nobody deletes people"')
  terminal.press('ww')
  await terminal.sees(/^(?![\s\S]*DENIED by rule)/)
  terminal.press('w')
  await terminal.sees('delete_user DENIED by rule "Nobody deletes people"')

  // "Press R, ⏎ → YAML diff → next delete_user is allowed".
  terminal.press('R')
  await terminal.sees('denied become permitted')
  const form = await terminal.sees(/DEMO {2}⏎ writes it, after asking/)
  expect(form).toMatch(/\+ +- name: .*arun.*delete_user/)
  terminal.press(ENTER)
  await terminal.sees('Write it to policies/policy.yaml?')
  terminal.press('y')
  await terminal.sees(/written to policies\/policy\.yaml:\d+, and in force; u takes it back/)
  await terminal.sees(/DEMO {2}u takes your rule back/)
  terminal.press(ESCAPE)
  await terminal.sees('filter none')
  terminal.press(`/user:arun tool:delete_user${ENTER}G`)
  await terminal.sees('allowed by rule: Allow arun: delete_user on demo')

  // "`u` undoes".
  terminal.press('u')
  await terminal.sees('Take back rule')
  terminal.press('y')
  await terminal.sees('policies/policy.yaml is as it was before rule')
  await terminal.sees('delete_user DENIED by rule "Nobody deletes people"')

  // "Quit prints … the next three commands", and nothing is left.
  terminal.press(ESCAPE)
  await terminal.sees('filter none')
  await leaves(terminal)
  expect(terminal.text()).toContain('the demo is over, nothing of it is left')
  expect(terminal.text().match(/^ {2}datacline \S+/gm)).toHaveLength(3)
  expect(readdirSync(path, { recursive: true })).toEqual(['tmp'])
}, 120_000)

test('0:30 demo --no-tui gives the same as lines, and ends by itself', async () => {
  const { path, TMPDIR } = await home()
  const args = ['demo', '--no-tui', '--calls', '4', '--speed', '20']
  const terminal = start(args, { cwd: path, env: { TMPDIR }, columns: 200 })
  expect(await terminal.ended).toBe(0)
  expect(terminal.text()).toMatch(/✗ denied +arun +invoke_tool demo delete_user .*Nobody deletes/)
  expect(terminal.raw()).not.toContain('\u001b[?1049h')
})

const FILES = resolve(
  import.meta.dir,
  '../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js',
)

test('1:00 a gateway of one’s own, from nothing to the first real denied call', async () => {
  const { path } = await home()
  // The default port may be taken where this runs; that is the only difference to what people type.
  const terminal = start(['serve', '--no-auth', '--port', '0'], { cwd: path })
  await terminal.sees('LIVE')
  await terminal.sees('NO-AUTH')
  const said = terminal.raw()
  expect(said).toContain('no mcp_servers.yaml: serving the embedded demo server only')
  expect(said).toContain('no policies/policy.yaml: local callers have the built-in role')
  // What does not hold here is not offered.
  expect(said).not.toContain('delete_user')
  const DATACLINE_GATEWAY = /listening on (http:\S+)/.exec(said)?.[1] ?? ''
  const types = (...args: string[]) => datacline(args, { cwd: path, env: { DATACLINE_GATEWAY } })

  const program = ['--', process.execPath, FILES, '.']
  expect((await types('register-mcp', 'fs', '--type', 'stdio', ...program)).code).toBe(0)
  terminal.press('6')
  await terminal.sees('mcp_servers.yaml is in force')
  expect((await types('list-tools', 'fs')).stdout).toContain('read_text_file')
  terminal.press('2')
  await terminal.sees(/fs +● up/)

  // The first server of one's own does not take the demo away under those who are trying things.
  const tools = await types('list-tools', 'demo')
  expect(tools.code).toBe(0)
  expect(tools.stdout).toMatch(/^add /m)

  expect(await types('invoke', 'demo', 'add', 'a=2', 'b=40')).toMatchObject({ code: 0 })
  terminal.press('1')
  await terminal.sees('add PERMITTED')

  // Nothing denies anything yet: the first rule begins the file that is missing.
  expect(await types('invoke', 'demo', 'delete_user', 'id=7')).toMatchObject({ code: 0 })
  await terminal.sees('delete_user PERMITTED')
  terminal.press('R')
  await terminal.sees('1 permitted become denied')
  terminal.press(ENTER)
  await terminal.sees('Create policies/policy.yaml with it?')
  terminal.press('y')
  await terminal.sees('u takes it back')

  const denied = await types('invoke', 'demo', 'delete_user', 'id=7')
  expect(denied.code).toBe(3)
  expect(denied.stderr).toMatch(/policies\/policy\.yaml:\d+/)
  expect(denied.stderr).toContain('hint:')
  terminal.press('G')
  await terminal.sees('delete_user DENIED by rule')
  expect((await types('invoke', 'demo', 'add', 'a=2', 'b=40')).code).toBe(0)

  // What `policy explain last-denied` will say, the record says.
  const found = await types('audit', 'query', 'decision:deny')
  const seq = /^ *(\d+) .*delete_user/m.exec(found.stdout)?.[1] ?? ''
  expect((await types('audit', 'show', seq)).stdout).toContain('policies/policy.yaml')

  // The port is not asked about: it would be the default one, which others may hold where this runs.
  const checks = ['policy', 'servers', 'secrets', 'state', 'lock', 'gateway', 'upstreams']
  const examined = await types('doctor', ...checks)
  expect(examined).toMatchObject({ code: 0, stderr: '' })
  expect(examined.stdout).toMatch(/✓ upstreams/)

  await leaves(terminal)
}, 120_000)
