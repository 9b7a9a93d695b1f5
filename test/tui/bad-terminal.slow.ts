import { afterEach, describe, expect, test } from 'bun:test'
import { resolve } from 'node:path'
import { bareEnvironment, temporaryDirectory } from '../support/datacline.ts'
import { callDemo, demoTerminals } from '../support/demo-terminal.ts'
import { collect } from '../support/gateway.ts'
import { PROGRAM } from '../support/program.ts'
import type { ScreenTerminal } from '../support/screen.ts'

const { closing, gateway, open } = demoTerminals(afterEach)

const attach = (directory: string, columns = 80, rows = 24): ScreenTerminal =>
  open(['tui', '--config', directory], { cwd: directory, columns, rows })

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
    await callDemo(url, 'echo', { text: 'before' })
    await terminal.sees('echo PERMITTED')
    terminal.press('\u001a')
    const prompt = await terminal.sees(/stopped 1\d\d/)
    expect(prompt).not.toContain('LIVE')
    expect(terminal.raw().lastIndexOf('\u001b[?25h')).toBeGreaterThan(
      terminal.raw().lastIndexOf('\u001b[?25l'),
    )
    await callDemo(url, 'add', { a: 1, b: 2 })
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
    await terminal.sees('esc goes back')
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

/** Processes whose command line names this directory, but for those that look. */
const processesIn = (directory: string): readonly string[] =>
  Bun.spawnSync(['pgrep', '-f', directory]).stdout.toString().split('\n').filter(Boolean)

/** Kilobytes that a process holds in memory. */
const memoryOf = async (pid: number): Promise<number> =>
  Number(/VmRSS:\s+(\d+)/.exec(await Bun.file(`/proc/${pid}/status`).text())?.[1])

describe('a terminal', () => {
  test('of any size is a sentence or the screen, and storms of sizes end in the last one', async () => {
    const { url, directory } = await gateway()
    const terminal = attach(directory, 10, 3)
    await callDemo(url, 'echo', { text: '漢字'.repeat(100) })
    for (const [columns, rows, sees] of [
      [10, 3, 'datacline'],
      [1, 1, ''],
      [59, 14, 'datacline'],
      [60, 15, 'datacline'],
      [80, 24, 'LIVE'],
      [400, 200, 'LIVE'],
      [20, 4, 'datacline'],
      [80, 24, 'LIVE'],
    ] as const) {
      terminal.resize(columns, rows)
      await terminal.sees(sees)
      expect(terminal.faults()).toEqual([])
    }
    for (let turn = 0; turn < 300; turn++) {
      terminal.resize(20 + ((turn * 37) % 180), 5 + ((turn * 17) % 55))
      if (turn % 50 === 0) await Bun.sleep(1)
    }
    terminal.resize(100, 30)
    await terminal.sees('echo PERMITTED')
    terminal.press('?')
    const seen = await terminal.sees('esc goes back')
    expect(seen.split('\n')).toHaveLength(30)
    expect(terminal.faults()).toEqual([])
  })

  test('that closes, however, leaves no process behind and none that spins', async () => {
    const { directory, pid } = await gateway()
    const args = ['tui', '--config', directory]
    // A program that hears of no SIGHUP must notice by itself.
    const script = `trap '' HUP; ${quoted([...PROGRAM, ...args])}`
    for (const command of [undefined, ['sh', '-c', script]]) {
      const terminal = open(command === undefined ? args : [], {
        cwd: directory,
        ...(command && { command }),
      })
      await terminal.sees('LIVE')
      terminal.close()
      await terminal.ended
      const others = () => processesIn(directory).filter((each) => each !== String(pid))
      while (others().length > 0) await Bun.sleep(50)
    }
  })

  test('that does not read for a while costs no memory, and then shows what is', async () => {
    const { url, directory } = await gateway()
    const deaf = Bun.spawn(
      [
        process.execPath,
        resolve(import.meta.dir, '../support/deaf-terminal.ts'),
        ...PROGRAM,
        'tui',
        '--config',
        directory,
      ],
      {
        cwd: directory,
        env: bareEnvironment(directory),
        stdin: 'pipe',
        stdout: 'pipe',
        stderr: 'inherit',
      },
    )
    closing.push(async () => {
      deaf.kill('SIGKILL')
      await deaf.exited
    })
    const said = collect(deaf.stdout)
    const pid = Number((await said.find(/pid (\d+)/))[1])
    await said.find(/live/)
    const before = await memoryOf(pid)
    deaf.stdin.write('10000\n')
    await said.find(/deaf/)
    let calls = 0
    while (!said.text().includes('hears')) {
      await Promise.all(
        Array.from({ length: 8 }, () => callDemo(url, 'echo', { text: 'x'.repeat(500) })),
      )
      calls += 8
    }
    const [, seen = ''] = await said.find(/saw (\d+)/)
    expect(calls).toBeGreaterThan(200)
    // What was missed is not made up for: a screen or a few, and not one for each change.
    expect(Number(seen)).toBeLessThan(500_000)
    expect((await memoryOf(pid)) - before).toBeLessThan(150_000)
    deaf.stdin.write('quit\n')
    await said.find(/over/)
  }, 90_000)
})
