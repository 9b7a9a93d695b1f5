import { describe, expect, test } from 'bun:test'
import { buildRequest } from '../../src/core/json-rpc.ts'
import { toOperation } from '../../src/core/operation.ts'
import { localPrincipal } from '../../src/core/principal.ts'
import { createDecisionPoint } from '../../src/policy/decision-point.ts'
import { loadPolicy } from '../../src/policy/policy-file.ts'
import { spellings } from '../../src/policy/spellings.ts'

describe('the addresses of one resource', () => {
  const point = createDecisionPoint(
    loadPolicy(
      `
roles:
  reader:
    permissions: [{ resource: "mcp:files:*", actions: [read_resource] }]
user_roles:
  anonymous: [reader]
rules:
  - name: No system files
    condition: { tool: "file:///etc/*" }
    action: deny
  - name: No widgets
    condition: { tool: "ui://admin/*" }
    action: deny
`,
      'policy.yaml',
    ),
  )
  const read = (uri: string) =>
    point.decide(
      localPrincipal('anonymous', 'local-developer'),
      toOperation('files', 'modern', buildRequest(1, 'resources/read', { uri })),
    ).effect

  test.each([
    'file:///etc/passwd',
    'FILE:///etc/passwd',
    'file:/etc/passwd',
    'file:////etc/passwd',
    'file:///etc//passwd',
    'file:///%65tc/passwd',
    'file:///%2565tc/passwd',
    'file://localhost/etc/passwd',
    'file://LOCALHOST/etc/passwd',
    'file://127.0.0.1/etc/passwd',
    'file:\\\\\\etc\\passwd',
    'ui://admin/panel',
    'UI://ADMIN/panel',
    'ui://%61dmin/panel',
  ])('%s is what the rule names', (uri) => {
    expect(read(uri)).toBe('deny')
  })

  test.each(['file:///home/etc/x', 'file://other/etc/passwd', 'ui://chart/a', 'http://x/etc'])(
    '%s is another',
    (uri) => {
      expect(read(uri)).toBe('permit')
    },
  )

  test.each(['file:///a/../etc/passwd', 'file:///a/%2e%2e/etc/passwd', 'file:///a/..%2fetc'])(
    '%s is refused before anybody decides',
    (uri) => {
      expect(() => read(uri)).toThrow('dot segment')
    },
  )

  test('what is no file keeps its slashes', () => {
    expect(spellings('docs://a//b')).toEqual(['docs://a//b'])
  })
})
