import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { type ClientKind, connectClient } from '../support/clients.ts'
import { bareEnvironment, datacline, temporaryDirectory } from '../support/datacline.ts'
import { collect, type Gateway, startGateway } from '../support/gateway.ts'
import { type ModernServer, startModernServer } from '../support/modern-server.ts'
import { PROGRAM } from '../support/program.ts'

// Programs are started here, on machines that have much else to do.
setDefaultTimeout(20_000)

let upstream: ModernServer
let gateway: Gateway
const directory = await temporaryDirectory()
beforeAll(async () => {
  upstream = startModernServer()
  gateway = await startGateway({
    args: ['--no-auth', '--demo'],
    servers: { fixture: { type: 'http', url: upstream.url } },
  })
}, 30_000)
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
  directory.remove()
})

const [command = '', ...program] = PROGRAM
const spawning = (server: string, url = gateway.url) => ({
  command,
  args: [...program, 'bridge', '--server', server, '--gateway', url],
  env: bareEnvironment(directory.path),
})

/** The program by itself, its lines as they come. */
const open = (url = gateway.url, server = 'fixture', more: readonly string[] = []) => {
  const child = Bun.spawn([...PROGRAM, 'bridge', '--server', server, '--gateway', url, ...more], {
    cwd: directory.path,
    env: bareEnvironment(directory.path),
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const said = collect(child.stdout)
  return {
    child,
    say: (message: object | string) => {
      child.stdin.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`)
      child.stdin.flush()
    },
    /** The message that answers this id. */
    answer: async (id: string | number): Promise<Record<string, never>> => {
      const [line = ''] = await said.find(
        new RegExp(`^.*"id":\\s*${JSON.stringify(id)}[,}].*$`, 'm'),
      )
      return JSON.parse(line)
    },
    lines: () => said.text().split('\n').slice(0, -1),
    hears: (pattern: RegExp) => said.find(pattern),
  }
}

const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}
const modern = (id: number | string, method: string, params: object = {}) => ({
  jsonrpc: '2.0',
  id,
  method,
  params: { ...params, _meta: ENVELOPE },
})
const initialize = (id: number) => ({
  jsonrpc: '2.0',
  id,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'by-hand', version: '1' },
  },
})
const INITIALIZED = { jsonrpc: '2.0', method: 'notifications/initialized' }
const legacy = (id: number, name: string, given: object = {}) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: given },
})

describe('real clients that spawn it', () => {
  const KINDS: readonly ClientKind[] = ['sdk v1', 'sdk v2 legacy', 'sdk v2 modern', 'sdk v2 auto']
  for (const kind of KINDS) {
    test(`${kind}: lists, calls with progress, reads, is asked and cancels`, async () => {
      const client = await connectClient(kind, spawning('fixture'), { interactive: true })
      try {
        expect(JSON.stringify(await client.ask('tools/list', {}))).toContain('"greet"')
        const steps: unknown[] = []
        const counted = await client.ask(
          'tools/call',
          { name: 'count', arguments: { to: 3 } },
          { onprogress: (step) => steps.push(step) },
        )
        expect(JSON.stringify(counted)).toContain('Counted to 3.')
        expect(steps.length).toBeGreaterThan(0)
        const read = await client.ask('resources/read', { uri: 'fixture://one' })
        expect(JSON.stringify(read)).toContain('first')
        const before = upstream.cancellations()
        const leaving = new AbortController()
        const waiting = client.ask(
          'tools/call',
          { name: 'wait', arguments: {} },
          { signal: leaving.signal },
        )
        const calls = () => upstream.calls().wait ?? 0
        const seen = calls()
        while (calls() === seen) await Bun.sleep(5)
        leaving.abort('changed my mind')
        await expect(waiting).rejects.toThrow('changed my mind')
        while (upstream.cancellations() === before) await Bun.sleep(5)
      } finally {
        await client.close()
      }
    })
  }
})

test('without --server it is every server as one', async () => {
  const target = { ...spawning('fixture'), args: [...program, 'bridge', '--gateway', gateway.url] }
  const client = await connectClient('sdk v2 auto', target)
  try {
    const listed = JSON.stringify(await client.ask('tools/list', {}))
    expect(listed).toContain('"demo__add"')
    expect(listed).toContain('"fixture__greet"')
    const called = await client.ask('tools/call', {
      name: 'fixture__greet',
      arguments: { name: 'Ada' },
    })
    expect(JSON.stringify(called)).toContain('Hello, Ada!')
  } finally {
    await client.close()
  }
})

describe('standard output', () => {
  test('holds messages only, whatever is said to it', async () => {
    const one = open()
    one.say('no JSON')
    one.say('{"jsonrpc":"2.0","id":1}')
    one.say(modern('a', 'no/such'))
    one.say(modern(12, 'tools/call', { name: 'greet', arguments: { name: 'Ada' } }))
    expect(await one.answer(12)).toMatchObject({ result: { content: [{ text: 'Hello, Ada!' }] } })
    expect(await one.answer('a')).toMatchObject({ error: { code: -32601 } })
    one.child.stdin.end()
    expect(await one.child.exited).toBe(0)
    for (const line of one.lines()) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' })
  })

  test('a server that is not there, and a token that is missing, are answers', async () => {
    const nobody = open(gateway.url, 'nobody')
    nobody.say(modern(1, 'tools/list'))
    expect(await nobody.answer(1)).toMatchObject({
      error: { message: expect.stringContaining('nobody') },
    })
    nobody.child.stdin.end()
    const closed = await startGateway({ env: { JWT_ISSUER: 'http://127.0.0.1:9/realm' } })
    const stranger = open(closed.url)
    stranger.say(modern('x', 'tools/list'))
    expect(await stranger.answer('x')).toMatchObject({
      error: { message: expect.stringContaining('Authentication') },
    })
    stranger.child.stdin.end()
    await stranger.child.exited
    await closed.close()
  })

  test('ids keep their exact text', async () => {
    const one = open()
    const call = JSON.stringify(modern(0, 'tools/list')).replace('"id":0', '"id":9007199254740993')
    one.say(call)
    await one.hears(/"id":9007199254740993[,}]/)
    one.child.stdin.end()
    await one.child.exited
  })
})

describe('the end of standard input', () => {
  test('ends it within a second, also when a call is under way', async () => {
    const one = open()
    const before = upstream.calls().wait ?? 0
    one.say(modern(1, 'tools/call', { name: 'wait', arguments: {} }))
    while ((upstream.calls().wait ?? 0) === before) await Bun.sleep(5)
    const cancelled = upstream.cancellations()
    one.child.stdin.end()
    expect(await one.child.exited).toBe(0)
    while (upstream.cancellations() === cancelled) await Bun.sleep(5)
  })

  test('a last question is still answered', async () => {
    const stdin = `${JSON.stringify(modern(1, 'tools/call', { name: 'greet', arguments: { name: 'you' } }))}\n`
    const args = ['bridge', '--server', 'fixture', '--gateway', gateway.url]
    const ran = await datacline(args, { cwd: directory.path, stdin })
    expect(ran.code).toBe(0)
    expect(JSON.parse(ran.stdout)).toMatchObject({ id: 1, result: {} })
  })
})

describe('a gateway that goes away', () => {
  test('each request says so, and when it is back the session goes on', async () => {
    const home = await temporaryDirectory()
    const port = String(await freePort())
    const start = () =>
      startGateway({ directory: home.path, args: ['--no-auth', '--demo', '--port', port] })
    let served = await start()
    const one = open(served.url, 'demo')
    one.say(initialize(1))
    expect(await one.answer(1)).toMatchObject({ result: { protocolVersion: '2025-11-25' } })
    one.say(INITIALIZED)
    one.say(legacy(2, 'add', { a: 2, b: 3 }))
    expect(JSON.stringify(await one.answer(2))).toContain('5')
    await served.close()
    one.say(legacy(3, 'add', { a: 2, b: 3 }))
    expect(await one.answer(3)).toMatchObject({
      error: { message: expect.stringContaining(`no gateway at ${served.url}`) },
    })
    served = await start()
    one.say(legacy(4, 'add', { a: 20, b: 3 }))
    expect(JSON.stringify(await one.answer(4))).toContain('23')
    one.child.stdin.end()
    expect(await one.child.exited).toBe(0)
    await served.close()
    home.remove()
  })

  test('without any, the first request says so', async () => {
    const one = open('http://127.0.0.1:9')
    one.say(initialize(1))
    expect(await one.answer(1)).toMatchObject({
      error: { message: expect.stringContaining('no gateway at http://127.0.0.1:9') },
    })
    one.child.stdin.end()
    expect(await one.child.exited).toBe(0)
  })
})

test('with --local it is the gateway itself', async () => {
  const home = await temporaryDirectory()
  const stdin = `${JSON.stringify(modern(1, 'tools/call', { name: 'add', arguments: { a: 40, b: 2 } }))}\n`
  const args = ['bridge', '--server', 'demo', '--local', '--no-auth', '--config', home.path]
  const ran = await datacline(args, { cwd: home.path, stdin })
  expect(ran.code).toBe(0)
  expect(ran.stdout).toContain('42')
  home.remove()
})

const freePort = async (): Promise<number> => {
  const taken = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response() })
  const { port = 0 } = taken
  await taken.stop(true)
  return port
}
