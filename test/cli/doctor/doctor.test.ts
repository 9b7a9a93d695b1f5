import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { chmodSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CHECKS } from '../../../src/cli/doctor/checks.ts'
import { closedAfter } from '../../support/closing.ts'
import { datacline, envelope, temporaryDirectory } from '../../support/datacline.ts'
import { startGateway } from '../../support/gateway.ts'
import { startIssuer } from '../../support/issuer.ts'
import { startUpstream } from '../../support/upstream.ts'

// Programs are started here, on machines that have much else to do.
setDefaultTimeout(30_000)

const closing = closedAfter(afterAll, 20_000)

const directoryWith = async (files: Readonly<Record<string, string>> = {}) => {
  const directory = await temporaryDirectory(files)
  closing.push(directory.remove)
  return directory.path
}

const POLICY = 'roles:\n  a:\n    permissions:\n      - { resource: "mcp:*:*", actions: ["*"] }\n'

describe('datacline doctor', () => {
  test('finds nothing wrong in a healthy directory, beside its gateway and without it', async () => {
    const issuer = await startIssuer()
    const upstream = startUpstream()
    closing.push(issuer.close, upstream.close)
    const JWT_ISSUER = issuer.issuer
    const gateway = await startGateway({
      env: { JWT_ISSUER },
      servers: { up: { url: upstream.url } },
      policy: POLICY,
    })
    closing.push(gateway.close)
    const env = {
      JWT_ISSUER,
      PORT: new URL(gateway.url).port,
      DATACLINE_TOKEN: await issuer.token(),
    }
    const args = ['doctor', '--json', '--config', gateway.directory]
    const beside = await datacline(args, { cwd: gateway.directory, env })
    const { checks, summary } = JSON.parse(beside.stdout)
    expect(checks.filter(({ status }: { status: string }) => status !== 'ok')).toEqual([])
    expect({ code: beside.code, stderr: beside.stderr }).toEqual({ code: 0, stderr: '' })
    expect(summary).toMatchObject({ errors: 0, warnings: 0 })
    expect(checks.map(({ id }: { id: string }) => id)).toEqual(
      expect.arrayContaining(Object.keys(CHECKS)),
    )
    const details = checks.map(({ detail }: { detail: string }) => detail)
    expect(details).toContain('our gateway listens on it')
    expect(details).toContain('it is ready')
    expect(details).toContain('agrees with that of the gateway')
    expect(details).toContain('it is accepted: alice')

    await gateway.kill('SIGTERM')
    const alone = await datacline(args, { cwd: gateway.directory, env })
    expect(JSON.parse(alone.stdout).summary).toMatchObject({ errors: 0, warnings: 0 })
    expect(alone.stdout).toContain('no gateway runs from this directory')
  }, 30_000)

  test('tells what to type, and does with --fix what is safe', async () => {
    const directory = await directoryWith({
      '.env': 'API_TOKEN=abc\nAUTH_ENABLED=false\nPORT=0\n',
      'policies/policy.yaml': POLICY,
      'mcp_servers.yaml': 'servers:\n',
    })
    const env = join(directory, '.env')
    for (const name of ['policies/policy.yaml', 'mcp_servers.yaml']) {
      chmodSync(join(directory, name), 0o600)
    }
    chmodSync(env, 0o644)
    const { code, stdout, stderr } = await datacline(['doctor'], { cwd: directory })
    expect(code).toBe(9)
    expect(stdout).toContain(`✗ secrets   holds secrets and other users can read it (mode 0644)`)
    expect(stdout).toContain(`\n            $ chmod go-rwx ${env}\n`)
    expect(stderr).toBe(
      'error: one thing is wrong\n  hint: datacline doctor --fix does what is safe\n',
    )
    const fixing = await datacline(['doctor', '--fix', '--json'], { cwd: directory })
    expect(fixing.code).toBe(0)
    const done = JSON.parse(fixing.stdout).checks.filter((each: object) => 'done' in each)
    expect(done).toMatchObject([
      { id: 'secrets', status: 'ok', done: 'chmod go-rwx .env' },
      { id: 'state', status: 'ok', done: expect.stringContaining('made ') },
    ])
    expect(statSync(env).mode & 0o777).toBe(0o600)
    const after = await datacline(['doctor', 'secrets', 'state'], { cwd: directory })
    expect(after.code).toBe(0)
  }, 20_000)

  test('tells of settings that cannot be read, where nothing else can be looked at', async () => {
    const directory = await directoryWith({ '.env': 'PORT=eighty\n' })
    const ran = await datacline(['doctor', '--json', '--config', directory], { cwd: directory })
    expect(ran.code).toBe(9)
    expect(JSON.parse(ran.stdout).checks).toMatchObject([
      { id: 'settings', status: 'error', detail: expect.stringContaining('PORT (.env:1)') },
    ])
    expect(envelope(ran)).toMatchObject({ code: 'check_failed', exit: 9 })
  })

  test('names another gateway that has the port', async () => {
    const gateway = await startGateway({ args: ['--no-auth'] })
    closing.push(gateway.close)
    const directory = await directoryWith()
    const ran = await datacline(['doctor', 'port', '--config', directory], {
      cwd: directory,
      env: { PORT: new URL(gateway.url).port },
    })
    expect(ran.code).toBe(9)
    expect(ran.stdout).toContain('the port is taken by another datacline')
  }, 20_000)

  test('finds nothing wrong with a gateway on another port while its usual one is taken', async () => {
    const other = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => {} } })
    closing.push(() => other.stop(true))
    const own = await startGateway({ args: ['--no-auth'] })
    closing.push(own.close)
    const ran = await datacline(['doctor', 'port', '--config', own.directory], {
      cwd: own.directory,
      env: { PORT: String(other.port) },
    })
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining(new URL(own.url).host) })
  }, 20_000)

  test('refuses a check that there is not', async () => {
    const cwd = await directoryWith()
    const ran = await datacline(['doctor', 'prot', '--json'], { cwd })
    expect(ran.code).toBe(2)
    expect(envelope(ran).message).toBe('there is no check "prot"')
  })
})
