import { describe, expect, test } from 'bun:test'
import { anonymous, call, person, pointOf, README_POLICY } from './people.ts'

const point = pointOf(README_POLICY)
const dev = person('dev@example.com')

describe('a reason', () => {
  test('of a rule names the rule, its line, and what was compared to what', () => {
    expect(point.decide(dev, call('prod-server', 'Drop_all')).reason).toMatchObject({
      code: 'rule',
      text: 'denied by rule: Block dangerous tools in production (policy.yaml:27)',
      rule: 'Block dangerous tools in production',
      at: 'policy.yaml:27',
      roles: ['developer (user_roles: dev@example.com, policy.yaml:21)'],
      compared: [
        { key: 'mcp_server', expected: 'prod-server', actual: 'prod-server', holds: true },
        {
          key: 'tool_name_pattern',
          expected: '.*delete.*|.*drop.*',
          actual: 'Drop_all',
          holds: true,
        },
      ],
      nearMisses: [],
      advice:
        'A retry will be denied too; ask whoever keeps policy.yaml if the rule should not hold here.',
    })
  })

  test('of a permission names the role and its line', () => {
    const { reason } = point.decide(dev, call('dev-server', 'echo'))
    expect(reason.text).toBe('allowed by role developer (policy.yaml:10)')
    expect(reason.compared.every(({ holds }) => holds)).toBe(true)
  })

  test('of the default policy tells what would have been permitted, the own roles first', () => {
    expect(point.decide(dev, call('prod-server', 'read_only_tool')).reason).toMatchObject({
      code: 'default_policy',
      text: 'denied by default policy (no rule or role of yours permits invoke_tool on mcp:prod-server:read_only_tool)',
      nearMisses: [
        {
          name: 'role:developer',
          at: 'policy.yaml:10',
          because: 'resource: wants mcp:dev-server:*, is mcp:prod-server:read_only_tool',
        },
        { name: 'role:admin', because: 'role: wants admin, is developer' },
        { name: 'role:analyst', because: 'role: wants analyst, is developer' },
      ],
      advice:
        'Your roles permit list_tools, invoke_tool on mcp:dev-server:*; ask whoever keeps policy.yaml for more.',
    })
  })

  test('for somebody without roles says so', () => {
    const { reason } = point.decide(person('testuser'), call('s', 'x'))
    expect(reason.roles).toEqual([])
    expect(reason.advice).toBe(
      'No role of policy.yaml is mapped to testuser; ask whoever keeps policy.yaml.',
    )
  })

  test('of a built-in role has no place', () => {
    const { reason } = point.decide(anonymous, call('s', 'x'))
    expect(reason).toMatchObject({
      code: 'built_in_role',
      text: 'allowed by built-in role local-developer',
      at: undefined,
    })
  })

  test('of a permitted default says where it stands', () => {
    const open = pointOf('default_policy: allow')
    expect(open.decide(dev, call('s', 'x')).reason.text).toBe(
      'allowed by default policy (policy.yaml:1)',
    )
  })

  test('shows a rule’s own words, and rules that lack one condition', () => {
    const ruled = pointOf(`
rules:
  - {name: no, description: Ask the team first., condition: {tool: a}, action: deny}
  - {name: almost, condition: {user: dev@example.com, tool: b, mcp_server: t}, action: allow}
  - {name: far, condition: {user: bob, tool: b, mcp_server: t}, action: allow}
  - {name: single, condition: {user: bob}, action: allow}
`)
    expect(ruled.decide(dev, call('s', 'a')).reason.advice).toStartWith(
      'Ask the team first. A retry',
    )
    expect(ruled.decide(dev, call('s', 'b')).reason.nearMisses).toEqual([
      { name: 'almost', at: 'policy.yaml:4', because: 'mcp_server: wants t, is s' },
    ])
  })

  test('can be written down and sent to another thread whole', () => {
    const { reason } = point.decide(dev, call('prod-server', 'x'))
    expect(JSON.parse(JSON.stringify(reason)).nearMisses).toHaveLength(2)
    expect(structuredClone(reason).nearMisses).toHaveLength(2)
    expect({ ...reason }.advice).toBeString()
  })
})
