import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { bareEnvironment, datacline, envelope, temporaryDirectory } from '../support/datacline.ts'
import { collect, type Gateway, startGateway } from '../support/gateway.ts'
import { PROGRAM } from '../support/program.ts'

// Programs are started here, on machines that have much else to do.
setDefaultTimeout(30_000)

/** Says what it is told by a tool on standard error: a legacy stdio server of a few lines. */
const TALKER = `
import { createInterface } from 'node:readline'
const answer = (id, result) => console.log(JSON.stringify({ jsonrpc: '2.0', id, result }))
console.error('started')
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined) continue
  if (method === 'initialize') {
    answer(id, { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 't', version: '1' } })
  } else if (method === 'tools/list') {
    answer(id, { tools: [{ name: 'say', inputSchema: { type: 'object' } }] })
  } else if (method === 'tools/call') {
    for (const each of params.arguments.lines) console.error(each)
    answer(id, { content: [] })
  } else console.log(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } }))
}
`

const home = await temporaryDirectory({ 'talker.mjs': TALKER })
const talker = { command: process.execPath, args: [join(home.path, 'talker.mjs')], type: 'stdio' }
const start = () =>
  startGateway({
    directory: home.path,
    args: ['--no-auth'],
    servers: { talker, other: { ...talker, enabled: false } },
  })
let gateway: Gateway
beforeAll(async () => {
  gateway = await start()
})
afterAll(async () => {
  await gateway.close()
  home.remove()
})

const where = { cwd: home.path }
const say = async (...lines: readonly string[]) => {
  const params = JSON.stringify({ lines })
  const ran = await datacline(['invoke', 'talker', 'say', '--params', params], where)
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 })
}
const logs = (...args: readonly string[]) => datacline(['servers', 'logs', ...args], where)

const following = (...args: readonly string[]) => {
  const child = Bun.spawn([...PROGRAM, 'servers', 'logs', 'talker', '-f', ...args], {
    cwd: home.path,
    env: bareEnvironment(home.path),
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  return { child, out: collect(child.stdout), err: collect(child.stderr) }
}

describe('servers logs', () => {
  test('-n tells how many of the last lines', async () => {
    await say('one', 'two', 'three')
    expect((await logs('talker', '-n', '2')).stdout).toBe('two\nthree\n')
    expect((await logs('talker', '-n', '0')).stdout).toBe('')
    const { lines } = JSON.parse((await logs('talker', '-n', '1', '--json')).stdout)
    expect(lines).toEqual(['three'])
    expect(envelope(await logs('talker', '-n', 'all', '--json'))).toMatchObject({
      exit: 2,
      message: '--lines: "all" is no number of lines',
    })
  })

  test('-f goes on with what is written, harmlessly, and ctrl-c ends it', async () => {
    await say('before')
    const { child, out } = following('-n', '1')
    await out.find(/^before/m)
    await say('red \u001b[31m alert', 'the end')
    await out.find(/the end/)
    expect(out.text()).toBe('before\nred \\u{1b}[31m alert\nthe end\n')
    child.kill('SIGINT')
    expect(await child.exited).toBe(130)
  })

  test('-f with --json is one document a line', async () => {
    const { child, out } = following('-n', '0', '--json')
    // Nothing says that it listens: lines are written until one was heard.
    for (let heard = false; !heard; heard = out.text().includes('\n')) await say('a "quoted" line')
    expect(out.text().split('\n')[0]).toBe('"a \\"quoted\\" line"')
    child.kill('SIGTERM')
    expect(await child.exited).toBe(143)
  })

  test('-f ends when nobody reads any more', async () => {
    const program = [...PROGRAM, 'servers', 'logs', 'talker', '-f', '-n', '0'].join(' ')
    const child = Bun.spawn(['sh', '-c', `${program} | head -n 1`], {
      cwd: home.path,
      env: bareEnvironment(home.path),
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'inherit',
    })
    const isOver = () => child.exitCode !== null
    while (!isOver()) await say('a line')
    expect(await child.stdout.text()).toBe('a line\n')
  })

  test('-f finds the gateway again that starts anew', async () => {
    const { child, out, err } = following('-n', '0')
    const hears = async (word: string) => {
      while (!out.text().includes(word)) await say(word)
    }
    await hears('first')
    await gateway.kill('SIGTERM')
    await err.find(/trying again/)
    gateway = await start()
    await hears('second')
    child.kill('SIGINT')
    expect(await child.exited).toBe(130)
  })

  test('-f ends with a sentence when the server is no longer there', async () => {
    const { child, out, err } = following('-n', '0')
    while (!out.text().includes('here')) await say('here')
    await datacline(['servers', 'disable', 'talker'], where)
    expect(await child.exited).toBe(7)
    expect(err.text()).toContain('No server called talker')
    expect((await logs('other')).code).toBe(7)
  })
})
