import { afterAll, describe, expect, test } from 'bun:test'
import { mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { closedAfter } from '../support/closing.ts'
import { bareEnvironment, datacline, envelope, temporaryDirectory } from '../support/datacline.ts'
import { collect } from '../support/gateway.ts'
import { PROGRAM } from '../support/program.ts'

const closing = closedAfter(afterAll)

/** A home, with a directory for temporary files in it. */
const home = async () => {
  const directory = await temporaryDirectory()
  closing.push(directory.remove)
  const temporary = join(directory.path, 'tmp')
  mkdirSync(temporary)
  return { path: directory.path, env: { TMPDIR: temporary } }
}

/** Every file and directory below a path. */
const everything = (path: string): readonly string[] =>
  readdirSync(path, { recursive: true }).map(String)

type Line = Readonly<Record<string, unknown>>

const linesOf = (stdout: string): readonly Line[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('datacline demo', () => {
  test('shows calls that are permitted, denied, failing and of nobody, and leaves nothing', async () => {
    const { path, env } = await home()
    const args = ['demo', '--calls', '7', '--speed', '50', '--json']
    const { code, stdout } = await datacline(args, { cwd: path, env })
    expect(code).toBe(0)
    const ended = linesOf(stdout).filter(({ phase }) => phase === 'outcome' || phase === 'refusal')
    const told = ended.map(({ user, tool_name, status, response_status }) =>
      [user ?? 'nobody', tool_name ?? '-', status, response_status].join(' '),
    )
    expect(told.sort()).toEqual([
      'arun delete_user denied 200',
      'arun get_user success 200',
      'dana - success 200',
      'dana add success 200',
      'dana get_user error 200',
      'nobody - denied 401',
      'sofia send_email success 200',
    ])
    const denial = ended.find(({ user, status }) => user === 'arun' && status === 'denied')
    expect(denial?.policy_decision).toMatch(/Nobody deletes people \(policies\/policy.yaml:\d+\)/)
    expect(everything(path)).toEqual(['tmp'])
  }, 20_000)

  test('gives lines for people off a terminal too, and no setting has a say in it', async () => {
    const { path, env } = await home()
    const { code, stdout, stderr } = await datacline(['demo', '--calls', '3', '--speed', '50'], {
      cwd: path,
      env: {
        ...env,
        AUTH_ENABLED: 'false',
        POLICY_FILE: '/no/such/policy.yaml',
        KEYCLOAK_URL: 'http://127.0.0.1:9',
        DATABASE_URL: 'sqlite:///elsewhere.db',
        DATACLINE_CONFIG: '/no/such/directory',
      },
    })
    expect(code).toBe(0)
    expect(stdout).toMatch(/ ✗ denied {5}arun {2}invoke_tool demo delete_user .*Nobody deletes/)
    expect(stderr).toContain('nothing leaves this machine')
    expect(stderr).toContain('nothing of it is left')
    expect(everything(path)).toEqual(['tmp'])
  }, 20_000)

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends at %s in order, and leaves nothing',
    async (signal) => {
      const { path, env } = await home()
      const child = Bun.spawn([...PROGRAM, 'demo', '--json', '--speed', '5'], {
        cwd: path,
        env: bareEnvironment(path, env),
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
      })
      const stdout = collect(child.stdout)
      await stdout.find(/"denied"/)
      const [directory = ''] = readdirSync(env.TMPDIR)
      expect(directory).toStartWith('datacline-demo-')
      expect(everything(env.TMPDIR)).toContain(`${directory}/.datacline/datacline.db`)
      child.kill(signal)
      expect(await child.exited).toBe(0)
      expect(everything(path)).toEqual(['tmp'])
    },
    20_000,
  )

  test('refuses what is no number, and a port that is taken; and leaves nothing', async () => {
    const { path, env } = await home()
    const taken = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('') })
    const port = String(taken.port)
    const [calls, speed, busy] = await Promise.all(
      [
        ['--calls', '0'],
        ['--speed', 'fast'],
        ['--port', port],
      ].map((args) => datacline(['demo', ...args, '--json'], { cwd: path, env })),
    )
    await taken.stop(true)
    expect([calls?.code, speed?.code, busy?.code]).toEqual([2, 2, 3])
    expect(busy && envelope(busy).message).toContain(`cannot listen on 127.0.0.1:${port}`)
    expect(everything(path)).toEqual(['tmp'])
  }, 20_000)

  test.skipIf(process.platform !== 'linux')(
    'speaks to nobody but this machine',
    async () => {
      const { path, env } = await home()
      const child = Bun.spawn([...PROGRAM, 'demo', '--json', '--speed', '20', '--calls', '9'], {
        cwd: path,
        env: bareEnvironment(path, env),
        stdin: 'ignore',
        stdout: 'ignore',
        stderr: 'ignore',
      })
      const seen = new Set<string>()
      let over = false
      void child.exited.then(() => {
        over = true
      })
      while (!over) {
        for (const peer of peersOf(child.pid)) seen.add(peer)
        await Bun.sleep(5)
      }
      expect([...seen].filter((peer) => !LOOPBACK.includes(peer))).toEqual([])
      // It was looked at while it spoke.
      expect(seen.size).toBeGreaterThan(0)
    },
    20_000,
  )
})

/** Addresses as proc_net_tcp(5) writes them: nobody, 127.0.0.1 and ::1, and 127.0.0.1 within IPv6. */
const LOOPBACK = [
  '00000000',
  '0100007F',
  '0'.repeat(32),
  '00000000000000000000000001000000',
  '0000000000000000FFFF00000100007F',
]

/** The other ends of all sockets of a program. */
const peersOf = (pid: number): readonly string[] => {
  try {
    const folder = `/proc/${pid}/fd`
    const links = readdirSync(folder).map((name) => readlinkSync(`${folder}/${name}`))
    return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) =>
      readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(/\s+/))
        .filter((fields) => links.includes(`socket:[${fields[9]}]`))
        .map((fields) => fields[2]?.split(':')[0] ?? ''),
    )
  } catch {
    // A descriptor, or the whole program, is gone meanwhile.
    return []
  }
}
