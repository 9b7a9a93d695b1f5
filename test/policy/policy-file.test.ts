import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { YamlFault } from '../../src/lib/yaml.ts'
import { loadPolicy } from '../../src/policy/policy-file.ts'
import { call, list, person, pointOf, README_POLICY } from './people.ts'

const load = (text: string) => loadPolicy(text, 'policy.yaml')
const rule = (text: string) => `roles: {dev: {}}\nrules:\n  - name: it\n    ${text}\n`

describe('row 9: a bad file is refused with its place', () => {
  test.each([
    [
      'an empty file',
      '',
      'policy.yaml:1:1 the policy is empty; to deny everything, write default_policy: deny',
    ],
    ['nothing but a comment', '# later\n', 'the policy is empty'],
    [
      'an unknown key',
      'roless: {}',
      'policy.yaml:1:1 roless: unknown key "roless"; did you mean "roles"?',
    ],
    [
      'F7: default_policy in another case',
      'default_policy: Deny',
      'policy.yaml:1:1 default_policy: expected allow | deny, got "Deny"',
    ],
    [
      'F7: an unknown action',
      rule('action: alow\n    condition: {tool: x}'),
      'policy.yaml:4:5 rules[0].action: expected allow | deny, got "alow"; did you mean "allow"?',
    ],
    [
      'F7: an action in another case',
      rule('action: Deny\n    condition: {tool: x}'),
      'got "Deny"; did you mean "deny"?',
    ],
    [
      'an action of a later version',
      rule('action: ask\n    condition: {tool: x}'),
      'policy.yaml:4:5 rules[0].action: "ask" belongs to a later version of datacline; this one would not do what it says',
    ],
    [
      'a rule that only watches',
      rule('shadow: true\n    condition: {tool: x}'),
      'rules[0].shadow: "shadow" belongs to a later version',
    ],
    [
      'a condition of a later version',
      rule('condition: {arguments: {a: b}}'),
      'rules[0].condition.arguments: "arguments" belongs to a later version',
    ],
    [
      'a rule without condition',
      rule('action: deny'),
      'policy.yaml:3:5 rules[0]: a rule needs a condition: without one it would hold for everything',
    ],
    ['an empty condition', rule('condition: {}'), 'a rule needs a condition'],
    [
      'F6: an ignored condition',
      rule('condition:\n      action: invoke_tool\n      tool_permissions: [write]'),
      'policy.yaml:6:7 rules[0].condition.tool_permissions: unknown condition "tool_permissions"; the first generation ignored it, so that a rule with it opened everything to everybody',
    ],
    [
      'an unknown condition',
      rule('condition: {mcp_sever: x}'),
      'unknown condition "mcp_sever"; did you mean "mcp_server"?',
    ],
    [
      'a condition from a prototype',
      rule('condition: {constructor: x}'),
      'unknown condition "constructor"',
    ],
    [
      'a condition of a wrong type',
      rule('condition: {tool: 7}'),
      'rules[0].condition.tool: expected a text or a list of texts, got 7',
    ],
    [
      'an empty list',
      rule('condition: {tool: []}'),
      'rules[0].condition.tool: expected a text or a list of texts, got []',
    ],
    [
      'F7: a bad pattern',
      rule('condition: {tool_name_pattern: "("}'),
      'policy.yaml:4:17 rules[0].condition.tool_name_pattern: the pattern is no pattern that RE2 knows: missing closing )',
    ],
    [
      'a pattern that looks around',
      rule('condition: {tool_name_pattern: [a, "(?=b)"]}'),
      'rules[0].condition.tool_name_pattern[1]: the pattern is no pattern that RE2 knows',
    ],
    [
      'a long pattern',
      rule(`condition: {tool_name_pattern: ${'a'.repeat(1001)}}`),
      'the pattern is longer than 1000 characters',
    ],
    [
      'an unknown action in a condition',
      rule('condition: {action: invoke_tol}'),
      'unknown action "invoke_tol"; did you mean "invoke_tool"?',
    ],
    [
      'an unknown role in a condition',
      rule('condition: {role: [dve]}'),
      'rules[0].condition.role[0]: unknown role "dve"; did you mean "dev"?',
    ],
    [
      'a method that has an action',
      rule('condition: {action: "method:tools/call"}'),
      'unknown action "method:tools/call"; this method has an action of its own',
    ],
    [
      'F7: actions as a text',
      'roles: {dev: {permissions: [{resource: "*", actions: "*"}]}}',
      'roles.dev.permissions[0].actions: expected a list of actions such as [invoke_tool] or ["*"], got "*"',
    ],
    [
      'an unknown action of a role',
      'roles: {dev: {permissions: [{resource: "*", actions: [read]}]}}',
      'roles.dev.permissions[0].actions[0]: unknown action "read"',
    ],
    [
      'a permission without resource',
      'roles: {dev: {permissions: [{actions: ["*"]}]}}',
      'roles.dev.permissions[0].resource: is required',
    ],
    [
      'a bad resource',
      'roles: {dev: {permissions: [{resource: prod-server, actions: ["*"]}]}}',
      'roles.dev.permissions[0].resource: expected mcp:{server}:{name}, where * is any run of characters, or * for everything, got "prod-server"',
    ],
    [
      'F7: an undefined role for a user',
      'roles: {developer: {}}\nuser_roles:\n  ann: [develper]',
      'policy.yaml:3:9 user_roles.ann[0]: unknown role "develper"; did you mean "developer"?',
    ],
    [
      'F7: an undefined role for a group',
      'roles: {developer: {}}\ngroup_roles: {/g: [admin]}',
      'group_roles./g[0]: unknown role "admin"; known here: developer',
    ],
    [
      'F7: an undefined role for a realm role',
      'realm_roles: {r: [admin]}',
      'realm_roles.r[0]: unknown role "admin"',
    ],
    [
      'a role that is not a list',
      'roles: {admin: {}}\nuser_roles: {ann: admin}',
      'user_roles.ann: expected a list of roles such as [developer], got "admin"',
    ],
    [
      'everybody as a user',
      'roles: {admin: {}}\nuser_roles: {"*": [admin]}',
      'user_roles.*: expected one name',
    ],
    [
      'a reserved role',
      'roles: {local-operator: {}}',
      'roles.local-operator: local-operator is a built-in role and cannot be defined',
    ],
    [
      'a reserved role given',
      'user_roles: {ann: [local-developer]}',
      'local-developer is a built-in role and cannot be given',
    ],
    ['a role like a glob', 'roles: {"dev*": {}}', 'a role needs a name without *'],
    ['a role twice', 'roles: {a: {}, a: {}}', 'Map keys must be unique'],
    [
      'a line break in a name',
      rule('condition: {tool: "x\\ny"}'),
      'rules[0].condition.tool: control characters and broken UTF-8 are not allowed (U+000A)',
    ],
    ['a line break in a key', 'roles: {"a\\nb": {}}', 'not allowed (U+000A)'],
    [
      'an escape sequence in a description',
      'roles: {a: {description: "\\e[2J"}}',
      'not allowed (U+001B)',
    ],
    [
      'a character that was no UTF-8',
      'roles: {a: {description: "x\ufffd"}}',
      'not allowed (U+FFFD)',
    ],
    [
      'a priority without end',
      rule('condition: {tool: x}\n    priority: .inf'),
      'rules[0].priority: expected number',
    ],
    ['two documents', 'default_policy: deny\n---\ndefault_policy: allow', 'policy.yaml'],
    ['a code tag', 'default_policy: !!js/function "x"', 'policy.yaml:1'],
  ])('%s', (_name, text, message) => {
    expect(() => load(text)).toThrow(YamlFault)
    expect(() => load(text)).toThrow(message)
  })
})

