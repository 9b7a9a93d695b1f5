import { afterEach, describe, expect, test } from 'bun:test'
import { temporaryDirectory } from '../support/datacline.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { PROGRAM } from '../support/program.ts'
import { onScreen, type ScreenTerminal } from '../support/screen.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
}, 30_000)

const gateway = async (): Promise<Gateway> => {
  const started = await startGateway({ args: ['--no-auth', '--demo'] })
  closing.push(() => started.close())
  return started
}

const open = (...given: Parameters<typeof onScreen>): ScreenTerminal => {
  const opened = onScreen(...given)
  closing.push(async () => {
    opened.kill('SIGKILL')
    await opened.ended
  })
  return opened
}

const attach = (directory: string, columns = 80, rows = 24): ScreenTerminal =>
  open(['tui', '--config', directory], { cwd: directory, columns, rows })

const call = async (url: string, tool: string, parameters: unknown = {}): Promise<number> => {
  const response = await fetch(`${url}/mcp/invoke?mcp_server=demo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tool_name: tool, parameters }),
  })
  await response.text()
  return response.status
}

const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(' ')

describe('ctrl-z', () => {
  /** A shell with jobs of its own, which runs the program in front. */
  const inShell = (directory: string, args: readonly string[], after: string) => {
    const script = `set -m; stty -a >before; ${quoted([...PROGRAM, ...args])}; echo "stopped $?"; ${after}`
    return open(['-c', script], { cwd: directory, command: ['sh'] })
  }

  test('gives the terminal back as it was, and fg brings the screen back whole', async () => {
    const { url, directory } = await gateway()
    const args = ['tui', '--config', directory]
    const terminal = inShell(
      directory,
      args,
      'stty -a >while; read line; fg; stty -a >after; echo over',
    )
    await terminal.sees('LIVE')
    await call(url, 'echo', { text: 'before' })
    await terminal.sees('echo PERMITTED')
    terminal.press('\u001a')
    const prompt = await terminal.sees(/stopped 1\d\d/)
    expect(prompt).not.toContain('LIVE')
    expect(terminal.raw().lastIndexOf('\u001b[?25h')).toBeGreaterThan(
      terminal.raw().lastIndexOf('\u001b[?25l'),
    )
    await call(url, 'add', { a: 1, b: 2 })
    const silent = terminal.raw().length
    expect(await Bun.file(`${directory}/while`).text()).toBe(
      await Bun.file(`${directory}/before`).text(),
    )
    expect(terminal.raw()).toHaveLength(silent)
    terminal.press('\n')
    await terminal.sees('add PERMITTED')
    await terminal.sees('LIVE')
    // Keys are keys again.
    terminal.press('2')
    await terminal.sees('SERVER')
    terminal.press('qq')
    await terminal.sees('over')
    await terminal.ended
    expect(await Bun.file(`${directory}/after`).text()).toBe(
      await Bun.file(`${directory}/before`).text(),
    )
  })

  test('where nothing could bring it back, it stays', async () => {
    const { directory } = await gateway()
    const terminal = attach(directory)
    await terminal.sees('LIVE')
    terminal.press('\u001a')
    terminal.press('?')
    await terminal.sees('Everywhere')
  })

  test('does not hold up the gateway that belongs to the screen', async () => {
    const directory = await temporaryDirectory()
    closing.push(() => directory.remove())
    const args = ['serve', '--no-auth', '--demo', '--port', '0', '--config', '.']
    const terminal = open(args, { cwd: directory.path })
    await terminal.sees('LIVE')
    terminal.press('\u001a')
    await terminal.sees('ctrl-z would hold up every call')
    terminal.press('qy')
    expect(await terminal.ended).toBe(0)
  })

  test('is what kill -TSTP does, and after kill -STOP and fg all is drawn anew', async () => {
    const { directory } = await gateway()
    const args = ['tui', '--config', directory]
    const terminal = inShell(directory, args, 'read line; fg; echo "again $?"; read line; fg')
    await terminal.sees('LIVE')
    const child = Number(Bun.spawnSync(['pgrep', '-P', String(terminal.pid)]).stdout.toString())
    process.kill(child, 'SIGTSTP')
    await terminal.sees(/stopped 1\d\d/)
    terminal.press('\n')
    await terminal.sees('LIVE')
    process.kill(child, 'SIGSTOP')
    await terminal.sees(/again 1\d\d/)
    terminal.press('\n')
    await terminal.sees(/^(?![\s\S]*again)[\s\S]*LIVE/)
    terminal.press('2')
    await terminal.sees('SERVER')
  })
})
