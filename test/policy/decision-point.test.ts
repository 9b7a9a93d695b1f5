import { describe, expect, test } from 'bun:test'
import type { Principal } from '../../src/core/principal.ts'
import { createDecisionPoint } from '../../src/policy/decision-point.ts'
import { loadPolicy, missingPolicy } from '../../src/policy/policy-file.ts'
import {
  anonymous,
  bare,
  call,
  list,
  method,
  operator,
  person,
  pointOf,
  README_POLICY,
} from './people.ts'

const admin = person('admin@example.com')
const dev = person('dev@example.com')
const analyst = person('analyst@example.com')
const nobody = person('testuser')

describe('a deny rule on users', () => {
  const banned = (user: string, who: Principal) =>
    pointOf(
      `default_policy: allow\nrules: [{name: ban, condition: {user: "${user}"}, action: deny}]`,
    ).decide(who, call('s', 'x')).reason.rule === 'ban'

  test('is not escaped by a username like that of the gateway’s own caller', () => {
    expect(banned('*', person('anonymous'))).toBe(true)
    expect(banned('anonymous', person('anonymous'))).toBe(true)
  })

  test('on an email holds for a username of that spelling, verified or not', () => {
    const eve = person('eve@example.com', { verifiedEmail: undefined })
    expect(banned('eve@example.com', eve)).toBe(true)
    expect(banned('email:eve@example.com', eve)).toBe(false)
  })
})

describe("the original's README policy does what was meant", () => {
  const point = pointOf(README_POLICY)
  const rule = 'Block dangerous tools in production'
  test.each([
    ['admin invokes', admin, call('prod-server', 'x'), 'permit', 'role:admin'],
    ['admin deletes in production', admin, call('prod-server', 'delete_all'), 'deny', rule],
    ['dev lists its server', dev, list('dev-server'), 'permit', 'role:developer'],
    [
      'F1: dev invokes under a wildcard',
      dev,
      call('dev-server', 'echo'),
      'permit',
      'role:developer',
    ],
    ['dev lists production', dev, list('prod-server'), 'deny', undefined],
    ['F1: a name is no pattern', dev, call('prod-server', 'x|.*'), 'deny', undefined],
    ['F1: a server is no pattern', dev, list('prod-server|.*'), 'deny', undefined],
    ['F1: everything as a pattern', dev, list('.*'), 'deny', undefined],
    [
      'analyst invokes its tool',
      analyst,
      call('prod-server', 'read_only_tool'),
      'permit',
      'role:analyst',
    ],
    ['analyst invokes another', analyst, call('prod-server', 'delete_all'), 'deny', rule],
    ['A3: analyst lists what it may call', analyst, list('prod-server'), 'permit', 'role:analyst'],
    ['a user without mapping lists', nobody, list('default'), 'deny', undefined],
    ['a user without mapping invokes', nobody, call('default', 'x'), 'deny', undefined],
    ['F5: a user called admin', person('admin'), call('dev-server', 'x'), 'deny', undefined],
    [
      'F5: a group called admin',
      person('eve', { groups: ['admin'] }),
      call('dev-server', 'x'),
      'deny',
      undefined,
    ],
    [
      'F5: a realm role called admin',
      person('eve', { realmRoles: ['admin'] }),
      call('dev-server', 'x'),
      'deny',
      undefined,
    ],
    [
      'A6: anonymous without authentication',
      anonymous,
      call('default', 'x'),
      'permit',
      'role:local-developer',
    ],
    ['A6: anonymous lists', anonymous, list('default'), 'permit', 'role:local-developer'],
    ['a rule holds for anonymous', anonymous, call('prod-server', 'delete_all'), 'deny', rule],
    ['F4: upper case', admin, call('prod-server', 'DELETE_x'), 'deny', rule],
    ['F4: a colon in the name', admin, call('prod-server', 'a:delete_x'), 'deny', rule],
    ['F4: full-width letters', admin, call('prod-server', 'ｄｅｌｅｔｅ_x'), 'deny', rule],
    ['F4: an invisible character', admin, call('prod-server', 'del\u200bete_x'), 'deny', rule],
    ['F4: the server in another case', admin, call('PROD-server', 'delete_x'), 'deny', rule],
    ['F2: the bypass, as dev', dev, call('prod-server', 'del%65te_all/invoke?x|.*'), 'deny', rule],
    [
      'F2: the bypass, as admin',
      admin,
      call('prod-server', 'del%65te_all/invoke?x|.*'),
      'deny',
      rule,
    ],
    ['F2: encoded twice', admin, call('prod-server', 'del%2565te_all'), 'deny', rule],
  ] as const)('%s', (_name, who, operation, effect, by) => {
    const decision = point.decide(who, operation)
    expect(decision.effect).toBe(effect)
    expect(decision.reason.rule).toBe(by as string)
  })

  test('flaw F3: a name that can be read in two ways is permitted to nobody', () => {
    for (const name of ['../../admin/x', 'a/%2e%2e/b', 'x\ny', '..']) {
      expect(point.mayUse(admin, 'invoke_tool', { server: 'dev-server', name })).toBe(false)
      expect(point.mayList(admin, list('dev-server'), name)).toBe(false)
    }
  })

  test('an unverified email is no email', () => {
    const claimed = person('mallory', { verifiedEmail: undefined, username: 'admin@example.com' })
    expect(point.decide(claimed, call('dev-server', 'x')).effect).toBe('deny')
  })

  test('a denial hides the server from whoever may use nothing of it', () => {
    expect(point.decide(dev, call('prod-server', 'x'))).toMatchObject({ scope: 'server' })
    expect(point.decide(analyst, call('prod-server', 'x'))).toMatchObject({ scope: 'item' })
    expect(point.decide(admin, call('prod-server', 'drop'))).toMatchObject({ scope: 'item' })
  })
})

