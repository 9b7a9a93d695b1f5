import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Principal } from '../../src/core/principal.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import { createDecisionPoint } from '../../src/policy/decision-point.ts'
import { createJudge } from '../../src/policy/judge.ts'
import { loadPolicy } from '../../src/policy/policy-file.ts'
import { createQuestion } from '../../src/policy/question.ts'
import { toAsker } from '../../src/policy/roles.ts'
import { anonymous, call, person } from './people.ts'

type Rule = {
  condition: Record<string, string | string[]>
  action: 'allow' | 'deny'
  priority: number
}
type Permission = { resource: string; actions: string[] }
type File = {
  roles: Record<string, { permissions: Permission[] }>
  user_roles: Record<string, string[]>
  rules: Rule[]
  default_policy: 'allow' | 'deny'
}
type Ask = { who: Principal; action: string; server: string; name: string }

// Small alphabets, so that rules and questions meet.
const server = fc.constantFrom('s', 't', 's-1', 'S')
const tool = fc.constantFrom('read', 'drop', 'Drop', 'a:drop', 'read_all')
const action = fc.constantFrom('invoke_tool', 'list_tools', 'read_resource')
const serverGlob = fc.oneof(server, fc.constantFrom('*', 's*', '*1'))
const toolGlob = fc.oneof(tool, fc.constantFrom('*', 'read*', '*drop', 'r*d'))
const role = fc.constantFrom('one', 'two', 'three')
const oneOrMore = (each: fc.Arbitrary<string>) =>
  fc.oneof(each, fc.array(each, { minLength: 1, maxLength: 3 }))

const condition = fc
  .record(
    {
      user: oneOrMore(fc.constantFrom('ann', 'bob', 'ann@example.com', 'user:*')),
      role: oneOrMore(role),
      group: oneOrMore(fc.constantFrom('/g', 'g', 'h')),
      action: oneOrMore(action),
      mcp_server: oneOrMore(serverGlob),
      tool: oneOrMore(toolGlob),
      tool_name_pattern: oneOrMore(fc.constantFrom('drop', '.*drop.*', '^read', 'd.op$', 'READ')),
    },
    { requiredKeys: [] },
  )
  .filter((keys) => Object.keys(keys).length > 0)
const rule = fc.record({
  condition,
  action: fc.constantFrom('allow', 'deny'),
  priority: fc.integer({ min: -1, max: 2 }),
})
const permission = fc.record({
  resource: fc.oneof(
    fc.constant('*'),
    fc.tuple(serverGlob, toolGlob).map(([on, of]) => `mcp:${on}:${of}`),
  ),
  actions: fc.array(fc.oneof(action, fc.constant('*')), { minLength: 1, maxLength: 2 }),
})
const permissions = fc.record({ permissions: fc.array(permission, { maxLength: 3 }) })
const file = fc.record({
  roles: fc.record({ one: permissions, two: permissions, three: permissions }),
  user_roles: fc.record({ ann: fc.array(role), 'bob@example.com': fc.array(role) }),
  rules: fc.array(rule, { maxLength: 8 }),
  default_policy: fc.constantFrom('deny', 'deny', 'allow'),
}) as fc.Arbitrary<File>
const who = fc.constantFrom(
  person('ann', { verifiedEmail: 'ann@example.com' }),
  person('bob', { verifiedEmail: 'bob@example.com', groups: ['/g'] }),
  person('eve', { clientRoles: ['two'], groups: ['h'] }),
  person('nobody'),
  anonymous,
)
const asks = fc.array(fc.record({ who, action, server, name: tool }), {
  minLength: 4,
  maxLength: 8,
})

const load = (value: File) => loadPolicy(JSON.stringify(value), 'p')
const pointOf = (value: File) => createDecisionPoint(load(value))
const permitted = (value: File, each: readonly Ask[]): boolean[] => {
  const point = pointOf(value)
  return each.map((ask) => point.mayUse(ask.who, ask.action, ask))
}

