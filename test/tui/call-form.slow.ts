import { afterEach, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { onScreen, type ScreenTerminal } from '../support/screen.ts'

const POLICY = `rules:
  - name: Block deleting users
    condition: { mcp_server: demo, tool: delete_user }
    action: deny
    priority: 100
`
const STRICTER = POLICY.replace('tool: delete_user', 'tool: [delete_user, echo]')
const ENTER = '\r'
const ESCAPE = '\u001b'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
}, 30_000)

const attached = async (): Promise<ScreenTerminal & Pick<Gateway, 'url' | 'directory'>> => {
  const gateway = await startGateway({ args: ['--no-auth', '--demo'], policy: POLICY })
  closing.push(() => gateway.close())
  const terminal = onScreen(['tui', '--config', gateway.directory], {
    cwd: gateway.directory,
    columns: 110,
    rows: 40,
  })
  closing.push(async () => {
    terminal.kill('SIGTERM')
    await terminal.ended
  })
  await terminal.sees('LIVE')
  return { ...terminal, url: gateway.url, directory: gateway.directory }
}

/** Opens the form of a tool of the demo server, by keys alone. */
const openForm = async (terminal: ScreenTerminal, tool: string): Promise<void> => {
  terminal.press('2')
  await terminal.sees(/▸ demo +/)
  terminal.press(ENTER)
  await terminal.sees('that you may use')
  const isChosen = () => new RegExp(`^▸ ${tool} `, 'm').test(terminal.text())
  // The cursor goes down until it is there; each step is waited for.
  for (let steps = 0; !isChosen(); steps++) {
    if (steps > 50) throw new Error(`no ${tool} is listed:\n${terminal.text()}`)
    const [, before = ''] = /^▸ (\S+)/m.exec(terminal.text()) ?? []
    terminal.press('j')
    await terminal.sees(new RegExp(`^  ${before} `, 'm'))
  }
  terminal.press(ENTER)
  await terminal.sees('Parameters')
  terminal.press(ENTER)
  await terminal.sees(`Call ${tool} on demo`)
}

describe('the form of a call, over a real gateway', () => {
  test('what is wrong is said, policy is asked first, and then the tool answers', async () => {
    const terminal = await attached()
    await openForm(terminal, 'add')
    terminal.press(`4${ENTER}`)
    await terminal.sees('! missing (number)')
    terminal.press('x')
    await terminal.sees(/b +\* x/)
    terminal.press(ENTER)
    await terminal.sees('expected number')
    terminal.press('\u007f38')
    await terminal.sees(/b +\* 38/)
    terminal.press(ENTER)
    const decided = await terminal.sees('PERMITTED')
    expect(decided).toContain('nothing was called')
    terminal.press(ENTER)
    await terminal.sees(/the tool answered|Call it, for real/)
    if (terminal.text().includes('for real')) terminal.press('y')
    await terminal.sees('the tool answered')
    await terminal.sees('42')
    terminal.press(ESCAPE)
    await terminal.sees('fills them in')
  }, 60_000)

  test('a call that policy refuses is denied on the dry run with its rule, and never made', async () => {
    const terminal = await attached()
    await openForm(terminal, 'echo')
    await Bun.write(join(terminal.directory, 'policies', 'policy.yaml'), STRICTER)
    while (await isPermitted(terminal.url)) await Bun.sleep(20)
    terminal.press(`hello${ENTER}`)
    const seen = await terminal.sees('DENIED')
    expect(seen).toContain('Block deleting users')
    terminal.press('\u007f')
    await terminal.sees('nothing is called yet')
  }, 60_000)

  test('what crossed stands in the detail, and folds', async () => {
    const terminal = await attached()
    const answer = await fetch(`${terminal.url}/mcp/invoke?mcp_server=demo`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tool_name: 'echo', parameters: { text: 'seen by nobody else' } }),
    })
    await answer.text()
    await terminal.sees('echo')
    terminal.press(`${ENTER}`)
    await terminal.sees('[Why]')
    terminal.press(']]')
    await terminal.sees('[Response]')
    await terminal.sees('answer')
    await terminal.sees('seen by nobody else')
    terminal.press('G')
    terminal.press(']')
    await terminal.sees('[Headers]')
    terminal.press(']')
    await terminal.sees(/sent +\d+ characters/)
  }, 60_000)
})

const isPermitted = async (url: string): Promise<boolean> => {
  const response = await fetch(`${url}/mcp/decide?mcp_server=demo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tool_name: 'echo', parameters: { text: 'hello' } }),
  })
  const { allowed } = (await response.json()) as { allowed?: boolean }
  return allowed === true
}
