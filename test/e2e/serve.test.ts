import { afterAll, describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { startGateway } from '../support/gateway.ts'
import { PROGRAM } from '../support/program.ts'
import { until } from '../support/until.ts'
import { startUpstream } from '../support/upstream.ts'

const made: string[] = []
afterAll(() => Promise.all(made.map((path) => rm(path, { recursive: true, force: true }))))

const directoryWith = async (files: Readonly<Record<string, string>> = {}) => {
  const directory = await mkdtemp(join(tmpdir(), 'datacline-serve-'))
  made.push(directory)
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true })
    await writeFile(join(directory, name), text)
  }
  return directory
}

/** Runs `serve` where it is expected to end by itself. */
const serve = async (
  files: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
) => {
  const directory = await directoryWith(files)
  const child = Bun.spawn([...PROGRAM, 'serve', '--config', directory, '--port', '0', ...args], {
    cwd: directory,
    env: { PATH: process.env.PATH ?? '', HOME: directory, ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), 8_000)
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  const code = await child.exited
  clearTimeout(timer)
  return { code, stdout, stderr, directory }
}

describe('a start that cannot be', () => {
  test.each([
    ['no issuer', {}, [], {}, 2, /KEYCLOAK_URL=.*--no-auth/],
    [
      'a boolean with a typo',
      {},
      [],
      { AUTH_ENABLED: 'fasle' },
      2,
      /AUTH_ENABLED.*true or false, got "fasle".*did you mean "false"/,
    ],
    [
      'an unknown DATACLINE_ variable',
      {},
      ['--no-auth'],
      { DATACLINE_PROT: '1' },
      2,
      /DATACLINE_PROT.*DATACLINE_PORT/,
    ],
    [
      'a broken policy',
      { 'policies/policy.yaml': 'roles:\n  a:\n    permisions: []\n' },
      ['--no-auth'],
      {},
      2,
      /policies\/policy\.yaml:3:5 .*permisions.*did you mean "permissions"/,
    ],
    [
      'broken servers',
      { 'mcp_servers.yaml': 'servers:\n  a:\n    typ: http\n' },
      ['--no-auth'],
      {},
      2,
      /mcp_servers\.yaml:3:5 /,
    ],
    [
      'a named policy that is missing',
      {},
      ['--no-auth'],
      { POLICY_FILE: 'nowhere.yaml' },
      2,
      /nowhere\.yaml: no such file/,
    ],
    ['an unknown flag', {}, ['--prot', '1'], {}, 2, /--prot[\s\S]*--port/],
    ['flags that contradict', {}, ['--auth', '--no-auth'], {}, 2, /contradict/],
  ] as const)(
    '%s ends with one line and its code',
    async (_name, files, args, env, code, message) => {
      const ended = await serve(files, args, env)
      expect(ended.stderr).toMatch(message)
      expect(ended.code).toBe(code)
      expect(ended.stdout).toBe('')
      expect(ended.stderr).not.toMatch(/\bat .*\.ts:\d+/)
    },
  )

  test('a port that is taken ends with 3 and says so', async () => {
    const taken = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response() })
    const ended = await serve({}, ['--no-auth', '--port', String(taken.port)])
    expect(ended.code).toBe(3)
    expect(ended.stderr).toContain(String(taken.port))
    await taken.stop(true)
  })

  test('a second gateway on the same state directory is refused, naming the first', async () => {
    const first = await startGateway({ args: ['--no-auth'] })
    await expect(startGateway({ directory: first.directory, args: ['--no-auth'] })).rejects.toThrow(
      new RegExp(`exited 3[\\s\\S]*pid ${first.pid}, port ${new URL(first.url).port}`),
    )
    expect((await fetch(`${first.url}/health/live`)).status).toBe(200)
    await first.kill('SIGKILL')
    const next = await startGateway({ directory: first.directory, args: ['--no-auth'] })
    await next.close()
    await first.close()
  })
})

