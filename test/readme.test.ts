import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { chmod, cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Gateway, startGateway } from './support/gateway.ts'
import { type Issuer, startIssuer } from './support/issuer.ts'

const ROOT = resolve(import.meta.dir, '..')
const README = await Bun.file(join(ROOT, 'README.md')).text()
const manifest = (await Bun.file(join(ROOT, 'package.json')).json()) as {
  scripts: Record<string, string>
}

/** Every block of commands, in the order of the page. */
const blocks = [...README.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? '')

/** What `npm start` runs, but on a free port and in a directory of the test's own. */
const startArguments = (manifest.scripts.start ?? '').split('serve ')[1]?.split(' ') ?? []

let directory: string
let gateway: Gateway
let issuer: Issuer
let keycloak: ReturnType<typeof Bun.serve>

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'datacline-readme-'))
  for (const name of ['mcp_servers.yaml', 'policies', '.env.example', 'examples']) {
    await cp(join(ROOT, name), join(directory, name), { recursive: true })
  }
  await writeFile(
    join(directory, 'datacline'),
    `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'src/main.ts')}' "$@"\n`,
  )
  await chmod(join(directory, 'datacline'), 0o755)
  gateway = await startGateway({ directory, args: startArguments })
  issuer = await startIssuer({ keycloakRealm: 'mcp-gateway' })
  keycloak = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: async (request) => {
      const form = new URLSearchParams(await request.text())
      return form.get('grant_type') === 'password'
        ? Response.json({ access_token: await issuer.token({ azp: form.get('client_id') }) })
        : new Response('bad request', { status: 400 })
    },
  })
})
afterAll(async () => {
  await gateway.close()
  await issuer.close()
  keycloak.stop(true)
  await rm(directory, { recursive: true, force: true })
})