/** The policy's meaning in the fewest words, sharing nothing with the product. */
const reference = (value: File, ask: Ask): boolean => {
  const roles = [
    ...(value.user_roles[ask.who.username] ?? []),
    ...(value.user_roles[ask.who.verifiedEmail ?? ''] ?? []),
    ...ask.who.clientRoles,
  ]
  const glob = (pattern: string, text: string, flags = '') =>
    new RegExp(`^${pattern.replace(/[.:-]/g, '\\$&').replaceAll('*', '.*')}$`, flags).test(text)
  const holds = (rule: Rule, key: string, entry: string): boolean => {
    const flags = rule.action === 'deny' ? 'i' : ''
    const names: Record<string, string[]> = {
      role: roles,
      group: ask.who.groups.map((each) => each.replace('/', '')),
      action: [ask.action],
      mcp_server: [ask.server],
      tool: [ask.name],
      user: [ask.who.username, ask.who.verifiedEmail ?? ''],
    }
    if (key === 'tool_name_pattern') {
      return new RegExp(rule.action === 'deny' ? entry : `^(?:${entry})$`, flags).test(ask.name)
    }
    const plain = entry.replace('user:', '').replace(/^\//, '')
    return (names[key] ?? []).some((name) => glob(plain, name, flags))
  }
  const covers = (resource: string) => {
    const [, on = '', ...of] = resource.split(':')
    return glob(on, ask.server) && glob(of.join(':'), ask.name)
  }
  const ordered = [
    ...[2, 1, 0, -1].flatMap((priority) =>
      ['deny', 'allow'].flatMap((effect) =>
        value.rules.filter((each) => each.priority === priority && each.action === effect),
      ),
    ),
  ]
  const spoke = ordered.find((each) =>
    Object.entries(each.condition).every(([key, entries]) =>
      [entries].flat().some((entry) => holds(each, key, entry)),
    ),
  )
  if (spoke) return spoke.action === 'allow'
  if (ask.who.builtInRole === 'local-developer') return true
  const given = roles.some((name) =>
    value.roles[name]?.permissions.some(
      ({ resource, actions }) =>
        (actions.includes('*') || actions.includes(ask.action)) &&
        (resource === '*' || covers(resource)),
    ),
  )
  return given || value.default_policy === 'allow'
}

describe('row 8: on any policy and any question', () => {
  test('index, cache and casbin agree with casbin over the whole file and with the reference', () => {
    fc.assert(
      fc.property(file, asks, (value, each) => {
        const policy = load(value)
        const point = createDecisionPoint(policy)
        const lines = compilePolicy(policy)
        const wholeFile = createJudge(lines)
        for (const ask of each) {
          const question = createQuestion(toAsker(policy, ask.who), ask.action, ask, 'one')
          const oracle = wholeFile(lines, question)
          const answer = point.mayUse(ask.who, ask.action, ask)
          expect(answer).toBe(oracle?.source.effect === 'allow')
          expect(answer).toBe(reference(value, ask))
          expect(point.mayUse({ ...ask.who }, ask.action, ask)).toBe(answer)
          if (ask.action !== 'invoke_tool') continue
          const decision = point.decide(ask.who, call(ask.server, ask.name))
          expect(decision.effect).toBe(answer ? 'permit' : 'deny')
          expect(decision.reason.at).toBe(oracle?.source.at)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('adding a deny rule never turns a deny into an allow', () => {
    fc.assert(
      fc.property(file, rule, fc.nat(8), asks, (value, added, at, each) => {
        const more = {
          ...value,
          rules: value.rules.toSpliced(at, 0, { ...added, action: 'deny' } as Rule),
        }
        const before = permitted(value, each)
        permitted(more, each).forEach((after, index) => {
          expect(after && !before[index]).toBe(false)
        })
      }),
      { numRuns: 100 },
    )
  })

  test('removing an allow rule or a permission never adds access', () => {
    fc.assert(
      fc.property(file, fc.nat(7), role, asks, (value, at, name, each) => {
        const rules = value.rules.filter((one, index) => index !== at || one.action === 'deny')
        const kept = value.roles[name]?.permissions.slice(1) ?? []
        const less = { ...value, rules, roles: { ...value.roles, [name]: { permissions: kept } } }
        const before = permitted(value, each)
        permitted(less, each).forEach((after, index) => {
          expect(after && !before[index]).toBe(false)
        })
      }),
      { numRuns: 100 },
    )
  })

  test('a server is usable and a list permitted whenever one of its items is', () => {
    fc.assert(
      fc.property(file, asks, (value, each) => {
        const point = pointOf(value)
        for (const ask of each) {
          if (!point.mayUse(ask.who, ask.action, ask)) continue
          expect(point.mayUseServer(ask.who, ask.server)).toBe(true)
        }
      }),
      { numRuns: 100 },
    )
  })
})

test('a deny condition that cannot be evaluated holds, an allow condition does not', () => {
  const policy = (action: string) =>
    loadPolicy(
      `default_policy: allow\nrules: [{name: it, condition: {tool_name_pattern: x, mcp_server: s}, action: ${action}, priority: 1}]`,
      'p',
    )
  for (const [action, spoke] of [
    ['deny', 'it'],
    ['allow', 'default_policy'],
  ] as const) {
    const lines = compilePolicy(policy(action))
    const broken = lines.map((line) => ({
      ...line,
      checks: line.checks.map((check) => ({
        ...check,
        holds:
          check.key === 'tool_name_pattern'
            ? (): boolean => {
                throw new Error('broken')
              }
            : check.holds,
      })),
    }))
    const judge = createJudge(broken)
    const ask = (server: string) =>
      judge(
        broken,
        createQuestion(
          toAsker(policy(action), person('x')),
          'invoke_tool',
          { server, name: 'y' },
          'one',
        ),
      )
    expect(ask('s')?.source.name).toBe(spoke)
    expect(ask('other')?.source.name).toBe('default_policy')
  }
})

test('a decision does not depend on the size of the file, and a repeated one costs a look-up', () => {
  const rules = Array.from({ length: 10_000 }, (_, at) => ({
    name: `rule ${at}`,
    condition: { mcp_server: `server-${at % 140}`, tool: `tool-${at}` },
    action: at % 2 ? 'allow' : 'deny',
  }))
  const point = pointOf({
    roles: {},
    user_roles: {},
    rules,
    default_policy: 'deny',
  } as unknown as File)
  const who = person('ann')
  const time = (run: () => void, times: number) => {
    const start = performance.now()
    for (let round = 0; round < times; round++) run()
    return ((performance.now() - start) / times) * 1000
  }
  let at = 0
  const cold = () =>
    point.mayUse(who, 'invoke_tool', { server: `server-${at % 140}`, name: `tool-${at++}` })
  time(cold, 500)
  // Ten times the aim of 50 µs and 1 µs, for machines that are busy; a scan of the file takes 13 ms.
  expect(time(cold, 1000)).toBeLessThan(500)
  const operation = call('server-1', 'tool-1')
  expect(time(() => point.decide(who, operation), 20_000)).toBeLessThan(10)
})
