import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { closedAfter } from '../../support/closing.ts'
import { bareEnvironment, datacline, temporaryDirectory } from '../../support/datacline.ts'
import { startGateway } from '../../support/gateway.ts'
import { PROGRAM } from '../../support/program.ts'

// Programs are started here, on machines that have much else to do.
setDefaultTimeout(30_000)

const closing = closedAfter(afterAll, 30_000)

const emptyDirectory = async () => {
  const { path, remove } = await temporaryDirectory()
  closing.push(remove)
  return path
}

/** A shell with mounts of its own; where the system allows none, there is nothing to plant. */
const SHELL = ['unshare', '--map-root-user', '--mount', 'sh', '-ec']
const MOUNT = 'mount -t tmpfs -o size=24m tmpfs "$DIR"; mkdir -m 700 "$DIR/.datacline"'
const mayMount = (() => {
  try {
    const probe = 'mount -t tmpfs -o size=1m tmpfs /tmp'
    return Bun.spawnSync([...SHELL, probe], { stderr: 'ignore' }).success
  } catch {
    return false
  }
})()

describe.skipIf(!mayMount)('a file system', () => {
  const doctorOn = async (plant: string) => {
    const directory = await emptyDirectory()
    const doctor = [...PROGRAM, 'doctor', 'state', '--json', '--config'].join(' ')
    const script = `${MOUNT}; ${plant}; ${doctor} "$DIR"`
    const child = Bun.spawn([...SHELL, script], {
      env: { ...bareEnvironment('/nonexistent'), DIR: directory },
      stdout: 'pipe',
      stderr: 'ignore',
    })
    const [stdout, code] = await Promise.all([child.stdout.text(), child.exited])
    return { code, where: directory, findings: JSON.parse(stdout).checks }
  }

  test('without a byte left is found', async () => {
    const { code, where, findings } = await doctorOn('cat /dev/zero > "$DIR/filler" 2>&- || true')
    expect({ code, findings }).toMatchObject({
      code: 9,
      findings: [
        {
          status: 'error',
          detail: 'cannot be written, so no call is let through: no space left',
          fix: `df -h ${where}/.datacline`,
        },
      ],
    })
  })

  test('that is all but full is found', async () => {
    const { code, findings } = await doctorOn('head -c 16M /dev/zero > "$DIR/filler"')
    expect({ code, findings }).toMatchObject({
      code: 9,
      findings: [{ status: 'error', detail: expect.stringContaining('full (8 MiB are left)') }],
    })
  })

  test('without room for more files is found', async () => {
    const { findings } = await doctorOn('mount -o remount,nr_inodes=20,size=1g "$DIR"')
    expect(findings).toMatchObject([
      { status: 'error', detail: expect.stringContaining('the disk takes no more files') },
    ])
  })

  test('that is read-only is found', async () => {
    const { findings } = await doctorOn('mount -o remount,ro "$DIR"')
    expect(findings[0]).toMatchObject({
      status: 'error',
      detail: expect.stringContaining('the file system is read-only'),
      fix: expect.stringMatching(/^findmnt -T /),
    })
  })
})

describe.skipIf(process.getuid?.() !== 0)('a state directory of another user', () => {
  test('is told with whose it is, and nothing is said of what is in it', async () => {
    const directory = await emptyDirectory()
    const state = join(directory, '.datacline')
    mkdirSync(state, { mode: 0o700 })
    chownSync(state, 4711, 4711)
    const args = ['doctor', 'secrets', 'state', 'lock', '--json', '--config', directory]
    const ran = await datacline(args, { cwd: directory })
    expect(ran.code).toBe(9)
    expect(JSON.parse(ran.stdout).checks).toMatchObject([
      { id: 'secrets', status: 'error', detail: expect.stringContaining('another user') },
      {
        id: 'state',
        status: 'error',
        detail: 'the state directory belongs to another user, so no gateway starts',
        fix: `sudo -u '#4711' datacline doctor --config ${directory}`,
      },
      { id: 'lock', status: 'ok', detail: expect.stringContaining('cannot be told') },
    ])
  })
})

describe('a gateway', () => {
  test('that was killed leaves a stale lock, which --fix clears and a start takes', async () => {
    const directory = await emptyDirectory()
    const start = () => startGateway({ directory, args: ['--no-auth'] })
    const killed = await start()
    const doctor = async (...args: readonly string[]) => {
      const ran = await datacline(['doctor', ...args, '--json', '--config', directory], {
        cwd: directory,
      })
      return { code: ran.code, findings: JSON.parse(ran.stdout).checks }
    }
    // What lives is never cleared away.
    expect(await doctor('lock', '--fix')).toMatchObject({
      code: 0,
      findings: [
        { detail: expect.stringContaining(`in use by the gateway with pid ${killed.pid}`) },
      ],
    })
    await killed.kill('SIGKILL')
    expect(await doctor('lock', 'gateway')).toMatchObject({
      code: 0,
      findings: [
        {
          status: 'warning',
          detail: expect.stringContaining(`the gateway with pid ${killed.pid}`),
        },
        { status: 'ok', detail: 'none runs from this directory' },
      ],
    })
    expect(await doctor('lock', '--fix')).toMatchObject({
      findings: [{ status: 'ok', done: expect.stringContaining('removed the stale lock') }],
    })
    const again = await start()
    closing.push(again.close)
    expect(await doctor('lock', 'gateway')).toMatchObject({
      findings: [{ status: 'ok' }, { status: 'ok', detail: 'it is ready', where: again.url }],
    })
  })

  test('that is named is asked in place of the one that runs here', async () => {
    const directory = await emptyDirectory()
    const args = ['doctor', 'gateway', '--json', '--gateway', 'http://127.0.0.1:9']
    const ran = await datacline(args, { cwd: directory })
    expect(ran.code).toBe(9)
    expect(JSON.parse(ran.stdout).checks).toMatchObject([
      { status: 'error', where: 'http://127.0.0.1:9', detail: expect.stringContaining('is named') },
    ])
  })

  test('that was started with --no-auth needs no issuer', async () => {
    const directory = await emptyDirectory()
    const args = ['doctor', 'settings', 'issuer', 'policy', '--json', '--config', directory]
    const doctor = async () =>
      JSON.parse((await datacline(args, { cwd: directory })).stdout).checks.map(
        ({ status, detail }: Record<string, string>) => [status, detail],
      )
    expect(await doctor()).toContainEqual(['warning', expect.stringContaining('KEYCLOAK_URL')])
    const gateway = await startGateway({ directory, args: ['--no-auth'] })
    closing.push(gateway.close)
    expect(await doctor()).toEqual([
      ['ok', 'authentication is off, as the gateway that runs was started with --no-auth'],
      ['warning', expect.stringContaining('local callers have the built-in role')],
      ['ok', 'no issuer to ask'],
    ])
  })
})
