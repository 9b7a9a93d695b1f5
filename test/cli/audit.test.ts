import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { EXITS } from '../../src/cli/exit-codes.ts'
import { readEventFile } from '../../src/client/event-file.ts'
import { createClient } from '../../src/client.ts'
import { bareEnvironment, datacline, envelope, temporaryDirectory } from '../support/datacline.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { PROGRAM } from '../support/program.ts'

const POLICY = `
roles:
  all: { permissions: [{ resource: "mcp:*:*", actions: ["*"] }] }
user_roles:
  anonymous: [all]
rules:
  - { name: Nobody deletes, condition: { tool: delete_user }, action: deny }
`

// Each test starts programs of its own, on a machine that may be busy.
setDefaultTimeout(30_000)

let gateway: Gateway
const elsewhere = await temporaryDirectory()

const call = async (tool: string, parameters: Readonly<Record<string, unknown>>) => {
  const response = await fetch(`${gateway.url}/mcp/invoke?mcp_server=demo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tool_name: tool, parameters }),
  })
  await response.text()
}

const audit = (args: readonly string[], cwd = gateway.directory) =>
  datacline(['audit', ...args], { cwd, env: { DATACLINE_GATEWAY: gateway.url } })

beforeAll(async () => {
  gateway = await startGateway({ args: ['--no-auth', '--demo'], policy: POLICY })
  await call('echo', { text: 'one' })
  await call('echo', { text: 'two' })
  await call('delete_user', { id: '7' })
  const client = createClient({
    url: gateway.url,
    token: await gateway.operatorToken(),
    deadline: () => AbortSignal.timeout(10_000),
    clientInfo: { name: 'test', version: '1' },
  })
  // Outcomes are written after the answer has left.
  for (let open = 1; open > 0; ) {
    open = (await client.history({ filter: 'tool:* status:pending' })).events.length
  }
})
afterAll(async () => {
  await gateway.close()
  elsewhere.remove()
})

const lines = (text: string) => text.trimEnd().split('\n')

describe('audit tail', () => {
  test('shows the last events, the newest last, as lines for people', async () => {
    const { code, stdout } = await audit(['tail', '-n', '2'])
    expect(code).toBe(0)
    const [before = '', last = ''] = lines(stdout)
    expect(before).toMatch(/✓ permitted {2}anonymous {2}invoke_tool demo echo/)
    expect(last).toMatch(/✗ denied .*delete_user .*Nobody deletes \(policies\/policy\.yaml:7\)/)
  })

  test('takes a filter, several words of it too', async () => {
    const { stdout } = await audit(['tail', 'tool:echo', 'param.text:one', '--json'])
    expect(lines(stdout).map((line) => JSON.parse(line).parameters)).toEqual([{ text: 'one' }])
  })

  test('its JSON lines read back as the events that they were', async () => {
    const { stdout } = await audit(['tail', 'server:demo', '--json'])
    const { events, faults } = readEventFile(`${stdout}{"seq":1}\n\nnot json\n`)
    expect(events.map(({ tool_name }) => tool_name)).toEqual(['echo', 'echo', 'delete_user'])
    expect(faults.map(({ line }) => line)).toEqual([4, 6])
    expect(faults[1]?.problem).toBe('is no JSON')
  })

  test('--fields chooses members', async () => {
    const { stdout } = await audit(['tail', 'd:deny', '--json', '--fields', 'tool_name,status'])
    expect(JSON.parse(stdout)).toEqual({ tool_name: 'delete_user', status: 'denied' })
  })

  test('-f goes on with what happens, filtered, and ends with ctrl-c', async () => {
    const child = Bun.spawn([...PROGRAM, 'audit', 'tail', '-f', '-n', '1', '--json', 'tool:echo'], {
      cwd: gateway.directory,
      env: bareEnvironment(gateway.directory, { DATACLINE_GATEWAY: gateway.url }),
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'ignore',
    })
    const seen: string[] = []
    let asked = false
    let rest = ''
    for await (const bytes of child.stdout) {
      rest += new TextDecoder().decode(bytes)
      for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n')) {
        seen.push(JSON.parse(rest.slice(0, end)).parameters.text)
        rest = rest.slice(end + 1)
      }
      if (!asked) {
        asked = true
        await call('delete_user', { id: '8' })
        await call('echo', { text: 'three' })
      }
      if (seen.length === 2) child.kill('SIGINT')
    }
    expect(seen).toEqual(['two', 'three'])
    expect(await child.exited).toBe(EXITS.interrupted.code)
  })

  test('-f ends when its reader left', async () => {
    const child = Bun.spawn(
      ['sh', '-c', '"$@" | exec head -n 1', 'sh', ...PROGRAM, 'audit', 'tail', '-f', '-n', '1'],
      {
        cwd: gateway.directory,
        env: bareEnvironment(gateway.directory, { DATACLINE_GATEWAY: gateway.url }),
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
      },
    )
    // Only a further event lets the program see that nobody reads.
    let over = false
    const ended = child.exited.then(() => (over = true))
    while (!over) {
      await call('echo', { text: 'again' })
      await Promise.race([ended, Bun.sleep(50)])
    }
    expect(lines(await child.stdout.text()).length).toBe(1)
    expect(await child.stderr.text()).not.toContain('    at ')
  })
})

describe('audit query', () => {
  test('is a table for people and one document with --json', async () => {
    const { stdout } = await audit(['query', 'tool:delete_user', '--limit', '1'])
    expect(lines(stdout)[0]).toMatch(/^ *SEQ +TIME +STATUS +USER +SERVER +WHAT +HTTP +MS +WHY$/)
    expect(lines(stdout)[1]).toMatch(/denied +anonymous +demo +delete_user/)
    const ran = await audit(['query', 'tool:delete_user param.id:7', '--json'])
    expect(JSON.parse(ran.stdout)).toMatchObject({ count: 1, events: [{ status: 'denied' }] })
  })

  test('an empty result is none, and no failure', async () => {
    const ran = await audit(['query', 'tool:nothing', '--json'])
    expect({ code: ran.code, body: JSON.parse(ran.stdout) }).toEqual({
      code: 0,
      body: { events: [], count: 0 },
    })
  })

  test('--since and --until bound whatever the filter says', async () => {
    const filter = 'tool:echo | tool:delete_user'
    expect(
      JSON.parse((await audit(['query', filter, '--until', '1d', '--json'])).stdout).count,
    ).toBe(0)
    const { count } = JSON.parse((await audit(['query', filter, '--since', '1d', '--json'])).stdout)
    expect(count).toBeGreaterThanOrEqual(3)
  })

  test('--group-by counts and measures', async () => {
    const args = ['query', 'param.text:one|param.text:two|param.id:7', '--group-by', 'tool']
    const { stdout } = await audit([...args, '--agg', 'count', '--agg', 'p95', '--json'])
    expect(JSON.parse(stdout)).toEqual({
      groups: [
        { tool: 'echo', count: 2, p95: expect.any(Number) },
        { tool: 'delete_user', count: 1, p95: expect.any(Number) },
      ],
      count: 2,
    })
    expect(lines((await audit(args)).stdout)[0]).toMatch(/^TOOL +COUNT$/)
  })

  test('-o gives the same files as the screen writes, the oldest event first', async () => {
    const filter = 'param.text:one|param.text:two|param.id:7'
    const written = async (format: string) => (await audit(['query', filter, '-o', format])).stdout
    const har = JSON.parse(await written('har'))
    expect(
      har.log.entries.map(({ comment }: { comment: string }) => comment.split(':')[0]),
    ).toEqual(['success', 'success', 'denied'])
    expect(har.log.entries[2].request).toMatchObject({
      url: `${gateway.url}/servers/demo/mcp`,
      postData: { text: expect.stringContaining('{"name":"delete_user","arguments":{"id":"7"}}') },
    })
    const csv = lines(await written('csv'))
    expect(csv[0]).toStartWith('seq,timestamp,status,user,')
    expect(csv[3]).toContain('Nobody deletes,policies/policy.yaml:7')
    expect(await written('html')).toContain('Nobody deletes (policies/policy.yaml:7)')
    const { events, faults } = readEventFile(await written('ndjson'))
    expect([events.length, faults.length]).toEqual([3, 0])
  })

  test.each([
    [['query', '-o', 'har', '--fields', 'seq'], '--fields goes with text, json and ndjson'],
    [['query', '-o', 'csv', '--group-by', 'tool'], '--group-by goes with text, json and ndjson'],
    [['query', '-o', 'xlsx'], '"xlsx" is not one of text, json, ndjson, har, csv, html'],
    [['query', 'toool:x'], 'unknown key "toool"; did you mean tool?\n  toool:x\n  ^'],
    [['tail', 'a', 'dur:x'], 'expected a time such as 200ms, 2s or 5m\n  a dur:x\n        ^'],
    [['query', '--since', 'soon'], 'expected a time ago such as 15m'],
    [['query', '--limit', '0'], '--limit: "0" is no number from 1 on'],
    [['query', '--agg', 'p95'], '--agg needs --group-by'],
    [['tail', '-n', 'x'], '--lines: "x" is no number of events'],
    [['tail', '-f', '--local'], '--follow needs a gateway that runs'],
  ])('%j is told as a mistake of the line', async (args, message) => {
    const ran = await audit([...args, '--json'])
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({
      code: EXITS.usage.code,
      stdout: expect.any(String),
    })
    expect(envelope(ran).message).toContain(message)
  })
})

describe('audit show', () => {
  const seqOf = async (filter: string) =>
    JSON.parse((await audit(['query', filter, '--json'])).stdout).events[0].seq

  test('tells who, what, why, what was compared, and what would help', async () => {
    const seq = await seqOf('tool:delete_user param.id:7')
    const { stdout } = await audit(['show', `#${seq}`])
    expect(stdout).toContain(`#${seq}  delete_user  denied\n`)
    expect(stdout).toContain('  user      anonymous\n')
    expect(stdout).toContain('denied by rule: Nobody deletes (policies/policy.yaml:7)\n')
    expect(stdout).toContain('  ✓ tool: wants delete_user, is delete_user\n')
    expect(stdout).toContain('A retry will be denied too')
    expect(stdout).toContain('"id": "7"')
  })

  test('--json gives the rows as they were written', async () => {
    const seq = await seqOf('param.text:one')
    const detail = JSON.parse((await audit(['show', String(seq), '--json'])).stdout)
    expect(detail.rows.map(({ phase }: { phase: string }) => phase)).toEqual(['intent', 'outcome'])
    expect(detail.event.decision.rule).toBe('role:all')
  })

  test('-o markdown is a report that can be pasted', async () => {
    const seq = await seqOf('tool:delete_user param.id:7')
    const { stdout } = await audit(['show', String(seq), '-o', 'markdown'])
    expect(stdout).toStartWith('### `delete_user` denied\n')
    expect(stdout).toContain('- **rule:** `Nobody deletes` · `policies/policy.yaml:7`\n')
    expect(stdout).toContain('```json\n{\n  "id": "7"\n}\n```\n')
  })

  test('what is not there is not found', async () => {
    const ran = await audit(['show', '99999999', '--json'])
    expect(ran.code).toBe(EXITS.not_found.code)
  })
})

