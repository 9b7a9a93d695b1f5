import { afterEach, expect, test } from 'bun:test'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { closedAfter } from '../support/closing.ts'
import { temporaryDirectory } from '../support/datacline.ts'
import { onScreen, type ScreenTerminal } from '../support/screen.ts'

const closing = closedAfter(afterEach)

const start = async (size: Readonly<{ columns: number; rows: number }>) => {
  const directory = await temporaryDirectory()
  const TMPDIR = join(directory.path, 'tmp')
  mkdirSync(TMPDIR)
  const terminal = onScreen(['demo'], { cwd: directory.path, env: { TMPDIR }, ...size })
  closing.push(directory.remove, async () => {
    terminal.kill('SIGTERM')
    await terminal.ended
  })
  return { terminal, leftOver: () => readdirSync(directory.path, { recursive: true }).map(String) }
}

const isRestored = (terminal: ScreenTerminal) => {
  const raw = terminal.raw()
  expect(raw.lastIndexOf('\u001b[?1049l')).toBeGreaterThan(raw.lastIndexOf('\u001b[?1049h'))
  expect(raw.lastIndexOf('\u001b[?25h')).toBeGreaterThan(raw.lastIndexOf('\u001b[?25l'))
}

test.each([
  { columns: 80, rows: 24 },
  { columns: 160, rows: 50 },
])(
  'a line says what to press next, and leaving leaves nothing: %p',
  async (size) => {
    const { terminal, leftOver } = await start(size)
    await terminal.sees(/DEMO {2}↑ picks a call and says why/)
    const seen = await terminal.sees('delete_user DENIED by rule')
    expect(seen).toContain('policies/policy.yaml')
    terminal.press('k')
    await terminal.sees(/DEMO {2}⏎ opens this call/)
    terminal.press('\r')
    await terminal.sees(/DEMO {2}\] next tab/)
    terminal.press('r')
    await terminal.sees('It would be permitted. Call it again, for real?')
    terminal.press('y')
    await terminal.sees('{"sum":42}')
    terminal.press('\u001b')
    await terminal.sees(/DEMO {2}⏎ opens this call/)
    terminal.press('/decision:deny\r')
    await terminal.sees(/DEMO {2}esc clears the filter/)
    terminal.press('3')
    await terminal.sees(/DEMO {2}1 goes back to the calls/)
    await terminal.sees('Nobody deletes people')
    terminal.press('2\r')
    await terminal.sees('7 that you may use')
    terminal.press('1')
    await terminal.sees('delete_user')
    terminal.press('q')
    await terminal.sees('Stop the gateway too?')
    terminal.press('y')
    expect(await terminal.ended).toBe(0)
    isRestored(terminal)
    expect(terminal.text()).toContain('the demo is over, nothing of it is left')
    expect(leftOver()).toEqual(['tmp'])
  },
  60_000,
)

test('a screen that is killed leaves lines behind, and the demo goes on', async () => {
  const { terminal, leftOver } = await start({ columns: 80, rows: 24 })
  await terminal.sees('LIVE')
  const screen = Bun.spawnSync(['pgrep', '-P', String(terminal.pid)])
    .stdout.toString()
    .trim()
  expect(screen).toMatch(/^\d+$/)
  process.kill(Number(screen), 'SIGKILL')
  await terminal.sees('the gateway goes on')
  await terminal.sees(/✓ permitted|✗ denied/)
  terminal.press('\u0003')
  expect(await terminal.ended).toBe(0)
  expect(leftOver()).toEqual(['tmp'])
}, 60_000)
