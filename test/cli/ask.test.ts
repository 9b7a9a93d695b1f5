import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { parse } from 'yaml'
import { datacline, onTerminal, temporaryDirectory } from '../support/datacline.ts'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
beforeEach(async () => {
  directory = await temporaryDirectory({ 'mcp_servers.yaml': '# mine\nservers:\n' })
})
afterEach(() => directory.remove())

const servers = async () => parse(await directory.read('mcp_servers.yaml')).servers

describe('where a person is', () => {
  test('register-mcp asks for what was not typed, and writes it', async () => {
    const terminal = onTerminal(['register-mcp'], { cwd: directory.path })
    await terminal.sees('Name')
    terminal.press('prod', 'enter')
    await terminal.sees('Type')
    terminal.press('enter')
    await terminal.sees('URL')
    terminal.press('https://mcp.example.com', 'enter')
    await terminal.sees('Credential')
    terminal.press('down', 'enter')
    await terminal.sees('Variable')
    terminal.press('PROD_TOKEN', 'enter')
    await terminal.sees('Register prod?')
    terminal.press('enter')
    await terminal.sees("✓ MCP server 'prod' registered successfully")
    expect(await terminal.ended).toBe(0)
    expect(await servers()).toEqual({
      prod: {
        url: 'https://mcp.example.com',
        type: 'http',
        timeout: 30,
        enabled: true,
        auth: { method: 'bearer', credential_ref: 'env://PROD_TOKEN' },
      },
    })
    expect(terminal.shown()).toContain(
      'datacline register-mcp prod https://mcp.example.com --type http --auth-method bearer --credential-ref env://PROD_TOKEN',
    )
  })

  test('what is wrong is said at once, and can be mended', async () => {
    const terminal = onTerminal(['register-mcp', '--type', 'http'], { cwd: directory.path })
    await terminal.sees('Name')
    terminal.press('a b', 'enter')
    await terminal.sees('a server name is 1 to 64')
    terminal.press('ctrl-c')
    expect(await terminal.ended).toBe(130)
  })

  test('of a program the exact argument vector is shown before anything is written', async () => {
    const terminal = onTerminal(['register-mcp', 'files', '--type', 'stdio'], {
      cwd: directory.path,
    })
    await terminal.sees('Command and its arguments')
    terminal.press(`bunx server 'my files'`, 'enter')
    await terminal.sees('argv[0]  bunx')
    await terminal.sees('argv[1]  server')
    await terminal.sees('argv[2]  my files')
    await terminal.sees('Register files?')
    expect(await servers()).toBeNull()
    terminal.press('y', 'enter')
    expect(await terminal.ended).toBe(0)
    expect((await servers()).files).toMatchObject({ command: 'bunx', args: ['server', 'my files'] })
  })

  test('no means no', async () => {
    const terminal = onTerminal(['register-mcp', 'x', '--type', 'stdio'], { cwd: directory.path })
    await terminal.sees('Command')
    terminal.press('y', 'enter')
    await terminal.sees('Register x?')
    terminal.press('n', 'enter')
    expect(await terminal.ended).toBe(130)
    expect(await directory.read('mcp_servers.yaml')).toBe('# mine\nservers:\n')
  })

  test.each(['ctrl-c', 'ctrl-d'])('%s leaves, with 130 and nothing done', async (key) => {
    const terminal = onTerminal(['register-mcp'], { cwd: directory.path })
    await terminal.sees('Name')
    terminal.press(key)
    expect(await terminal.ended).toBe(130)
    expect(terminal.shown()).toContain('nothing was done')
    expect(await servers()).toBeNull()
  })

  test('replacing and removing are confirmed', async () => {
    const at = { cwd: directory.path }
    await datacline(['register-mcp', 'dev', 'http://localhost:3000'], at)
    const replacing = onTerminal(['register-mcp', 'dev', 'http://localhost:4000'], at)
    await replacing.sees(/differs in url.*Replace it\?/s)
    replacing.press('y', 'enter')
    expect(await replacing.ended).toBe(0)
    expect((await servers()).dev.url).toBe('http://localhost:4000')
    const removing = onTerminal(['servers', 'rm', 'dev'], at)
    await removing.sees('Remove dev (mcp_servers.yaml:3)?')
    removing.press('y', 'enter')
    expect(await removing.ended).toBe(0)
    expect(await servers()).toBeNull()
  })

  test('the prompt is not on standard output', async () => {
    const script = `"$0" "$1" servers rm dev > out.txt; echo "code $?"`
    await datacline(['register-mcp', 'dev', 'http://localhost:3000'], { cwd: directory.path })
    const main = new URL('../../src/main.ts', import.meta.url).pathname
    const terminal = onTerminal([], { cwd: directory.path }, [
      ...['sh', '-c', script, process.execPath, main],
    ])
    await terminal.sees('Remove dev')
    terminal.press('y', 'enter')
    await terminal.sees('code 0')
    expect(await directory.read('out.txt')).toBe('')
  })
})

describe('where nobody is, nothing waits', () => {
  const refused = 'nobody can be asked here'

  test.each([
    ['CI', ['servers', 'rm', 'dev'], { CI: 'true' }],
    ['DATACLINE_NO_INPUT', ['servers', 'rm', 'dev'], { DATACLINE_NO_INPUT: '1' }],
    ['--no-input', ['servers', 'rm', 'dev', '--no-input'], {}],
    ['--json', ['servers', 'rm', 'dev', '--json'], {}],
    ['a dumb terminal', ['servers', 'rm', 'dev'], { TERM: 'dumb' }],
  ])('also on a terminal, with %s', async (_what, args, env) => {
    await datacline(['register-mcp', 'dev', 'http://localhost:3000'], { cwd: directory.path })
    const terminal = onTerminal(args, { cwd: directory.path, env })
    expect(await terminal.ended).toBe(2)
    expect(terminal.shown()).toContain(refused)
    expect(terminal.shown()).toContain('--yes')
  })

  test.each([undefined, '', 'y\n'])('with standard input %j', async (stdin) => {
    const at = { cwd: directory.path, ...(stdin !== undefined && { stdin }) }
    await datacline(['register-mcp', 'dev', 'http://localhost:3000'], { cwd: directory.path })
    const ran = await datacline(['servers', 'rm', 'dev'], at)
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain(refused)
    expect(ran.stderr).toContain('--yes')
    expect((await servers()).dev).toBeDefined()
    expect((await datacline(['register-mcp'], at)).code).toBe(2)
  })
})