describe('a start that can be', () => {
  test('flaw F36: nothing is created but the state and the record; both are private', async () => {
    const gateway = await startGateway({ args: ['--no-auth'] })
    // `.bun` is the cache of the Bun that runs the gateway from source.
    const found = (await readdir(gateway.directory)).filter((name) => name !== '.bun')
    expect(found.sort()).toEqual(['.datacline', 'audit.json'])
    expect((await stat(join(gateway.directory, '.datacline'))).mode & 0o777).toBe(0o700)
    expect((await stat(join(gateway.directory, 'audit.json'))).mode & 0o777).toBe(0o600)
    expect(existsSync(join(gateway.directory, 'mcp_servers.yaml'))).toBe(false)
    expect(gateway.stderr()).toContain('no mcp_servers.yaml: serving the embedded demo server only')
    expect(gateway.stderr()).toContain('local-developer')
    await gateway.close()
  })

  test('who began without servers keeps the demo when the first of their own is registered', async () => {
    const gateway = await startGateway({ args: ['--no-auth'] })
    const names = async () => {
      const response = await fetch(`${gateway.url}/mcp/servers`)
      const { servers } = (await response.json()) as { servers: { name: string }[] }
      return servers.map(({ name }) => name)
    }
    expect(await names()).toEqual(['demo'])
    await writeFile(
      join(gateway.directory, 'mcp_servers.yaml'),
      'servers: { mine: { url: "http://127.0.0.1:9" } }',
    )
    const both = await until(names, ({ length }) => length > 1)
    expect(both.sort()).toEqual(['demo', 'mine'])
    await gateway.close()
  })

  test('with authentication and no policy: everything is denied, and readiness says degraded', async () => {
    const gateway = await startGateway({ env: { KEYCLOAK_URL: 'http://127.0.0.1:9' } })
    expect(gateway.stderr()).toContain('every operation is denied')
    const ready = (await (await fetch(`${gateway.url}/health/ready`)).json()) as { parts: object }
    expect(ready.parts).toMatchObject({ policy: 'degraded', identity: 'down' })
    const refused = await fetch(`${gateway.url}/mcp/servers`, {
      headers: { authorization: 'Bearer a.b.c' },
    })
    expect([401, 503]).toContain(refused.status)
    await gateway.close()
  })

  test('flaw F22: without authentication it listens on loopback, and a web page gets nothing', async () => {
    const gateway = await startGateway({ args: ['--no-auth'] })
    expect(gateway.url).toContain('127.0.0.1')
    const page = await fetch(`${gateway.url}/mcp/servers`, {
      headers: { origin: 'https://evil.example' },
    })
    expect(page.status).toBe(403)
    expect(page.headers.get('access-control-allow-origin')).toBeNull()
    await gateway.close()
  })

  test('whoever comes from elsewhere must present the development token', async () => {
    const gateway = await startGateway({ args: ['--no-auth', '--host', '0.0.0.0'] })
    const token = /Authorization: Bearer (\S+)/.exec(gateway.stderr())?.[1] ?? ''
    // A forwarding header is what a caller behind a proxy looks like.
    const ask = async (headers: Record<string, string>) =>
      (
        await fetch(`${gateway.url}/mcp/servers`, {
          headers: { 'x-forwarded-for': '10.0.0.9', ...headers },
        })
      ).status
    expect(await ask({})).toBe(401)
    expect(await ask({ authorization: 'Bearer something-else-entirely' })).toBe(401)
    expect(await ask({ authorization: `Bearer ${token}` })).toBe(200)
    expect((await fetch(`${gateway.url}/mcp/servers`)).status).toBe(200)
    await gateway.close()
  })

  test('SIGTERM lets a call in flight finish, takes no new one, and exits 0', async () => {
    const { promise: done, resolve: finish } = Promise.withResolvers<string>()
    const upstream = startUpstream({ tools: { wait: { call: () => done } } })
    const gateway = await startGateway({
      args: ['--no-auth'],
      servers: { slow: { url: upstream.url, type: 'http' } },
    })
    const call = fetch(`${gateway.url}/mcp/invoke?mcp_server=slow`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tool_name: 'wait' }),
    })
    await until(() => upstream.calls('wait').length > 0)
    const ending = gateway.kill('SIGTERM')
    const isTaken = () =>
      fetch(`${gateway.url}/health/live`, { keepalive: false }).then(
        () => true,
        () => false,
      )
    await until(isTaken, (taken) => !taken)
    finish('done')
    const answer = (await (await call).json()) as { success: boolean }
    expect(answer.success).toBe(true)
    expect(await ending).toBe(0)
    await gateway.close()
    upstream.close()
  })

  test('off a terminal, standard output is one JSON event per line and nothing else', async () => {
    const gateway = await startGateway({ args: ['--no-auth', '--demo'] })
    await fetch(`${gateway.url}/mcp/list-tools?mcp_server=demo`)
    await until(() => gateway.stdout().includes('list_tools'))
    const lines = gateway
      .stdout()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.at(-1)).toMatchObject({ action: 'list_tools', status: 'success' })
    await gateway.close()
    const silent = await startGateway({ args: ['--no-auth'], env: { AUDIT_TO_STDOUT: 'false' } })
    await fetch(`${silent.url}/mcp/servers`)
    // What is written at all is written by its end.
    await silent.kill('SIGTERM')
    expect(silent.stdout()).toBe('')
    await silent.close()
  })
})

describe('the event feed', () => {
  const read = async (response: Response, until: (text: string) => boolean) => {
    let text = ''
    const decoder = new TextDecoder()
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes, { stream: true })
      if (until(text)) break
    }
    return text
  }

  test('the operator sees calls live, resumes where it was, and nobody else sees anything', async () => {
    const gateway = await startGateway({ args: ['--no-auth', '--demo'] })
    const address = `${gateway.url}/admin/events`
    expect((await fetch(address)).status).toBe(403)
    const authorization = `Bearer ${await gateway.operatorToken()}`
    const call = () => fetch(`${gateway.url}/mcp/list-tools?mcp_server=demo`)

    const live = await fetch(address, { headers: { authorization } })
    expect(live.headers.get('content-type')).toBe('text/event-stream')
    await call()
    const text = await read(
      live,
      (seen) => seen.includes('"phase":"outcome"') && seen.includes('list_tools'),
    )
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]))
    expect(ids).toEqual([...ids].sort((a, b) => a - b))

    await call()
    const resumed = await fetch(address, {
      headers: { authorization, 'last-event-id': String(ids[0]) },
    })
    const again = await read(resumed, (seen) => seen.split('list_tools').length > 3)
    const first = Number(/^id: (\d+)$/m.exec(again)?.[1])
    expect(first).toBe((ids[0] ?? 0) + 1)
    await gateway.close()
  })

  test('the operator token opens the feed and no server', async () => {
    const gateway = await startGateway({ args: ['--no-auth', '--demo'] })
    const authorization = `Bearer ${await gateway.operatorToken()}`
    const answer = await fetch(`${gateway.url}/mcp/list-tools?mcp_server=demo`, {
      headers: { authorization },
    })
    expect(answer.status).toBe(403)
    await gateway.close()
  })
})
