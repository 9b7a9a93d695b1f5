import { isClosed } from './actions.ts'
import type { Effect } from './condition.ts'
import { isLiteral } from './glob.ts'
import type { Check, Line, Source } from './line.ts'
import type { Permission, Policy } from './policy-file.ts'
import type { Kind, Question } from './question.ts'
import { parseResourcePattern, type ResourcePattern } from './resource-pattern.ts'
import type { Rule } from './rule.ts'
import { fold } from './spellings.ts'

/**
 * The policy as casbin's ordered lines: order is precedence, the first that holds decides. Rules by
 * priority, highest first (ties: deny before allow, then file order); then what roles permit; then the
 * default policy.
 */
export const compilePolicy = (policy: Policy): readonly Line[] => {
  const drafts = [
    ...policy.rules.toSorted(byPrecedence).flatMap(ruleDrafts),
    ...[...policy.roles].flatMap(([role, permissions]) =>
      permissions.flatMap((permission) => permissionDrafts(role, permission)),
    ),
    builtInDraft('local-developer', 'mcp:*:*'),
    builtInDraft('local-operator', 'gateway'),
    // Whoever was authenticated may ask for the servers; the answer holds those that it may use.
    { ...builtInDraft('any-principal', 'gateway'), ...ANY_PRINCIPAL },
    defaultDraft(policy),
  ]
  return drafts.map(toLine)
}

/** Whether a line's `actions` column covers an action. A method without a row is no ordinary action. */
export const coversAction = (actions: string, action: string): boolean => {
  if (actions === 'every') return true
  return actions === 'ordinary' ? !isClosed(action) : actions === `action:${action}`
}

/** Whether a resource pattern covers what a question is about. */
export const coversResource = (pattern: ResourcePattern, { resource }: Question): boolean =>
  resource === undefined ? pattern.coversGateway : pattern.covers(resource.server, resource.name)

type Draft = Readonly<{
  source: Source
  subject: string
  resource: string
  actions: string
  checks: readonly Check[]
  literals: ReadonlyMap<Kind, ReadonlySet<string>>
  offers: readonly string[]
}>

/** The order in which rules are asked: the highest priority first, deny before allow. */
export const byPrecedence = (left: Rule, right: Rule): number =>
  right.priority - left.priority || rank(left.effect) - rank(right.effect)

const rank = (effect: Effect) => (effect === 'deny' ? 0 : 1)

/**
 * A deny rule concerns everything that its conditions hold for. An allow rule gives nothing of the
 * gateway's own, and a method without a row only when its `action` names exactly that method.
 */
const ruleDrafts = (rule: Rule): readonly Draft[] => {
  const source: Source = { kind: 'rule', name: rule.name, at: rule.at, effect: rule.effect }
  const literals = new Map<Kind, ReadonlySet<string>>()
  for (const { condition } of rule.conditions) {
    if (condition.literals) literals.set(condition.literals.kind, new Set(condition.literals.names))
  }
  const entriesOf = (key: string) => rule.conditions.find((each) => each.key === key)?.entries ?? []
  const draft = {
    source,
    subject: 'anyone',
    checks: rule.conditions.map(({ key, entries, condition }) => ({
      key,
      expected: entries.join(' | '),
      holds: condition.holds,
      actual: condition.actual,
    })),
    literals,
  }
  if (rule.effect === 'deny') {
    return [{ ...draft, resource: '*', actions: 'every', offers: [] }]
  }
  const named = entriesOf('action').filter((action) => isClosed(action) && isLiteral(action))
  const tools = entriesOf('tool')
  const offers = tools.length > 0 ? tools : ['*']
  return ['ordinary', ...named.map((action) => `action:${action}`)].map((actions) => ({
    ...draft,
    resource: 'mcp:*:*',
    actions,
    offers,
  }))
}

const permissionDrafts = (role: string, permission: Permission): readonly Draft[] => {
  const source: Source = {
    kind: 'permission',
    name: `role:${role}`,
    at: permission.at,
    effect: 'allow',
  }
  const pattern = patternOf(permission.resource)
  const actions = permission.actions.map((action) =>
    action === '*' ? 'ordinary' : `action:${action}`,
  )
  return actions.map((column) => ({
    source,
    subject: `role:${role}`,
    resource: permission.resource,
    actions: column,
    checks: [
      {
        key: 'role',
        expected: role,
        holds: ({ asker }: Question) => asker.subjects.has(`role:${role}`),
        actual: ({ asker }: Question) => asker.exact.role.join(', ') || 'none',
      },
      {
        key: 'resource',
        expected: permission.resource,
        holds: (question: Question) => coversResource(pattern, question),
        actual: shownResource,
      },
      {
        key: 'actions',
        expected: permission.actions.join(', '),
        holds: ({ action }: Question) => actions.some((each) => coversAction(each, action)),
        actual: ({ action }: Question) => action,
      },
    ],
    literals: permissionLiterals(role, pattern, column),
    offers: pattern.name === undefined ? [] : [pattern.name],
  }))
}

const permissionLiterals = (role: string, pattern: ResourcePattern, actions: string) => {
  const literals = new Map<Kind, ReadonlySet<string>>([['role', new Set([fold(role)])]])
  const add = (kind: Kind, name: string | undefined) => {
    if (name !== undefined && isLiteral(name)) literals.set(kind, new Set([fold(name)]))
  }
  add('server', pattern.server)
  add('tool', pattern.name)
  if (actions.startsWith('action:')) add('action', actions.slice('action:'.length))
  return literals
}

const builtInDraft = (role: string, resource: string): Draft => ({
  source: { kind: 'built_in_role', name: `role:${role}`, at: undefined, effect: 'allow' },
  subject: `role:${role}`,
  resource,
  actions: 'ordinary',
  checks: [],
  literals: new Map([['role', new Set([fold(role)])]]),
  offers: ['*'],
})

const ANY_PRINCIPAL = { subject: 'anyone', actions: 'action:list_servers', literals: new Map() }

const defaultDraft = ({ defaultPolicy }: Policy): Draft => {
  const { effect, at } = defaultPolicy
  return {
    source: { kind: 'default_policy', name: 'default_policy', at, effect },
    subject: 'anyone',
    resource: effect === 'deny' ? '*' : 'mcp:*:*',
    actions: effect === 'deny' ? 'every' : 'ordinary',
    checks: [],
    literals: new Map(),
    offers: effect === 'deny' ? [] : ['*'],
  }
}

const toLine = (draft: Draft, order: number): Line => {
  const id = `${order}:${draft.source.name}`
  const { subject, resource, actions, source } = draft
  return {
    ...draft,
    id,
    order,
    pattern: patternOf(resource),
    row: [subject, resource, actions, source.effect, id],
  }
}

/** Resources were checked when the file was read; one that cannot be read would be a fault of ours. */
const patternOf = (resource: string): ResourcePattern => {
  const pattern = parseResourcePattern(resource)
  if (pattern === undefined) throw new Error(`no resource pattern: ${resource}`)
  return pattern
}

const shownResource = ({ resource }: Question): string =>
  resource === undefined ? 'gateway' : `mcp:${resource.server}:${resource.name}`
