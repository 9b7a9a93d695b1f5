import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { chmodSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { closedAfter } from '../support/closing.ts'
import { bareEnvironment, datacline, envelope, temporaryDirectory } from '../support/datacline.ts'
import { collect, startGateway } from '../support/gateway.ts'
import { PROGRAM } from '../support/program.ts'

// Programs are started here, on machines that have much else to do.
setDefaultTimeout(30_000)

const closing = closedAfter(afterAll, 30_000)

const gateway = await startGateway({ args: ['--no-auth'] })
closing.push(gateway.close)
const here = { cwd: gateway.directory }

const emptyDirectory = async (files: Readonly<Record<string, string>> = {}) => {
  const { path, remove } = await temporaryDirectory(files)
  closing.push(remove)
  return path
}

/** Somebody who listens, and what they were shown. */
const stranger = () => {
  const heard: (string | null)[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: (request) => {
      heard.push(request.headers.get('authorization'))
      return new Response('not you')
    },
  })
  closing.push(() => server.stop(true))
  return { url: server.url.origin, port: server.port ?? 0, heard }
}

describe('a gateway on a port of its own', () => {
  test.each([
    ['list-servers'],
    ['list-tools demo'],
    ['tools show demo add'],
    ['invoke demo add a=2 b=3'],
    ['status'],
    ['servers logs demo'],
    ['audit tail'],
    ['doctor gateway'],
  ])('is found from its configuration by %s', async (line) => {
    const args = [...line.split(' '), '--json', '--config', gateway.directory]
    const { code, stderr } = await datacline(args, { cwd: await emptyDirectory() })
    expect({ code, fault: stderr.includes('"error"') }).toEqual({ code: 0, fault: false })
  })

  test('is found from the directory in which one is, and told by status', async () => {
    await Bun.write(join(gateway.directory, 'mcp_servers.yaml'), 'servers:\n')
    const { stdout } = await datacline(['status', '--json'], here)
    expect(JSON.parse(stdout).gateway).toBe(gateway.url)
  })

  test('is passed over for one that is named, by whatever name', async () => {
    const away = 'http://127.0.0.1:9'
    const named = [
      ['--gateway', ['--gateway', away], {}],
      ['--api-url', ['--api-url', away], {}],
      ['DATACLINE_GATEWAY', [], { DATACLINE_GATEWAY: away }],
    ] as const
    for (const [name, flags, env] of named) {
      const ran = await datacline(['status', '--json', ...flags], { ...here, env })
      expect(envelope(ran)).toMatchObject({
        exit: 6,
        message: `no gateway at ${away}: connection refused`,
        why: `the address is from ${name}`,
      })
    }
  })

  test('never gets to see the token of another, nor another its token', async () => {
    const other = stranger()
    const ran = await datacline(['servers', 'logs', 'demo', '--gateway', other.url, '--json'], here)
    expect(envelope(ran)).toMatchObject({ code: 'auth' })
    expect(other.heard).toEqual([])
  })
})

describe('no gateway', () => {
  test('is told with where it was sought, and from where that was known', async () => {
    const cwd = await emptyDirectory({ 'mcp_servers.yaml': 'servers:\n', '.env': 'PORT=9\n' })
    const ran = await datacline(['list-servers'], { cwd })
    expect(ran.code).toBe(6)
    expect(ran.stderr).toBe(
      [
        'error: no gateway at http://127.0.0.1:9: connection refused',
        `  why:  no gateway runs from ${cwd}/.datacline; the address is from PORT (.env:1)`,
        '  hint: datacline serve, or --gateway URL',
        '',
      ].join('\n'),
    )
    const operator = await datacline(['audit', 'tail', '--json'], { cwd })
    expect(envelope(operator)).toMatchObject({
      code: 'gateway_unreachable',
      message: `no gateway runs from ${cwd}/.datacline`,
    })
  })

  test('is what a gateway is that was killed: nobody else gets a token for having its port', async () => {
    const directory = await emptyDirectory()
    const holder = resolve(import.meta.dir, '../state/hold-lock.ts')
    const state = join(directory, '.datacline')
    const other = stranger()
    const child = Bun.spawn([process.execPath, holder, state, other.url])
    closing.push(() => child.kill('SIGKILL'))
    await child.stdout.getReader().read()
    await Bun.write(join(state, 'operator.token'), 'secret-token\n')
    chmodSync(join(state, 'operator.token'), 0o600)
    const ask = () =>
      datacline(['audit', 'tail', '--json', '--config', directory], { cwd: directory })
    await ask()
    // While it lives, it is believed.
    expect(other.heard[0]).toBe('Bearer secret-token')
    child.kill('SIGKILL')
    await child.exited
    const before = other.heard.length
    expect(envelope(await ask())).toMatchObject({ message: `no gateway runs from ${state}` })
    expect(other.heard).toHaveLength(before)
  })

  test('is what others could have written of one', async () => {
    const directory = await emptyDirectory({ '.env': 'PORT=9\n' })
    const holder = resolve(import.meta.dir, '../state/hold-lock.ts')
    const state = join(directory, '.datacline')
    const other = stranger()
    const child = Bun.spawn([process.execPath, holder, state, other.url])
    closing.push(() => child.kill('SIGKILL'))
    await child.stdout.getReader().read()
    const args = ['list-servers', '--token', 'secret-token', '--json', '--config', directory]
    const told = join(state, 'lock.json')
    const loose = [
      [told, 0o644, `${told}: other users can read it; restart the gateway`],
      [state, 0o777, `state directory ${state}: other users can write into it`],
    ] as const
    for (const [path, mode, problem] of loose) {
      chmodSync(path, mode)
      expect(envelope(await datacline(args, { cwd: directory }))).toMatchObject({
        message: 'no gateway at http://127.0.0.1:9: connection refused',
        why: `${problem}; the address is from PORT (.env:1)`,
      })
      chmodSync(path, path === state ? 0o700 : 0o600)
    }
    expect(other.heard).toEqual([])
    await datacline(args, { cwd: directory })
    expect(other.heard).toContain('Bearer secret-token')
  })
})

test('a bridge finds the gateway again that starts anew on another port', async () => {
  const home = await emptyDirectory()
  const start = () => startGateway({ directory: home, args: ['--no-auth', '--demo'] })
  const first = await start()
  const child = Bun.spawn([...PROGRAM, 'bridge', '--server', 'demo', '--config', home], {
    cwd: home,
    env: bareEnvironment(home),
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'ignore',
  })
  closing.push(() => child.kill('SIGKILL'))
  const said = collect(child.stdout)
  const call = async (id: number) => {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    }
    const params = { name: 'add', arguments: { a: id, b: 0 }, _meta }
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params })}\n`)
    child.stdin.flush()
    const [line] = await said.find(new RegExp(`^.*"id":\\s*${id}[,}].*$`, 'm'))
    return line
  }
  expect(await call(11)).toContain('"sum":11')
  await first.kill('SIGTERM')
  expect(await call(12)).toContain('no gateway at')
  const second = await start()
  closing.push(second.close)
  expect(second.url).not.toBe(first.url)
  expect(await call(13)).toContain('"sum":13')
})
