import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readdir } from 'node:fs/promises'
import { datacline, onTerminal, temporaryDirectory } from '../support/datacline.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { startUpstream } from '../support/upstream.ts'

const PIXEL = Buffer.from('a picture').toString('base64')

const upstream = startUpstream({
  tools: {
    picture: {
      call: () => ({
        content: [
          { type: 'text', text: 'look:\u001b[31m' },
          { type: 'image', data: PIXEL, mimeType: 'image/png' },
          { type: 'resource_link', uri: 'test://a', name: 'a' },
        ],
      }),
    },
    form: {
      inputSchema: {
        type: 'object',
        properties: {
          colour: { enum: ['red', 'green'], description: 'Which colour' },
          count: { type: 'integer', minimum: 1 },
          api_key: { type: 'string' },
        },
        required: ['colour', 'count', 'api_key'],
      },
    },
  },
})

const directory = await temporaryDirectory()
let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({
    args: ['--no-auth'],
    servers: { pictures: { url: upstream.url, type: 'http' } },
  })
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
  directory.remove()
})

const world = () => ({ cwd: directory.path, env: { DATACLINE_GATEWAY: gateway.url } })
const invoke = (...args: string[]) => datacline(['invoke', ...args], world())

describe('invoke', () => {
  test('text is made harmless, bytes are summed up and saved only when asked', async () => {
    const { stdout } = await invoke('pictures', 'picture')
    expect(stdout).toBe(
      'look:\\u{1b}[31m\n[image: image/png, 9 B → --save-dir DIR saves it]\ntest://a  a\n',
    )
    expect(await readdir(directory.path)).toEqual([])
  })

  test('a picture is drawn where the terminal says that it can', async () => {
    const { cwd, env } = world()
    const kitty = { cwd, env: { ...env, TERM: 'xterm-kitty' } }
    const terminal = onTerminal(['invoke', 'pictures', 'picture'], kitty)
    await terminal.sees(`\u001b_Gf=100,a=T,q=2,m=0;${PIXEL}\u001b\\`)
    await terminal.sees('[image: image/png, 9 B')
    expect(await terminal.ended).toBe(0)
  })

  test('--save-dir saves under names of our own and overwrites nothing', async () => {
    for (const expected of ['picture-1.png', 'picture-2.png']) {
      const { stdout } = await invoke('pictures', 'picture', '--save-dir', 'out')
      expect(stdout).toContain(`${directory.path}/out/${expected}`)
      expect(await directory.read(`out/${expected}`)).toBe('a picture')
    }
  })

  test('--raw gives the whole result', async () => {
    const { stdout } = await invoke('pictures', 'picture', '--raw')
    expect(JSON.parse(stdout).content[1]).toEqual({
      type: 'image',
      data: PIXEL,
      mimeType: 'image/png',
    })
  })

  test('--explain says why it is permitted, on standard error and in the JSON', async () => {
    const people = await invoke('pictures', 'picture', '--explain')
    expect(people.stderr).toContain('allowed by built-in role local-developer')
    const scripts = await invoke('pictures', 'picture', '--explain', '--json')
    expect(JSON.parse(scripts.stdout).decision).toMatchObject({ code: 'built_in_role' })
  })

  test('--dry-run sends nothing to the server', async () => {
    const before = upstream.calls().length
    const { code, stdout } = await invoke('pictures', 'picture', '--dry-run')
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'allowed by built-in role local-developer\n{}\n',
    })
    expect(upstream.calls().length).toBe(before)
  })

  test('wrong parameters never reach the server', async () => {
    const before = upstream.calls().length
    const { code, stderr } = await invoke('pictures', 'form', 'colour=blue', 'count=0')
    expect(code).toBe(2)
    expect(stderr).toContain('colour: expected "red" or "green", got "blue"')
    expect(stderr).toContain('count: must be >= 1')
    expect(stderr).toContain('api_key: missing (string)')
    expect(upstream.calls().length).toBe(before)
  })
})

describe('invoke where a person is', () => {
  test('asks for the server, the tool and what it needs; what is wrong can be mended', async () => {
    const terminal = onTerminal(['invoke'], world())
    await terminal.sees('Server')
    terminal.press('enter')
    await terminal.sees('Tool')
    terminal.press('down', 'enter')
    await terminal.sees('colour: Which colour')
    terminal.press('down', 'enter')
    await terminal.sees('count (integer)')
    terminal.press('0', 'enter')
    await terminal.sees('must be >= 1')
    terminal.press('\u007f', '7', 'enter')
    await terminal.sees('api_key (string)')
    terminal.press('ctrl-c')
    expect(await terminal.ended).toBe(130)
  })

  test('what is typed as a secret is shown nowhere', async () => {
    const terminal = onTerminal(['invoke', 'pictures', 'form', 'count=7'], world())
    await terminal.sees('colour')
    terminal.press('down', 'enter')
    await terminal.sees('api_key')
    terminal.press('hunter2', 'enter')
    await terminal.sees('the same without questions: datacline invoke pictures form')
    expect(await terminal.ended).toBe(0)
    const [call] = upstream.calls('form').slice(-1)
    expect(call?.message.params).toMatchObject({
      arguments: { count: 7, colour: 'green', api_key: 'hunter2' },
    })
    const asked = terminal.shown().slice(0, terminal.shown().indexOf('✓'))
    expect(asked.split('"api_key"')[0]).not.toContain('hunter2')
  })

  test('progress is drawn, and gone in the end', async () => {
    const own = await startGateway({ args: ['--no-auth'] })
    const terminal = onTerminal(['invoke', 'demo', 'slow', 'seconds=1.5'], {
      cwd: directory.path,
      env: { DATACLINE_GATEWAY: own.url },
    })
    await terminal.sees('0.5/1.5 Waited 0.5 of 1.5 seconds')
    await terminal.sees('Waited 1.5 seconds.')
    expect(await terminal.ended).toBe(0)
    await own.close()
  })
})
