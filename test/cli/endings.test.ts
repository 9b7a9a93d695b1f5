import { afterAll, describe, expect, test } from 'bun:test'
import { ENTRIES } from '../../src/cli/commands/index.ts'
import { EXITS } from '../../src/cli/exit-codes.ts'
import { splitWords } from '../../src/lib/shell-words.ts'
import { bareEnvironment, datacline, envelope, temporaryDirectory } from '../support/datacline.ts'
import { startGateway } from '../support/gateway.ts'
import { PROGRAM } from '../support/program.ts'

const AWAY = 'http://127.0.0.1:9'

const directory = await temporaryDirectory({ 'mcp_servers.yaml': 'servers:\n' })
const gateway = await startGateway({ args: ['--no-auth'] })
const stalled = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => {} } })
const page = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: () => new Response('<h1>It works!</h1>', { headers: { 'content-type': 'text/html' } }),
})
afterAll(async () => {
  stalled.stop(true)
  await page.stop(true)
  await gateway.close()
  directory.remove()
})

const here = { cwd: directory.path, env: { DATACLINE_GATEWAY: AWAY } }

/** What a command's own help shows first, as its words. */
const exampleOf = async (name: string): Promise<readonly string[]> => {
  const command = await ENTRIES.find((entry) => entry.name === name)?.load()
  const example = command?.examples.find((each) => each.startsWith('datacline ')) ?? ''
  const split = splitWords(example)
  return 'words' in split ? split.words.slice(1) : name.split(' ')
}

/** The program with nobody at either end: no input, and a reader that is gone before it begins. */
const withoutAnybody = async (args: readonly string[], url = AWAY) => {
  const child = Bun.spawn(['sh', '-c', '"$@" </dev/null | exec true', 'sh', ...PROGRAM, ...args], {
    cwd: directory.path,
    env: bareEnvironment(directory.path, { DATACLINE_GATEWAY: url }),
    stdout: 'ignore',
    stderr: 'pipe',
  })
  const stderr = await child.stderr.text()
  await child.exited
  return stderr
}

const CODES = Object.values(EXITS).map(({ code }) => code)

describe('with nobody there', () => {
  // They go on until they are told to stop, which is no ending to wait for.
  const endless: readonly string[] = ['serve', 'demo']
  const names = ENTRIES.map(({ name }) => name).filter((name) => !endless.includes(name))

  test('every command ends by itself, with a code of the table', async () => {
    const waiting = [...names]
    const worker = async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        const startedAt = performance.now()
        const { code, stderr } = await datacline(await exampleOf(name), here)
        expect({ name, known: CODES.includes(code as (typeof CODES)[number]) }).toEqual({
          name,
          known: true,
        })
        expect({ name, code }).not.toEqual({ name, code: EXITS.internal.code })
        expect({ name, stderr }).not.toEqual({ name, stderr: expect.stringContaining('    at ') })
        expect(performance.now() - startedAt).toBeLessThan(5_000)
      }
    }
    await Promise.all([worker(), worker(), worker()])
  }, 30_000)

  test('a reader that left is no error', async () => {
    for (const args of [['help', 'exit-codes'], ['--version'], ['completion', 'bash']]) {
      expect(await withoutAnybody(args)).toBe('')
    }
  })

  test('every command ends by itself when its reader left, and leaves no stack behind', async () => {
    const waiting = [...names]
    const worker = async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        const startedAt = performance.now()
        const stderr = await withoutAnybody(await exampleOf(name), gateway.url)
        expect({ name, stderr }).not.toEqual({ name, stderr: expect.stringContaining('    at ') })
        expect({ name, stderr }).not.toEqual({ name, stderr: expect.stringContaining('EPIPE') })
        expect(performance.now() - startedAt).toBeLessThan(5_000)
      }
    }
    await Promise.all([worker(), worker(), worker()])
  }, 30_000)

  test('what follows the record is told when there is nothing to follow', async () => {
    const { code, stdout } = await datacline(['audit', 'tail', '-f'], here)
    expect({ code, stdout }).toEqual({ code: EXITS.auth.code, stdout: '' })
  })

  test('what was written arrives, however slow the reader', async () => {
    const text = 'x'.repeat(100_000)
    const child = Bun.spawn(
      [
        'sh',
        '-c',
        '"$@" | (sleep 0.3; exec wc -c)',
        'sh',
        ...PROGRAM,
        'invoke',
        'demo',
        'echo',
        `text=${text}`,
        '--json',
      ],
      {
        cwd: directory.path,
        env: bareEnvironment(directory.path, { DATACLINE_GATEWAY: gateway.url }),
        stdout: 'pipe',
        stderr: 'ignore',
      },
    )
    expect(Number(await child.stdout.text())).toBeGreaterThan(100_000)
  })

  test('a full disk is an error', async () => {
    const child = Bun.spawn(['sh', '-c', '"$@" > /dev/full', 'sh', ...PROGRAM, '--version'], {
      env: bareEnvironment(directory.path),
      stderr: 'pipe',
    })
    expect(await child.stderr.text()).toContain('could not be written')
    expect(await child.exited).toBe(EXITS.internal.code)
  })
})

