import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseDotenv } from '../../src/config/dotenv.ts'
import { createVariableReader } from '../../src/config/secret-reference.ts'
import { loadServers, parseServers, type ServersContext } from '../../src/config/servers-file.ts'
import { YamlFault } from '../../src/lib/yaml.ts'

const directory = mkdtempSync(join(tmpdir(), 'servers-'))
afterAll(() => rmSync(directory, { recursive: true }))
writeFileSync(join(directory, 'key'), '\n  s3cret-of-file \n')
writeFileSync(join(directory, 'empty'), ' \n')

const context: ServersContext = {
  directory,
  defaultTimeout: 60,
  readVariable: createVariableReader(
    { PAT: 's3cret-of-environment', BOTH: 'environment', LOGIN: 'user:pass', LINES: 'a\r\nX: 1' },
    parseDotenv('DOTENV=s3cret-of-dotenv\nBOTH=dotenv\nEMPTY='),
  ),
}
const parse = (text: string) => parseServers(text, 'mcp_servers.yaml', context)
const only = (text: string) => {
  const { servers, ...rest } = parse(text)
  expect(servers).toHaveLength(1)
  return { server: servers[0]!, ...rest }
}
/** A server `a` with an `auth:` block that starts on line 4. */
const withAuth = (lines: string, more = '') =>
  `servers:\n  a:\n    url: https://x/mcp${more}\n    auth:\n${lines.replace(/^/gm, '      ')}\n`
const headersOf = (lines: string) => only(withAuth(lines)).server.credentialHeaders

describe('the servers file', () => {
  test('gives every server with its defaults and its place', () => {
    const { servers, notices, secrets, holdsSecrets } = parse(
      'servers:\n  prod-server:\n    url: https://mcp.example.com\n  b: {url: http://b, timeout: 0.5, enabled: false}\n',
    )
    expect(servers[0]).toEqual({
      name: 'prod-server',
      transport: 'http',
      declaredType: 'http',
      url: 'https://mcp.example.com',
      command: [],
      environment: {},
      workingDirectory: undefined,
      timeout: 60_000,
      enabled: true,
      description: undefined,
      tags: [],
      protocolVersion: undefined,
      credentialHeaders: {},
      at: 'mcp_servers.yaml:2',
    })
    expect(servers[1]).toMatchObject({ timeout: 500, enabled: false, at: 'mcp_servers.yaml:4' })
    expect({ notices, secrets, holdsSecrets }).toEqual({
      notices: [],
      secrets: [],
      holdsSecrets: false,
    })
  })

  test.each([
    ['nothing at all', ''],
    ['comments only', '# servers:\n'],
    ['servers: with everything commented out', 'servers:\n  # a:\n'],
    ['an empty mapping', 'servers: {}\n'],
  ])('with %s has no servers', (_name, text) => {
    expect(parse(text).servers).toEqual([])
  })

  test('who shares what of a server is said where it can be', () => {
    const http = 'servers:\n  a: {url: http://a, stateless: '
    expect(only(`${http}true}\n`).server).toMatchObject({ stateless: true })
    expect(only(`${http}false}\n`).server).not.toHaveProperty('stateless')
    const stdio = 'servers:\n  a: {command: a, process: '
    expect(only(`${stdio}principal}\n`).server).toMatchObject({ process: 'principal' })
    expect(only(`${stdio}shared}\n`).server).not.toHaveProperty('process')
    expect(() => parse(`${stdio}alone}\n`)).toThrow('process')
    expect(() => parse('servers:\n  a: {command: a, stateless: true}\n')).toThrow(
      'belongs to type: http',
    )
    expect(() => parse('servers:\n  a: {url: http://a, process: shared}\n')).toThrow(
      'belongs to type: stdio',
    )
  })

  test('flaw F39: yes, no, on and off are booleans, and a server called off keeps its name', () => {
    const { servers } = parse(
      'servers:\n  off: {url: http://a, enabled: on}\n  b: {url: http://b, enabled: no}\n  c: {url: http://c, enabled: Yes}\n  d: {url: http://d, enabled: off}\n',
    )
    expect(servers.map(({ name, enabled }) => [name, enabled])).toEqual([
      ['off', true],
      ['b', false],
      ['c', true],
      ['d', false],
    ])
  })

  test('flaw F36: a missing file is no servers file, or a fault when somebody named it; never a new file', () => {
    const before = readdirSync(directory)
    const path = join(directory, 'mcp_servers.yaml')
    expect(loadServers(path, false, context)).toBeUndefined()
    expect(() => loadServers(path, true, context)).toThrow('mcp_servers.yaml: no such file')
    expect(() => loadServers(directory, false, context)).toThrow(
      `${directory}: is a directory, expected a file`,
    )
    expect(readdirSync(directory)).toEqual(before)
    writeFileSync(path, 'servers: {a: {url: http://a}}')
    expect(loadServers(path, true, context)?.servers).toHaveLength(1)
    rmSync(path)
  })

  test.each([
    ['http', 'http'],
    ['HTTP', 'http'],
    ['streamable-http', 'http'],
    ['streamable_http', 'http'],
    ['sse', 'sse'],
    ['rest', 'rest'],
  ] as const)('type %s is transport %s', (type, transport) => {
    const { server, notices } = only(`servers: {a: {url: http://a, type: ${type}}}`)
    expect(server.transport).toBe(transport)
    expect(server.declaredType).toBe(type)
    expect(notices).toEqual([])
  })

  test('a type that names no transport is http, as in the original, with a notice', () => {
    const text =
      'servers:\n  es:\n    url: http://es\n    type: elasticsearch-mcp\n  b: {url: http://b, type: strem}'
    const { servers, notices } = parse(text)
    expect(servers.map(({ transport, declaredType }) => [transport, declaredType])).toEqual([
      ['http', 'elasticsearch-mcp'],
      ['http', 'strem'],
    ])
    expect(notices).toEqual([
      'mcp_servers.yaml:4 servers.es.type: "elasticsearch-mcp" names no transport, treated as http',
      'mcp_servers.yaml:5 servers.b.type: "strem" names no transport, treated as http',
    ])
    expect(only('servers: {a: {url: http://a, type: restt}}').notices).toEqual([
      'mcp_servers.yaml:1 servers.a.type: "restt" names no transport, treated as http; did you mean rest?',
    ])
  })
})