describe('names map to roles', () => {
  const point = pointOf(`
roles:
  by-sub: {permissions: [{resource: "mcp:sub:*", actions: ["*"]}]}
  by-mail: {permissions: [{resource: "mcp:mail:*", actions: ["*"]}]}
  by-name: {permissions: [{resource: "mcp:name:*", actions: ["*"]}]}
  by-client: {permissions: [{resource: "mcp:client:*", actions: ["*"]}]}
  by-realm: {permissions: [{resource: "mcp:realm:*", actions: ["*"]}]}
  by-group: {permissions: [{resource: "mcp:group:*", actions: ["*"]}]}
user_roles:
  "sub:subject-of-ann": [by-sub]
  "email:ann@example.com": [by-mail]
  "user:ann": [by-name]
  bob@example.com: [by-mail]
  bob: [by-name]
  operator: [by-name]
realm_roles: {ops: [by-realm]}
group_roles: {/staff: [by-group], flat: [by-group]}
`)
  const servers = ['sub', 'mail', 'name', 'client', 'realm', 'group']
  test.each<readonly [string, Principal, readonly string[]]>([
    ['explicit keys', person('ann', { verifiedEmail: 'ann@example.com' }), ['sub', 'mail', 'name']],
    ['bare keys', person('bob', { verifiedEmail: 'bob@example.com' }), ['mail', 'name']],
    ['a username like an email', person('x', { username: 'bob@example.com' }), []],
    ['a username like a key', person('x', { username: 'sub:subject-of-ann' }), []],
    ['a client role by its name', person('x', { clientRoles: ['by-client', 'other'] }), ['client']],
    ['a mapped realm role', person('x', { realmRoles: ['ops'] }), ['realm']],
    ['an unmapped realm role', person('x', { realmRoles: ['by-realm'] }), []],
    ['a group with its slash', person('x', { groups: ['/staff'] }), ['group']],
    ['a group without its slash', person('x', { groups: ['staff'] }), ['group']],
    ['a group that was written without', person('x', { groups: ['/flat'] }), ['group']],
    ['a group deeper down', person('x', { groups: ['/all/staff', 'STAFF'] }), []],
    ['the local operator, whatever its name', operator, []],
  ])('%s', (_name, who, usable) => {
    expect(servers.filter((server) => point.mayUseServer(who, server))).toEqual([...usable])
  })

  test('anonymous mapped in user_roles has that mapping instead of local-developer', () => {
    const mapped = pointOf(`
roles: {guest: {permissions: [{resource: "mcp:demo:echo", actions: [invoke_tool]}]}}
user_roles: {anonymous: [guest]}
`)
    expect(mapped.decide(anonymous, call('demo', 'echo')).effect).toBe('permit')
    expect(mapped.decide(anonymous, call('demo', 'other')).effect).toBe('deny')
    // Somebody who registered that name at the issuer is not the one that the gateway calls so.
    expect(mapped.decide(person('anonymous'), call('demo', 'echo')).effect).toBe('deny')
    const nothing = pointOf('roles: {}\nuser_roles: {anonymous: []}')
    expect(nothing.decide(anonymous, call('demo', 'echo')).effect).toBe('deny')
  })
})

