import { afterEach, describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '../../src/client.ts'
import { closedAfter } from '../support/closing.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { onScreen, type ScreenTerminal } from '../support/screen.ts'
import { until } from '../support/until.ts'

const ENTER = '\r'
const ESCAPE = '\u001b'
const CTRL_C = '\u0003'
const DIGITS = '12345678901234567890'

const closing = closedAfter(afterEach, 30_000)

/** A server whose one tool never answers; it writes down what it is asked, and that it was cancelled. */
const WAITING = `
const write = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n')
const tools = [{ name: 'wait', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }]
const ANSWERS = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'w', version: '1' } }),
  'tools/list': () => ({ tools }),
  ping: () => ({}),
}
let rest = ''
process.stdin.on('data', async (bytes) => {
  rest += bytes
  const lines = rest.split('\\n')
  rest = lines.pop()
  for (const line of lines) {
    const { id, method, params } = JSON.parse(line)
    if (method === 'tools/call') await Bun.write('called', line)
    else if (method === 'notifications/cancelled') await Bun.write('cancelled', line)
    else if (id !== undefined && ANSWERS[method]) write({ id, result: ANSWERS[method](params) })
    else if (id !== undefined) write({ id, error: { code: -32601, message: 'no such method' } })
  }
})
`

/** An editor of a few words: what it was given stays to be looked at. */
const EDITOR = `for file; do :; done
ls -l "$file" > "$HOME/mode"
cp "$file" "$HOME/before"
echo "$file" > "$HOME/path"
echo '{"id": ${DIGITS}}' > "$file"
`

type Attached = ScreenTerminal &
  Pick<Gateway, 'directory' | 'url'> &
  Readonly<{ statuses: () => Promise<readonly string[]>; read: (file: string) => Promise<string> }>

const attached = async (): Promise<Attached> => {
  const gateway = await startGateway({
    args: ['--no-auth'],
    servers: { waiting: { type: 'stdio', command: process.execPath, args: ['waiting.mjs'] } },
    files: { 'waiting.mjs': WAITING, 'edit.sh': EDITOR },
  })
  closing.push(() => gateway.close())
  const { directory, url } = gateway
  const env = { EDITOR: `sh ${directory}/edit.sh`, HOME: directory }
  const size = { columns: 100, rows: 30 }
  const terminal = onScreen(['tui', '--config', directory], { cwd: directory, env, ...size })
  closing.push(async () => {
    terminal.kill('SIGTERM')
    await terminal.ended
  })
  await terminal.sees('LIVE')
  const operator = createClient({
    url,
    token: await gateway.operatorToken(),
    deadline: () => AbortSignal.timeout(20_000),
    clientInfo: { name: 'test', version: '1' },
  })
  return {
    ...terminal,
    directory,
    url,
    read: (file) => Bun.file(join(directory, file)).text(),
    statuses: async () => {
      const { events } = await operator.history({ filter: 'tool:wait method:tools/call' })
      return events.map(({ status }) => status)
    },
  }
}

const wasWritten = ({ directory }: Attached, file: string): Promise<boolean> =>
  until(() => existsSync(join(directory, file)))

const wasCalledWith = async (terminal: Attached, part: string): Promise<void> => {
  await wasWritten(terminal, 'called')
  await until(
    () => terminal.read('called'),
    (text) => text.includes(part),
  )
}

describe('a call that runs', () => {
  test('in the form: JSON is typed, ctrl-c cancels, the server hears it, the record says so', async () => {
    const terminal = await attached()
    terminal.press('2')
    await terminal.sees(/▸ waiting +/)
    terminal.press(ENTER)
    await terminal.sees(/▸ wait$/m)
    terminal.press(ENTER)
    await terminal.sees('Parameters')
    terminal.press(ENTER)
    await terminal.sees('Call wait on waiting')
    terminal.press('{"id": oops')
    await terminal.sees('no JSON at character 8')
    terminal.press('\u007f\u007f\u007f\u007f')
    await terminal.sees('no JSON yet: expected a value')
    terminal.press(`${DIGITS}}`)
    await terminal.sees(`{"id": ${DIGITS}}`)
    terminal.press(ENTER)
    await terminal.sees('PERMITTED')
    terminal.press(ENTER)
    await terminal.sees('ctrl-c cancels it')
    await wasCalledWith(terminal, `"arguments":{"id":${DIGITS}}`)
    terminal.press(CTRL_C)
    await terminal.sees('CANCELLED')
    await wasWritten(terminal, 'cancelled')
    await until(terminal.statuses, ([last]) => last === 'cancelled')
    terminal.press('1')
    await terminal.sees('asks policy')
  }, 90_000)

  test('made again with what an editor left: policy first, then esc cancels it', async () => {
    const terminal = await attached()
    const given = new AbortController()
    const first = fetch(`${terminal.url}/mcp/invoke?mcp_server=waiting`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"tool_name":"wait","parameters":{"password":"a secret that nobody keeps"}}',
      signal: given.signal,
    }).catch(() => undefined)
    await wasWritten(terminal, 'called')
    given.abort()
    await first
    await until(terminal.statuses, ([last]) => last === 'cancelled')
    await terminal.sees(/⊘ .* wait /)
    terminal.press('r')
    await terminal.sees('marks are never sent')
    terminal.press('E')
    await terminal.sees('with what you wrote, for real?')
    expect(await terminal.read('mode')).toStartWith('-rw-------')
    expect(await terminal.read('before')).toContain('"password": "[redacted]"')
    expect(existsSync((await terminal.read('path')).trim())).toBe(false)
    terminal.press('y')
    await wasCalledWith(terminal, `"arguments":{"id":${DIGITS}}`)
    await terminal.sees('calling again')
    terminal.press(ESCAPE)
    await terminal.sees('still running')
    terminal.press('c')
    await terminal.sees('cancelled: the server was told')
    await until(terminal.statuses, (all) => all.join() === 'cancelled,cancelled')
  }, 90_000)
})