describe('a fault of the servers file stops the start with its place', () => {
  const nameRule = 'a server name is 1 to 64 letters, digits, ".", "_" or "-"'
  const url = (text: string) => `servers:\n  a:\n    url: "${text}"\n`
  test.each<[string, string, string]>([
    [
      'a mistyped top key',
      'servrs: {}',
      '1:1 servrs: unknown key "servrs"; did you mean "servers"?',
    ],
    ['a list', 'servers:\n  - name: a', '1:1 servers: expected a mapping, got [{"name":"a"}]'],
    ['a text', 'servers:\n  a: http://a', '2:3 servers.a: expected a mapping, got "http://a"'],
    [
      'a name twice',
      'servers:\n  a: {url: http://a}\n  a: {url: http://b}',
      '3:3 Map keys must be unique',
    ],
    ['flaw F37: no url', 'servers:\n  a:\n    type: http', '2:3 servers.a: url is required'],
    [
      'a mistyped key',
      'servers:\n  a:\n    urll: http://a',
      '3:5 servers.a.urll: unknown key "urll"; did you mean "url"?',
    ],
    [
      'a number as url',
      'servers:\n  a:\n    url: 3000',
      '3:5 servers.a.url: expected string, got 3000',
    ],
    [
      'timeout 0',
      'servers:\n  a: {url: http://a, timeout: 0}',
      '2:22 servers.a.timeout: expected seconds above 0, at most 86400, got 0',
    ],
    [
      'a text as timeout',
      'servers:\n  a: {url: http://a, timeout: 30s}',
      '2:22 servers.a.timeout: expected seconds above 0, at most 86400, got "30s"',
    ],
    [
      'a timeout that no timer can hold',
      'servers:\n  a: {url: http://a, timeout: 9e9}',
      '2:22 servers.a.timeout: expected seconds above 0, at most 86400, got 9000000000',
    ],
    [
      'enabled: maybe',
      'servers:\n  a: {url: http://a, enabled: maybe}',
      '2:22 servers.a.enabled: expected true or false, got "maybe"',
    ],
    [
      'a text as tags',
      'servers:\n  a: {url: http://a, tags: x}',
      '2:22 servers.a.tags: expected a list, got "x"',
    ],
    [
      'an unknown version',
      'servers:\n  a: {url: http://a, protocol_version: "2025"}',
      '2:22 servers.a.protocol_version: expected one of 2026-07-28, 2025-11-25, 2025-06-18, 2025-03-26, 2024-11-05',
    ],
    ['another scheme', url('ftp://a'), '3:5 servers.a.url: expected an http:// or https:// URL'],
    ['no scheme', url('localhost:3000'), '3:5 servers.a.url: expected an http:// or https:// URL'],
    ['no host', url('http://'), '3:5 servers.a.url: expected an http:// or https:// URL'],
    ['one slash', url('http:/a'), '3:5 servers.a.url: expected an http:// or https:// URL'],
    [
      'a credential in the url',
      url('http://user:hunter2@a'),
      '3:5 servers.a.url: a URL must not hold a user name or password',
    ],
    [
      'the metadata address',
      url('http://169.254.169.254/latest'),
      '3:5 servers.a.url: 169.254.169.254 is a link-local or metadata address',
    ],
    [
      'gRPC',
      'servers:\n  a: {url: http://a, type: grpc}',
      '2:22 servers.a.type: grpc is not supported; http, sse, stdio and rest are',
    ],
    [
      'websocket',
      'servers:\n  a: {url: http://a, type: WebSocket}',
      '2:22 servers.a.type: WebSocket is not supported; http, sse, stdio and rest are',
    ],
    [
      'ws',
      'servers:\n  a: {url: ws://a, type: ws}',
      '2:20 servers.a.type: ws is not supported; http, sse, stdio and rest are',
    ],
    [
      'a command over http',
      'servers:\n  a: {url: http://a, type: http, command: x}',
      '2:34 servers.a.command: belongs to type: stdio',
    ],
    [
      'env over http',
      'servers:\n  a: {url: http://a, env: {A: b}}',
      '2:22 servers.a.env: belongs to type: stdio',
    ],
    [
      'stdio without command',
      'servers:\n  a: {type: stdio}',
      '2:3 servers.a: a stdio server needs command: and its program',
    ],
    [
      'stdio with headers',
      'servers:\n  a: {command: x, auth: {method: bearer, credential_ref: "env://PAT"}}',
      '2:19 servers.a.auth: a stdio server has no headers; give the credential in env:',
    ],
    [
      'a number in args',
      'servers:\n  a: {command: x, args: [-p, 80]}',
      '2:30 servers.a.args[1]: expected text; put it in quotes, got 80',
    ],
    [
      'a number in env',
      'servers:\n  a: {command: x, env: {PORT: 80}}',
      '2:25 servers.a.env.PORT: expected text; put it in quotes',
    ],
    [
      'a bad name in env',
      'servers:\n  a: {command: x, env: {A B: c}}',
      '2:25 servers.a.env.A B: expected the name of a variable',
    ],
    [
      'a missing secret in env',
      'servers:\n  a: {command: x, env: {T: "env://NOT_SET"}}',
      '2:25 servers.a.env.T: NOT_SET is set neither in the environment nor in .env',
    ],
    [
      'a broken reference in env',
      'servers:\n  a: {command: x, env: {T: "env://A B"}}',
      '2:25 servers.a.env.T: expected the name of a variable after env://',
    ],
    [
      'a NUL in args',
      'servers:\n  a: {command: x, args: ["a\\0b"]}',
      '2:3 servers.a: a command line cannot carry a NUL',
    ],
    [
      'a NUL in env',
      'servers:\n  a: {command: x, env: {T: "a\\0b"}}',
      '2:25 servers.a.env.T: a variable cannot carry a NUL',
    ],
    [
      'wrong args in metadata',
      'servers:\n  a: {type: stdio, metadata: {command: x, args: y}}',
      '2:43 servers.a.metadata.args: expected a list, got "y"',
    ],
    ['an empty name', 'servers:\n  "": {url: http://a}', `2:3 servers.: ${nameRule}`],
    ['a slash in a name', 'servers:\n  a/b: {url: http://a}', `2:3 servers.a/b: ${nameRule}`],
    ['a colon in a name', 'servers:\n  "a:b": {url: http://a}', `2:3 servers.a:b: ${nameRule}`],
    ['a blank in a name', 'servers:\n  a b: {url: http://a}', `2:3 servers.a b: ${nameRule}`],
    [
      'a line break in a name',
      'servers:\n  "a\\nb": {url: http://a}',
      `2:3 servers.a\nb: ${nameRule}`,
    ],
    [
      'a name of 65',
      `servers:\n  ${'a'.repeat(65)}: {url: http://a}`,
      `2:3 servers.${'a'.repeat(65)}: ${nameRule}`,
    ],
    [
      'two dots',
      'servers:\n  ..: {url: http://a}',
      '2:3 servers...: a server name must survive in a URL',
    ],
    [
      '__ in a name',
      'servers:\n  a__b: {url: http://a}',
      '2:3 servers.a__b: "__" separates server and tool, and cannot be in a name',
    ],
    [
      '__proto__',
      'servers:\n  __proto__: {url: http://a}',
      '2:3 servers.__proto__: "__" separates server and tool, and cannot be in a name',
    ],
    [
      '_ at the end',
      'servers:\n  a_: {url: http://a}',
      '2:3 servers.a_: a server name must not end in "_", which "__" follows in aliases',
    ],
    [
      'our own name',
      'servers:\n  Gateway: {url: http://a}',
      '2:3 servers.Gateway: "Gateway" is reserved for the gateway itself',
    ],
    [
      'a name that differs in case',
      'servers:\n  prod: {url: http://a}\n  Prod: {url: http://b}',
      '3:3 servers.Prod: differs from prod only in case',
    ],
  ])('%s', (_name, text, message) => {
    expect(() => parse(text)).toThrow(YamlFault)
    expect(messageOf(() => parse(text))).toBe(`mcp_servers.yaml:${message}`)
  })
})