describe('rules', () => {
  test('are asked by priority, deny before allow on ties, then in file order', () => {
    const point = pointOf(`
rules:
  - {name: low, condition: {tool: x}, action: deny}
  - {name: tie-allow, condition: {tool: y}, action: allow, priority: 5}
  - {name: tie-deny, condition: {tool: y}, action: deny, priority: 5}
  - {name: high, condition: {tool: x}, action: allow, priority: 10}
  - {name: first, condition: {tool: z}, action: allow}
  - {name: second, condition: {tool: z}, action: allow}
`)
    const rules = ['x', 'y', 'z'].map((name) => point.decide(nobody, call('s', name)).reason.rule)
    expect(rules).toEqual(['high', 'tie-deny', 'first'])
  })

  const condition = (text: string, action: string) =>
    pointOf(
      `roles: {r: {permissions: []}}\nuser_roles: {ann: [r]}\nrules: [{name: it, condition: {${text}}, action: ${action}}]`,
    )
  const ann = person('ann', { verifiedEmail: 'ann@example.com', groups: ['/staff'] })
  test.each([
    ['user: ann', true],
    ['user: "ann@example.com"', true],
    ['user: "*@example.com"', true],
    ['user: "sub:subject-of-ann"', true],
    ['user: [bob, ann]', true],
    ['user: bob', false],
    ['role: r', true],
    ['role: local-developer', false],
    ['group: staff', true],
    ['group: /staff', true],
    ['group: other', false],
    ['action: invoke_tool', true],
    ['action: "*_tool"', true],
    ['action: list_tools', false],
    ['mcp_server: s', true],
    ['mcp_server: "*"', true],
    ['mcp_server: [a, b]', false],
    ['tool: read_file', true],
    ['tool: "read_*"', true],
    ['tool: [x, read_file]', true],
    ['tool: "file"', false],
    ['tool_name_pattern: "read_.*"', true],
    ['tool_name_pattern: ["x", "r.*e"]', true],
    ['mcp_server: s, tool: read_file', true],
    ['mcp_server: t, tool: read_file', false],
  ])('condition {%s} holds: %p', (text, holds) => {
    const operation = call('s', 'read_file')
    expect(condition(text, 'allow').decide(ann, operation).effect).toBe(holds ? 'permit' : 'deny')
    expect(condition(text, 'deny').decide(ann, operation).reason.rule).toBe(
      holds ? 'it' : undefined,
    )
  })

  test.each([
    ['tool: READ_FILE', 'another case'],
    ['tool_name_pattern: read', 'a part of the name'],
    ['mcp_server: S', 'another case of the server'],
    ['user: ANN', 'another case of the user'],
  ])('{%s}: a rule that takes away accepts %2$s, one that gives does not', (text) => {
    const operation = call('s', 'read_file')
    expect(condition(text, 'deny').decide(ann, operation).reason.rule).toBe('it')
    expect(condition(text, 'allow').decide(ann, operation).effect).toBe('deny')
  })

  test('a condition on the name holds for prompts and resources as for tools', () => {
    const point = pointOf(
      `${README_POLICY.replace('actions: ["list_tools", "invoke_tool"]', 'actions: ["*"]')}`,
    )
    const prompt = method('prod-server', 'prompts/get', { name: 'delete_plan' })
    const resource = method('prod-server', 'resources/read', { uri: 'file:///d%65lete.txt' })
    for (const operation of [prompt, resource]) {
      expect(point.decide(admin, operation).reason.code).toBe('rule')
    }
  })
})

