import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import {
  registerServer,
  removeServer,
  type ServersText,
  serverBlocks,
  serverPlace,
  switchServer,
} from '../../src/config/server-registration.ts'
import { SettingsFault } from '../../src/config/settings-fault.ts'
import { YamlFault } from '../../src/lib/yaml.ts'

const FILE = `# Ours.
servers:
  dev:
    url: http://localhost:3000   # loopback
    timeout: 30
    # for the tests
    enabled: yes

  # The real thing.
  prod:
    url: https://mcp.example.com
    auth:
      method: bearer
      credential_ref: env://PROD_TOKEN
`

const from = (text: string, variables: Readonly<Record<string, string>> = {}): ServersText => ({
  text,
  file: 'mcp_servers.yaml',
  context: { directory: '/config', defaultTimeout: 60, readVariable: (name) => variables[name] },
})

describe('a registration (flaw F38)', () => {
  test('of a new server adds it and keeps every line there was', () => {
    const { text } = registerServer(from(FILE), 'new', {
      url: 'https://n.example.com',
      timeout: 30,
    })
    expect(text).toBe(`${FILE}\n  new:\n    url: https://n.example.com\n    timeout: 30\n`)
  })

  test('of what is there already changes nothing', () => {
    const block = { url: 'http://localhost:3000', timeout: 30 }
    const once = registerServer(from(''), 'dev', block)
    expect(registerServer(from(once.text), 'dev', block).text).toBe(once.text)
  })

  test('in the place of another keeps what both say, comments included', () => {
    const { text } = registerServer(from(FILE), 'dev', {
      url: 'http://localhost:4000',
      timeout: 30,
      tags: ['a'],
    })
    expect(text).toBe(
      FILE.replace('3000', '4000')
        .replace('    enabled: yes\n', '')
        .replace('    # for the tests\n', '    tags:\n      - a\n    # for the tests\n'),
    )
  })

  test('that would make the file invalid is refused, whatever is wrong', () => {
    const faults: readonly (readonly [string, object, string])[] = [
      ['a b', { url: 'http://x' }, 'a server name is'],
      ['DEV', { url: 'http://x' }, 'differs from dev only in case'],
      ['x', { url: 'ftp://x' }, 'expected an http:// or https:// URL'],
      ['x', { url: 'http://169.254.169.254/' }, 'link-local or metadata'],
      ['x', { url: 'http://x', type: 'grpc' }, 'grpc is not supported'],
      ['x', { url: 'http://x', timeout: 0 }, 'expected seconds'],
      ['x', { url: 'http://x', auth: { method: 'baerer' } }, 'expected'],
      ['x', { type: 'stdio' }, 'a stdio server needs command'],
      ['x', {}, 'url is required'],
    ]
    for (const [name, block, sentence] of faults) {
      const register = () => registerServer(from(FILE), name, block)
      expect(register).toThrow(YamlFault)
      expect(register).toThrow(sentence)
    }
  })

  test('tells of variables that are not set here, and of secrets that stand in the file', () => {
    const block = { url: 'http://x', auth: { method: 'bearer' as const, credential_value: 'hush' } }
    const registration = registerServer(from(FILE), 'x', block)
    expect(registration.unset).toEqual(['PROD_TOKEN'])
    expect(registration.holdsSecrets).toBe(true)
    expect(registration.notices.join()).toContain('the credential stands in the file')
    const set = registerServer(from(FILE, { PROD_TOKEN: 'a-real-token' }), 'y', { url: 'http://y' })
    expect(set).toMatchObject({ unset: [], holdsSecrets: false })
  })

  test('never edits what an alias shares', () => {
    const shared = 'servers:\n  a: &a\n    url: http://a\n  b: *a\n'
    expect(() => switchServer(from(shared), 'b', false)).toThrow(SettingsFault)
    expect(() => switchServer(from(shared), 'a', false)).toThrow('edit the file by hand')
    expect(switchServer(from(`${shared}  c: { url: http://c }\n`), 'c', false).text).toContain(
      'enabled: false',
    )
  })
})

describe('other edits', () => {
  test('off and on again', () => {
    const off = switchServer(from(FILE), 'dev', false).text
    expect(off).toBe(FILE.replace('enabled: yes', 'enabled: false'))
    expect(switchServer(from(off), 'dev', true).text).toBe(FILE.replace('yes', 'true'))
    expect(switchServer(from(FILE), 'prod', true).text).toBe(FILE)
  })

  test('a server that is broken can be removed, or replaced', () => {
    const broken = FILE.replace('    timeout: 30\n', '    timeuot: 30\n')
    expect(removeServer(from(broken), 'dev').text).not.toContain('timeuot')
    expect(registerServer(from(broken), 'dev', { url: 'http://x' }).text).not.toContain('timeuot')
    expect(() => removeServer(from(broken), 'prod')).toThrow('did you mean "timeout"?')
  })

  test('the last one leaves a file that still loads', () => {
    const text = removeServer(from('servers:\n  dev:\n    url: http://x\n'), 'dev').text
    expect(serverBlocks(text, 'f')).toEqual({})
    expect(registerServer(from(text), 'dev', { url: 'http://x' }).text).toContain('url: http://x')
  })

  test('says where an entry stands', () => {
    expect(serverPlace(FILE, 'mcp_servers.yaml', 'prod')).toBe('mcp_servers.yaml:10')
  })

  test('every server of the samples can be switched off and removed, and the file still loads', async () => {
    const root = join(import.meta.dir, '../..')
    for (const path of ['mcp_servers.yaml', 'examples/mcp_servers_complete.yaml']) {
      const text = await Bun.file(join(root, path)).text()
      for (const name of Object.keys(serverBlocks(text, path))) {
        const off = switchServer(from(text), name, false).text
        expect(serverBlocks(off, path)[name]).toMatchObject({ enabled: false })
        expect(serverBlocks(removeServer(from(off), name).text, path)[name]).toBeUndefined()
      }
    }
  })
})