describe('an auth: block', () => {
  test.each<[string, string, Record<string, string>]>([
    [
      'bearer',
      'method: bearer\ncredential_ref: env://PAT',
      { authorization: 'Bearer s3cret-of-environment' },
    ],
    [
      'a variable of .env (flaw F35)',
      'method: bearer\ncredential_ref: env://DOTENV',
      { authorization: 'Bearer s3cret-of-dotenv' },
    ],
    [
      'the environment before .env',
      'method: bearer\ncredential_ref: env://BOTH',
      { authorization: 'Bearer environment' },
    ],
    [
      'a file, stripped',
      `method: bearer\ncredential_ref: file://${join(directory, 'key')}`,
      { authorization: 'Bearer s3cret-of-file' },
    ],
    [
      'basic, encoded (flaw F33)',
      'method: basic\ncredential_ref: env://LOGIN',
      { authorization: 'Basic dXNlcjpwYXNz' },
    ],
    [
      'a raw key in a header of its own',
      'method: api_key\nname: X-API-Key\nformat: raw\ncredential_ref: env://PAT',
      { 'x-api-key': 's3cret-of-environment' },
    ],
    [
      'another prefix',
      'method: api_key\nprefix: "Token "\ncredential_ref: env://PAT',
      { authorization: 'Token s3cret-of-environment' },
    ],
    [
      'a template',
      'method: custom\nformat: template\ntemplate: "k={credential}; again={credential}"\ncredential_ref: env://BOTH',
      { authorization: 'k=environment; again=environment' },
    ],
    [
      'a literal that looks like a replacement',
      'method: custom\nformat: template\ntemplate: "k={credential}"\ncredential: "$&"',
      { authorization: 'k=$&' },
    ],
    [
      "the third generation's literal",
      'method: bearer\ncredential: abc',
      { authorization: 'Bearer abc' },
    ],
    ['none', 'method: none', {}],
  ])('with %s becomes a header', (_name, lines, headers) => {
    expect(headersOf(lines)).toEqual(headers)
  })

  const place = (line: number, key: string) => `mcp_servers.yaml:${line}:7 servers.a.auth.${key}: `
  const block = 'mcp_servers.yaml:4:5 servers.a.auth: '
  test.each<[string, string, string]>([
    [
      'no method',
      'credential_ref: env://PAT',
      `${place(4, 'method').replace('4:7', '4:5')}is required`,
    ],
    [
      'a mistyped method',
      'method: baerer',
      `${place(5, 'method')}expected api_key | bearer | basic | oauth2 | custom | none, got "baerer"`,
    ],
    [
      'oauth2',
      'method: oauth2',
      `${place(5, 'method')}oauth2 is not supported yet; use bearer with a token in credential_ref`,
    ],
    [
      'a mistyped key',
      'method: bearer\ncredential_reff: env://PAT',
      `${place(6, 'credential_reff')}unknown key "credential_reff"; did you mean "credential_ref"?`,
    ],
    [
      'the query (flaw F33)',
      'method: bearer\nlocation: query',
      `${place(6, 'location')}only header is supported; a credential in the query would end up in logs`,
    ],
    [
      'the body (flaw F33)',
      'method: bearer\nlocation: body',
      `${place(6, 'location')}only header is supported; a credential in the body would end up in logs`,
    ],
    ['no credential', 'method: bearer', `${block}needs credential_ref: env://NAME or file:///path`],
    [
      'two credentials',
      'method: bearer\ncredential: hunter2\ncredential_ref: env://PAT',
      `${place(6, 'credential')}there is already credential_ref; one credential only`,
    ],
    [
      'none with a credential',
      'method: none\ncredential_ref: env://PAT',
      `${place(6, 'credential_ref')}method none has no credential`,
    ],
    [
      'a number as credential',
      'method: bearer\ncredential: 123456',
      `${place(6, 'credential')}expected text`,
    ],
    [
      'a variable that is not set',
      'method: bearer\ncredential_ref: env://NOT_SET',
      `${place(6, 'credential_ref')}NOT_SET is set neither in the environment nor in .env`,
    ],
    [
      'a variable that is empty',
      'method: bearer\ncredential_ref: env://EMPTY',
      `${place(6, 'credential_ref')}EMPTY is set neither in the environment nor in .env`,
    ],
    [
      'no variable',
      'method: bearer\ncredential_ref: env://',
      `${place(6, 'credential_ref')}expected the name of a variable after env://`,
    ],
    [
      'vault',
      'method: bearer\ncredential_ref: vault://a/b',
      `${place(6, 'credential_ref')}vault:// is not supported; use env:// or file:///`,
    ],
    [
      'another scheme',
      'method: bearer\ncredential_ref: hunter2',
      `${place(6, 'credential_ref')}expected env://NAME or file:///absolute/path`,
    ],
    [
      'a relative file',
      'method: bearer\ncredential_ref: file://key',
      `${place(6, 'credential_ref')}expected an absolute path after file://, as in file:///run/secrets/token`,
    ],
    [
      'a missing file',
      'method: bearer\ncredential_ref: file:///nowhere/key',
      `${place(6, 'credential_ref')}file:///nowhere/key: no such file`,
    ],
    [
      'a reference as literal',
      'method: bearer\ncredential_value: env://PAT',
      `${place(6, 'credential_value')}a literal is sent as it stands; for a reference use credential_ref: env://NAME`,
    ],
    [
      'an expansion as literal',
      'method: bearer\ncredential: "$\x7bPAT}"',
      `${place(6, 'credential')}a literal is sent as it stands; for a reference use credential_ref: env://NAME`,
    ],
    [
      'basic without a colon',
      'method: basic\ncredential_ref: env://PAT',
      `${place(6, 'credential_ref')}expected user:password`,
    ],
    [
      'a template without its place',
      'method: custom\nformat: template\ntemplate: x\ncredential_ref: env://PAT',
      `${block}format template needs a template: with {credential} in it`,
    ],
    [
      'line breaks in a credential',
      'method: bearer\ncredential_ref: env://LINES',
      `${place(6, 'credential_ref')}a header cannot carry line breaks, control or non-ASCII characters`,
    ],
    [
      'line breaks in a prefix',
      'method: bearer\nprefix: "a\\r\\n"\ncredential_ref: env://PAT',
      `${place(7, 'credential_ref')}a header cannot carry line breaks, control or non-ASCII characters`,
    ],
    [
      'no header name',
      'method: bearer\nname: "a b"\ncredential_ref: env://PAT',
      `${place(6, 'name')}expected a header that a credential may use`,
    ],
    [
      'a header of the gateway',
      'method: bearer\nname: Mcp-Session-Id\ncredential_ref: env://PAT',
      `${place(6, 'name')}expected a header that a credential may use`,
    ],
    [
      'Host',
      'method: bearer\nname: Host\ncredential_ref: env://PAT',
      `${place(6, 'name')}expected a header that a credential may use`,
    ],
  ])('with %s is refused, never read as "no credential"', (_name, lines, message) => {
    expect(messageOf(() => parse(withAuth(lines)))).toBe(message)
  })

  test('that is empty is refused', () => {
    expect(messageOf(() => parse('servers:\n  a:\n    url: http://a\n    auth:\n'))).toBe(
      `${block}expected a mapping, got null`,
    )
  })

  test('of a server that is switched off may wait for its secret, and for nothing else', () => {
    const { server, notices } = only(
      withAuth('method: bearer\ncredential_ref: env://NOT_SET', '\n    enabled: false'),
    )
    expect(server).toMatchObject({ enabled: false, credentialHeaders: {} })
    expect(notices).toEqual([
      'mcp_servers.yaml:7 servers.a.auth.credential_ref: NOT_SET is set neither in the environment nor in .env',
    ])
    expect(() => parse(withAuth('method: oauth2', '\n    enabled: false'))).toThrow('oauth2')
  })

  test('gives its secrets in every form in which they travel, for redaction', () => {
    expect(only(withAuth('method: bearer\ncredential_ref: env://PAT')).secrets).toEqual([
      's3cret-of-environment',
    ])
    expect(only(withAuth('method: basic\ncredential_ref: env://LOGIN')).secrets).toEqual([
      'user:pass',
      'dXNlcjpwYXNz',
    ])
  })

  test('with a literal works with a notice, and the file holds secrets then', () => {
    const { notices, holdsSecrets } = only(withAuth('method: bearer\ncredential_value: hunter2'))
    expect(holdsSecrets).toBe(true)
    expect(notices).toEqual([
      'mcp_servers.yaml:6 servers.a.auth.credential_value: the credential stands in the file; credential_ref: env://NAME keeps it out',
    ])
    expect(only(withAuth('method: bearer\ncredential_ref: env://PAT')).holdsSecrets).toBe(false)
  })
})