describe('flaw F10: a list holds what could be called', () => {
  const point = pointOf(`
roles:
  caller: {permissions: [{resource: "mcp:s:read_*", actions: [invoke_tool]}]}
  viewer: {permissions: [{resource: "mcp:s:*", actions: [list_tools]}]}
  both: {permissions: [{resource: "mcp:s:*", actions: [list_tools, invoke_tool]}]}
  partial: {permissions: [{resource: "mcp:s:list_*", actions: [list_tools]}]}
  single: {permissions: [{resource: "mcp:s:secret", actions: [invoke_tool]}]}
  shut: {permissions: [{resource: "mcp:s:*", actions: ["*"]}]}
  shut-out: {permissions: [{resource: "mcp:s:*", actions: ["*"]}]}
  reader: {permissions: [{resource: "mcp:s:file:///*", actions: [read_resource]}]}
rules:
  - {name: secrets, condition: {tool: "secret*"}, action: deny}
  - {name: no calls, condition: {role: shut, action: invoke_tool}, action: deny}
  - {name: no lists, condition: {role: shut-out, action: list_tools}, action: deny}
`)
  const names = ['read_a', 'write_a', 'list_a', 'secret', 'SECRET_b']
  const as = (role: string) => person('x', { clientRoles: [role] })
  test.each([
    ['caller', 'permit', ['read_a']],
    ['viewer', 'permit', ['read_a', 'write_a', 'list_a']],
    ['both', 'permit', ['read_a', 'write_a', 'list_a']],
    ['partial', 'permit', ['list_a']],
    ['single', 'deny', []],
    ['shut', 'permit', []],
    ['shut-out', 'deny', []],
    ['reader', 'deny', []],
    ['unknown', 'deny', []],
  ])('%s: %s, %p', (role, effect, entries) => {
    const decision = point.decide(as(role), list('s'))
    expect(decision.effect).toBe(effect as 'permit')
    expect(names.filter((name) => point.mayList(as(role), list('s'), name))).toEqual([...entries])
    if (decision.effect === 'permit') expect(decision.obligations).toEqual(['trim_listing'])
  })

  test('resources and templates are listed by what may be read', () => {
    const resources = method('s', 'resources/list')
    expect(point.decide(as('reader'), resources).effect).toBe('permit')
    expect(point.mayList(as('reader'), resources, 'file:///a')).toBe(true)
    expect(point.mayList(as('reader'), resources, 'https://a')).toBe(false)
  })

  test('whoever may use nothing of a server may not connect to it, nor learn that it exists', () => {
    expect(point.decide(as('single'), bare('s', 'datacline/server-info'))).toMatchObject({
      effect: 'deny',
      scope: 'server',
    })
    expect(point.decide(as('caller'), bare('s', 'datacline/server-info')).effect).toBe('permit')
    expect(point.decide(as('caller'), method('s', 'initialize')).effect).toBe('permit')
    expect(point.decide(as('caller'), method('t', 'initialize')).effect).toBe('deny')
  })

  test('a deny rule that speaks for connecting denies it', () => {
    const shut = pointOf(
      `${README_POLICY.replace('rules:', 'rules:\n  - {name: closed, condition: {action: connect}, action: deny}')}`,
    )
    expect(shut.decide(admin, method('dev-server', 'initialize')).reason.rule).toBe('closed')
  })

  test('everybody may ask for the servers, and sees those that it may use', () => {
    const servers = bare('gateway', 'datacline/list-servers')
    expect(point.decide(as('unknown'), { ...servers }).effect).toBe('permit')
    expect(['s', 't'].filter((server) => point.mayUseServer(as('caller'), server))).toEqual(['s'])
  })
})