describe('what loads', () => {
  test("the original's sample", () => {
    const policy = load(README_POLICY)
    expect([...policy.roles.keys()]).toEqual(['admin', 'developer', 'analyst'])
    expect(policy.rules).toMatchObject([
      { name: 'Block dangerous tools in production', at: 'policy.yaml:27' },
    ])
    expect(policy.userRoles.get('email:dev@example.com')).toMatchObject([{ role: 'developer' }])
    expect(policy.hash).toMatch(/^[0-9a-f]{64}$/)
  })

  test('keys of later generations, free-form metadata, prose, rules without name or of the same name', () => {
    const policy = load(`
version: 2.0
policy_id: "5f0c"
name: team policy
metadata: {owner: {team: platform}, tags: [a, 1, null]}
roles:
  r:
    description: |
      Two lines
      of prose.
rules:
  - condition: {user: anonymous}
    metadata: {rate_limit: 10/minute}
  - {name: same, condition: {tool: x}, action: allow}
  - {name: same, condition: {tool: y}, action: allow}
default_policy: deny
`)
    expect(policy.rules.map(({ name, effect }) => [name, effect])).toEqual([
      ['rules[0]', 'deny'],
      ['same', 'allow'],
      ['same', 'allow'],
    ])
  })

  test('a role called __proto__ is a role like any other', () => {
    const point = pointOf(
      'roles: {__proto__: {permissions: [{resource: "mcp:s:*", actions: [invoke_tool]}]}}',
    )
    expect(point.mayUseServer(person('x'), 's')).toBe(false)
    expect(point.mayUseServer(person('x', { clientRoles: ['__proto__'] }), 's')).toBe(true)
    expect(point.mayUseServer(person('x', { clientRoles: ['constructor'] }), 's')).toBe(false)
  })
})

describe('the shipped policy', () => {
  const text = readFileSync(new URL('../../policies/policy.yaml', import.meta.url), 'utf8')
  const point = pointOf(text)
  test.each([
    ['admin@example.com', 'prod-server', 'restart', 'role:admin'],
    ['admin@example.com', 'prod-server', 'Drop_table', 'Block dangerous tools in production'],
    ['admin@example.com', 'demo', 'delete_user', 'Block deleting users'],
    ['dev@example.com', 'demo', 'get_user', 'role:developer'],
    ['dev@example.com', 'prod-server', 'restart', undefined],
    ['analyst@example.com', 'prod-server', 'read_only_tool', 'role:analyst'],
    ['user@example.com', 'demo', 'get_user', 'role:user'],
    ['user@example.com', 'dev-server', 'get_user', undefined],
    ['stranger@example.com', 'demo', 'get_user', undefined],
  ])('%s calling %s %s: %p', (name, server, tool, by) => {
    expect(point.decide(person(name), call(server, tool)).reason.rule).toBe(by as string)
  })

  test('anonymous is not mapped, so that it is local-developer', () => {
    expect(loadPolicy(text, 'p').userRoles.has('user:anonymous')).toBe(false)
  })

  test('user sees every tool but those that a rule takes away', () => {
    const user = person('user@example.com')
    const seen = ['get_user', 'delete_user'].filter((name) =>
      point.mayList(user, list('demo'), name),
    )
    expect(seen).toEqual(['get_user'])
  })
})