describe('a stdio server', () => {
  test('has argv, environment and working directory, absolute where they are paths', () => {
    const { server, secrets, notices } = only(
      'servers:\n  a:\n    command: ./bin/server\n    args: ["a;b $(c)", --x]\n    cwd: data\n    timeout: 5\n    env: {LEVEL: info, PAT: env://PAT, GITHUB_TOKEN: abc}\n',
    )
    expect(server).toMatchObject({
      transport: 'stdio',
      declaredType: 'stdio',
      url: undefined,
      command: [join(directory, 'bin/server'), 'a;b $(c)', '--x'],
      workingDirectory: join(directory, 'data'),
      environment: { LEVEL: 'info', PAT: 's3cret-of-environment', GITHUB_TOKEN: 'abc' },
      timeout: 5000,
    })
    expect(secrets).toEqual(['s3cret-of-environment', 'abc'])
    expect(notices).toEqual([])
  })

  test('finds a program without a slash in PATH, and runs beside its configuration', () => {
    const { server } = only('servers: {a: {type: stdio, command: bunx}}')
    expect([server.command, server.workingDirectory]).toEqual([['bunx'], directory])
  })

  test('may keep its command in metadata, as the third generation wrote it', () => {
    const { server, notices } = only(
      'servers:\n  a:\n    type: stdio\n    url: stdio://a\n    metadata: {command: npx, args: ["-y", x], env: {A: b}, note: mine}\n',
    )
    expect(server).toMatchObject({ command: ['npx', '-y', 'x'], environment: { A: 'b' } })
    expect(notices).toEqual(['mcp_servers.yaml:4 servers.a.url: a stdio server has no use for it'])
  })

  test('with a shell line as command gets a notice', () => {
    expect(only('servers:\n  a: {command: npx -y x}').notices).toEqual([
      'mcp_servers.yaml:2 servers.a.command: is one program and no shell line; its arguments belong in args:',
    ])
  })

  test('that is switched off may wait for its secrets', () => {
    const { server, notices } = only(
      'servers:\n  a: {command: x, enabled: no, env: {T: "env://NOT_SET"}}',
    )
    expect(server.enabled).toBe(false)
    expect(notices).toHaveLength(1)
  })
})

const messageOf = (act: () => unknown): string => {
  try {
    act()
  } catch (fault) {
    return (fault as Error).message
  }
  return 'nothing was thrown'
}