describe('the record of a state directory', () => {
  test('is read without a gateway, and left as it is', async () => {
    const own = await temporaryDirectory({ 'policies/policy.yaml': POLICY })
    const ran = await startGateway({ args: ['--no-auth', '--demo'], directory: own.path })
    const response = await fetch(`${ran.url}/mcp/invoke?mcp_server=demo`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"tool_name":"echo","parameters":{"text":"kept"}}',
    })
    await response.text()
    await ran.close()
    const local = (args: readonly string[]) =>
      datacline(['audit', ...args, '--local', '--json'], { cwd: own.path })
    const tail = await local(['tail', 'tool:echo'])
    expect(tail).toMatchObject({ code: 0, stderr: '' })
    const event = JSON.parse(tail.stdout)
    expect(event).toMatchObject({ tool_name: 'echo', parameters: { text: 'kept' } })
    expect(JSON.parse((await local(['query', 'tool:echo'])).stdout).count).toBe(1)
    expect(JSON.parse((await local(['show', `#${event.seq}`])).stdout).event).toEqual(event)
    own.remove()
  })

  test('one that is not there is told, and not made', async () => {
    const ran = await datacline(['audit', 'tail', '--local', '--json'], { cwd: elsewhere.path })
    expect(ran.code).toBe(EXITS.not_found.code)
    expect(await Bun.file(`${elsewhere.path}/.datacline/datacline.db`).exists()).toBe(false)
  })
})

describe('who may read the record', () => {
  test('without a token, from a directory of another gateway, nobody', async () => {
    const ran = await audit(['tail', '--json'], elsewhere.path)
    expect(ran.code).toBe(EXITS.auth.code)
  })
})