describe('a gateway that is none', () => {
  test('one that answers with a page is told as such', async () => {
    const url = `http://127.0.0.1:${page.port}`
    const ran = await datacline(['list-servers', '--gateway', url, '--json'], here)
    expect(ran.code).toBe(EXITS.gateway_unreachable.code)
    expect(ran.stdout).toBe('')
    expect(envelope(ran).message).toBe(`${url} answered 200 with text/html, as no datacline does`)
  })

  test('one that never answers is given up after --timeout', async () => {
    const startedAt = performance.now()
    const url = `http://127.0.0.1:${stalled.port}`
    const args = ['invoke', 'demo', 'add', 'a=1', 'b=2', '--gateway', url, '--timeout', '300ms']
    const ran = await datacline([...args, '--json'], here)
    expect(ran.code).toBe(EXITS.gateway_unreachable.code)
    expect(performance.now() - startedAt).toBeLessThan(3_000)
  })

  test('a token never follows a redirect', async () => {
    let told: string | null = null
    const elsewhere = Bun.serve({
      port: 0,
      fetch: (request) => {
        told = request.headers.get('authorization')
        return Response.json({})
      },
    })
    const moved = Bun.serve({
      port: 0,
      fetch: () => Response.redirect(`http://127.0.0.1:${elsewhere.port}/`, 307),
    })
    const args = [
      'list-servers',
      '--gateway',
      `http://127.0.0.1:${moved.port}`,
      '--token',
      'secret',
    ]
    const { code, stderr } = await datacline(args, here)
    await Promise.all([elsewhere.stop(true), moved.stop(true)])
    expect(code).toBe(EXITS.gateway_unreachable.code)
    expect(told).toBeNull()
    expect(stderr).not.toContain('secret')
  })
})

describe('ctrl-c', () => {
  test.each([
    ['SIGINT', EXITS.interrupted.code],
    ['SIGTERM', EXITS.terminated.code],
  ] as const)('%s cancels the call at the server, and ends the program', async (signal, code) => {
    const child = Bun.spawn(
      [...PROGRAM, 'invoke', 'demo', 'slow', 'seconds=20', '--progress', 'json'],
      {
        cwd: directory.path,
        env: bareEnvironment(directory.path, { DATACLINE_GATEWAY: gateway.url }),
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
      },
    )
    // The first sign of progress: from here on the call is under way.
    for await (const _ of child.stderr) break
    const before = gateway.stdout().split('"cancelled"').length
    child.kill(signal)
    expect(await child.exited).toBe(code)
    expect(await child.stdout.text()).toBe('')
    for (
      let tries = 0;
      tries < 100 && gateway.stdout().split('"cancelled"').length === before;
      tries++
    ) {
      await Bun.sleep(10)
    }
    expect(gateway.stdout().split('"cancelled"').length).toBeGreaterThan(before)
  })
})

describe('tokens', () => {
  const seen: (string | null)[] = []
  const listener = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: (request) => {
      seen.push(request.headers.get('authorization'))
      return Response.json({ servers: [], count: 0 })
    },
  })
  afterAll(() => listener.stop(true))
  const gatewayFlag = ['--gateway', `http://127.0.0.1:${listener.port}`]

  test.each([
    ['--token', ['--token', 't1'], {}, undefined, 't1'],
    ['--token -', ['--token', '-'], {}, 't2\n', 't2'],
    ['--token @file', ['--token', '@token.txt'], {}, undefined, 't3'],
    ['--token-file', ['--token-file', 'token.txt'], {}, undefined, 't3'],
    ['DATACLINE_TOKEN', [], { DATACLINE_TOKEN: 't4' }, undefined, 't4'],
    ['DATACLINE_TOKEN_FILE', [], { DATACLINE_TOKEN_FILE: 'token.txt' }, undefined, 't3'],
    ['a flag over the environment', ['--token', 't5'], { DATACLINE_TOKEN: 't4' }, undefined, 't5'],
  ] as const)('%s gives the token', async (_name, flags, env, stdin, token) => {
    await Bun.write(`${directory.path}/token.txt`, 'Bearer t3\n')
    seen.length = 0
    const { code } = await datacline(['list-servers', ...gatewayFlag, ...flags], {
      cwd: directory.path,
      env,
      ...(stdin !== undefined && { stdin }),
    })
    expect({ code, seen }).toEqual({ code: 0, seen: [`Bearer ${token}`] })
  })
})