describe('closed until named', () => {
  const tasks = method('s', 'vendor/get')
  test.each([
    [
      'a role with everything',
      'roles: {r: {permissions: [{resource: "*", actions: ["*"]}]}}',
      'deny',
    ],
    [
      'an allow rule',
      'roles: {r: {}}\nrules: [{condition: {mcp_server: s}, action: allow}]',
      'deny',
    ],
    [
      'an allow rule with a glob',
      'roles: {r: {}}\nrules: [{condition: {action: "method:*"}, action: allow}]',
      'deny',
    ],
    ['default_policy allow', 'roles: {r: {}}\ndefault_policy: allow', 'deny'],
    [
      'another method',
      'roles: {r: {permissions: [{resource: "*", actions: ["method:vendor/list"]}]}}',
      'deny',
    ],
    [
      'a permission that names it',
      'roles: {r: {permissions: [{resource: "mcp:s:*", actions: ["method:vendor/get"]}]}}',
      'permit',
    ],
    [
      'a rule that names it',
      'roles: {r: {}}\nrules: [{condition: {action: ["method:vendor/get"]}, action: allow}]',
      'permit',
    ],
  ])('%s on an unknown method: %3$s', (_name, text, effect) => {
    const decision = pointOf(text).decide(person('x', { clientRoles: ['r'] }), tasks)
    expect(decision.effect).toBe(effect as 'permit')
    if (effect === 'deny') expect(decision.reason.code).toBe('unknown_method')
  })

  test('a permission for one method leaves the gateway and other methods closed', () => {
    const point = pointOf(
      'roles: {r: {permissions: [{resource: "*", actions: ["method:vendor/get"]}]}}',
    )
    const who = person('x', { clientRoles: ['r'] })
    expect(point.decide(who, bare('gateway', 'datacline/events')).effect).toBe('deny')
    expect(point.decide(who, call('s', 'x')).effect).toBe('deny')
  })

  const events = bare('gateway', 'datacline/events')
  test.each([
    ['local-operator', operator, 'permit'],
    ['local-developer', anonymous, 'deny'],
    ['admin of everything', admin, 'permit'],
    ['all items of all servers', person('x', { clientRoles: ['items'] }), 'deny'],
    ['the gateway by name', person('x', { clientRoles: ['watch'] }), 'permit'],
    ['a server called gateway', person('x', { clientRoles: ['server'] }), 'deny'],
    ['an allow rule', person('ruled'), 'deny'],
  ] as const)('the gateway itself: %s', (_name, who, effect) => {
    const point = pointOf(`
roles:
  admin: {permissions: [{resource: "*", actions: ["*"]}]}
  items: {permissions: [{resource: "mcp:*:*", actions: ["*"]}]}
  watch: {permissions: [{resource: gateway, actions: ["gateway:observe"]}]}
  server: {permissions: [{resource: "mcp:gateway:*", actions: ["*"]}]}
user_roles: {admin@example.com: [admin]}
rules: [{condition: {user: ruled}, action: allow}, {condition: {mcp_server: "*", tool: "*", user: nobody}, action: deny}]
`)
    expect(point.decide(who, events).effect).toBe(effect)
  })

  test('a rule that shuts every server leaves the operator its gateway', () => {
    const point = pointOf('rules: [{name: freeze, condition: {mcp_server: "*"}, action: deny}]')
    expect(point.decide(operator, events).effect).toBe('permit')
    expect(point.decide(anonymous, call('s', 'x')).reason.rule).toBe('freeze')
    expect(point.mayUseServer(anonymous, 's')).toBe(false)
    expect(point.decide(operator, call('s', 'x')).effect).toBe('deny')
  })
})

describe('without a policy file', () => {
  const point = createDecisionPoint(missingPolicy('policies/policy.yaml'))

  test('everything is denied, and the reason says so', () => {
    expect(point.decide(admin, call('s', 'x')).reason).toMatchObject({
      code: 'no_policy',
      text: 'denied: there is no policy (policies/policy.yaml is missing)',
      policyHash: 'none',
    })
  })

  test('local-developer works', () => {
    expect(point.decide(anonymous, call('s', 'x')).effect).toBe('permit')
  })
})

describe('row 42: what cannot be judged is denied', () => {
  const policy = loadPolicy(README_POLICY, 'policy.yaml')
  test.each([
    [
      'throws',
      () => {
        throw new Error('broken')
      },
    ],
    ['answers "false"', () => 'false'],
    ['answers NaN', () => Number.NaN],
    ['answers true', () => true],
    ['answers later', () => Promise.resolve(true)],
    ['answers a line of its own', () => ({ source: { effect: 'allow' } })],
  ])('a judge that %s', (_name, judge) => {
    const seen: unknown[] = []
    const point = createDecisionPoint(policy, {
      judgeOf: () => judge as never,
      onError: (cause) => seen.push(cause),
    })
    for (const operation of [
      call('dev-server', 'x'),
      list('dev-server'),
      method('dev-server', 'ping'),
    ]) {
      const decision = point.decide(admin, operation)
      expect(decision).toMatchObject({ effect: 'deny', reason: { code: 'policy_error' } })
    }
    expect(point.mayUse(admin, 'invoke_tool', { server: 's', name: 'x' })).toBe(false)
    expect(point.mayList(admin, list('s'), 'x')).toBe(false)
    expect(point.mayUseServer(admin, 's')).toBe(false)
    expect(seen).toHaveLength(6)
  })

  test('a judge that says nothing denies', () => {
    const point = createDecisionPoint(policy, { judgeOf: () => () => undefined })
    expect(point.decide(admin, call('dev-server', 'x')).effect).toBe('deny')
  })
})

test('hits count what decided, also when the answer was remembered', () => {
  const point = pointOf(README_POLICY)
  for (let round = 0; round < 3; round++) point.decide(admin, call('prod-server', 'delete_all'))
  point.decide(dev, call('dev-server', 'x'))
  point.mayUse(dev, 'invoke_tool', { server: 'dev-server', name: 'y' })
  const counts = Object.fromEntries(point.hits().map(({ name, count }) => [name, count]))
  expect(counts).toMatchObject({
    'Block dangerous tools in production': 3,
    'role:developer': 1,
    'role:admin': 0,
  })
})