/** Runs a block as its reader would, with the addresses of this test instead of the usual ones. */
const shell = async (block: string, seconds = 10) => {
  const script = block
    .replaceAll('http://localhost:8000', gateway.url)
    .replaceAll('http://localhost:8080', `http://127.0.0.1:${keycloak.port}`)
  const child = Bun.spawn(['bash', '-eu', '-o', 'pipefail', '-c', script], {
    cwd: directory,
    env: {
      PATH: `${directory}:${process.env.PATH}`,
      HOME: directory,
      DATACLINE_GATEWAY: gateway.url,
    },
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const timer = setTimeout(() => child.kill('SIGTERM'), seconds * 1000)
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  clearTimeout(timer)
  return { code: await child.exited, out, err }
}

const blockWith = (text: string) => {
  const block = blocks.find((each) => each.includes(text))
  if (block === undefined) throw new Error(`The README has no block with ${text}`)
  return block
}

describe('the README keeps its promises', () => {
  test('every block of commands is known to this test', () => {
    const known = [
      'npm start',
      'doctor',
      'list-servers',
      'tool_name',
      'cp .env.example',
      'TOKEN=$(',
      'tail -n 100',
      'audit tail',
      'admin/events',
      'npm test',
    ]
    expect(blocks.filter((block) => !known.some((text) => block.includes(text)))).toEqual([])
    expect(blocks).toHaveLength(known.length)
  })

  test('npm start serves the demo without authentication, and says what to try', () => {
    expect(startArguments).toEqual(['--no-auth', '--demo'])
    expect(gateway.stderr()).toContain('/servers/demo/mcp')
    expect(gateway.stderr()).toContain('delete_user')
  })

  test('the first minute shows a permitted call, a denied one, and why', async () => {
    const { code, out } = await shell(blockWith('tool_name'))
    expect(code).toBe(0)
    const [permitted, denied, listed] = out
      .replaceAll('}{', '}\n{')
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(permitted).toMatchObject({ success: true, tool_name: 'add', error: null })
    expect(JSON.stringify(permitted.result)).toContain('5')
    expect(denied.detail).toMatch(/denied by rule: .+ \(policies\/policy\.yaml:\d+\)/)
    const names = listed.tools.map(({ name }: { name: string }) => name)
    expect(names).toContain('send_email')
    expect(names).not.toContain('delete_user')
  })

  test('doctor finds nothing wrong with what was just set up', async () => {
    const { code, out } = await shell(blockWith('doctor'), 30)
    expect(out).toContain('policies/policy.yaml')
    expect(code).toBe(0)
  }, 30_000)

  test('the command line does what it shows', async () => {
    const { code, out, err } = await shell(blockWith('list-servers'), 30)
    expect(err).not.toContain('error:')
    expect(code).toBe(0)
    expect(out).toContain('"sum": 5')
    expect(out).toContain('"success":true')
    expect(out).toContain('allowed by built-in role local-developer')
    expect(await Bun.file(join(directory, 'mcp_servers.yaml')).text()).toContain('dev-server:')
  }, 30_000)

  test('the denial is in the audit file, found by the query that is shown', async () => {
    const { code, out } = await shell(blockWith('tail -n 100'))
    expect(code).toBe(0)
    expect(JSON.parse(out.split('\n')[0] ?? '')).toMatchObject({
      user: 'anonymous',
      tool_name: 'delete_user',
    })
  })

  test('the operator asks the record', async () => {
    const { code, out, err } = await shell(blockWith('audit tail'), 30)
    expect(err).not.toContain('error:')
    expect(code).toBe(0)
    expect(out).toContain('delete_user')
    expect(out).toMatch(/policies\/policy\.yaml:\d+/)
    expect(await Bun.file(join(directory, 'denials.html')).text()).toContain('delete_user')
  }, 30_000)

  test('what is linked and shown is there', async () => {
    const linked = [...README.matchAll(/\]\((examples\/[^)]+)\)/g)].map((match) => match[1] ?? '')
    expect(linked.filter((path) => path.startsWith('examples/clients/'))).toHaveLength(4)
    for (const path of linked) {
      expect([path, await Bun.file(join(ROOT, path)).exists()]).toEqual([path, true])
    }
  })

  test('the groups that are shown are groups', async () => {
    const yaml = [...README.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '')
    const shown = yaml.filter((each) => /^(?:servers|groups):/.test(each)).join('')
    const other = await mkdtemp(join(tmpdir(), 'datacline-groups-'))
    const env = { PROD_TOKEN: 'a-token-of-the-readme' }
    await writeFile(join(other, 'mcp_servers.yaml'), shown)
    const started = await startGateway({ directory: other, args: ['--no-auth'], env })
    const answer = await fetch(`${started.url}/groups/research/mcp`, { method: 'POST' })
    expect(answer.status).toBe(415)
    await started.close()
    await rm(other, { recursive: true, force: true })
  })

  test('the operator sees the same live', async () => {
    const { code, out } = await shell(blockWith('admin/events'))
    expect(code).toBe(0)
    expect(out).toContain('"event_type":"policy_violation"')
  })

  test('cp .env.example .env && datacline serve starts', async () => {
    const other = await mkdtemp(join(tmpdir(), 'datacline-env-'))
    await cp(join(ROOT, '.env.example'), join(other, '.env'))
    const started = await startGateway({ directory: other })
    expect((await fetch(`${started.url}/health/live`)).status).toBe(200)
    const refused = await fetch(`${started.url}/mcp/servers`, {
      headers: { authorization: `Bearer ${await issuer.token()}` },
    })
    expect([401, 503]).toContain(refused.status)
    await started.close()
    await rm(other, { recursive: true, force: true })
    expect(blockWith('cp .env.example')).toContain('datacline serve')
  })

  test('a token is fetched and used as shown', async () => {
    const { code, out } = await shell(blockWith('TOKEN=$('))
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ servers: expect.any(Array) })
  })

  test('npm test runs the checks and every quick test', () => {
    expect(manifest.scripts.test).toContain('run test:all')
    expect(manifest.scripts['test:all']).toStartWith('bun run check && bun test')
  })
})
