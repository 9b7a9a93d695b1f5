import { expect, test } from 'bun:test'
import { parseServers } from '../../src/config/servers-file.ts'

const load = (groups: string) =>
  parseServers(
    `servers:\n  files: { type: http, url: 'http://127.0.0.1:1/mcp' }\ngroups:\n${groups}`,
    'mcp_servers.yaml',
    { directory: '/', defaultTimeout: 1, readVariable: () => undefined },
  ).groups

test('a list takes whole servers, a mapping only what it names', () => {
  const [whole, chosen] = load(
    '  a: { servers: [files, demo] }\n  b: { servers: { files: { tools: [r*] } } }',
  )
  expect(whole?.members.map(({ server }) => server)).toEqual(['files', 'demo'])
  expect(whole?.members[0]).toMatchObject({ tools: ['*'], prompts: ['*'], resources: ['*'] })
  expect(chosen?.members).toEqual([{ server: 'files', tools: ['r*'], prompts: [], resources: [] }])
})

test.each([
  ['  a: { servers: [flies] }', /mcp_servers\.yaml:4:\d+ .*did you mean "files"/],
  ['  a: { servers: { files: {} } }', /shows nothing/],
  ['  a: { servers: [files, files] }', /named twice/],
  ['  a/b: { servers: [files] }', /a group name is/],
  ['  a: { servers: { files: { tool: [x] } } }', /groups\.a/],
])('%s is a fault with its place', (text, fault) => {
  expect(() => load(text)).toThrow(fault)
})
