import type { Operation } from '../core/operation.ts'
import type { Principal } from '../core/principal.ts'
import { isLiteral } from './glob.ts'
import type { Policy } from './policy-file.ts'
import type { PolicyText } from './policy-schema.ts'
import { userName } from './principal-names.ts'
import { toAsker } from './roles.ts'

/** For whom and what a rule about a call may be. */
export type RuleScope = Readonly<{
  id: string
  /** In people's words: `alice, delete_user on prod`. */
  text: string
  condition: Readonly<Record<string, string>>
}>

type WrittenRule = NonNullable<PolicyText['rules']>[number]

/**
 * The scopes of a rule about a call, the narrowest first: the caller before the roles and groups it
 * holds, these before everybody, and the item before the whole server. Names that a rule would read as
 * patterns give no scope.
 */
export const ruleScopes = (
  policy: Policy,
  principal: Principal,
  { action, scope, resource }: Operation,
): readonly RuleScope[] => {
  const { roles, exact } = toAsker(policy, principal)
  const people: readonly RuleScope[] = [
    part('user', principal.username, userKey(principal.username)),
    ...roles.map(({ role }) => part('role', `everyone with role ${role}`, role)),
    ...exact.group.map((group) => part('group', `everyone in group ${group}`, group)),
    { id: 'everyone', text: 'everyone', condition: {} },
  ]
  const { server, name } = resource
  const whole: RuleScope = {
    id: 'server',
    text: scope === 'item' ? `${ANY[action] ?? action} on ${server}` : `${action} on ${server}`,
    condition: { action, mcp_server: server },
  }
  const item: RuleScope = {
    id: 'item',
    text: `${name} on ${server}`,
    condition: { ...whole.condition, tool: name },
  }
  const things = scope === 'item' && name !== '*' ? [item, whole] : [whole]
  return things
    .flatMap((thing) =>
      people.map((who) => ({
        id: `${who.id} ${thing.id}`,
        text: `${who.text}: ${thing.text}`,
        condition: { ...who.condition, ...thing.condition },
      })),
    )
    .filter(({ condition }) => Object.values(condition).every(isLiteral))
}

/**
 * The rule for a scope, as it is to be written: as high as it must be to be asked before the rule that
 * decided, and no higher.
 *
 * @param decidedAt where the rule stands that decides the call now; undefined when none does
 */
export const toWrittenRule = (
  policy: Policy,
  { text, condition }: RuleScope,
  effect: 'allow' | 'deny',
  decidedAt: string | undefined,
): WrittenRule & Readonly<{ name: string }> => {
  const decisive = policy.rules.find(({ at }) => at === decidedAt)
  const taken = new Set(policy.rules.map(({ name }) => name))
  const wanted = `${effect === 'allow' ? 'Allow' : 'Deny'} ${text}`
  let name = wanted
  for (let count = 2; taken.has(name); count++) name = `${wanted} (${count})`
  return {
    name,
    condition: { ...condition },
    action: effect,
    priority: (decisive?.priority ?? 0) + 1,
  }
}

const part = (key: 'user' | 'role' | 'group', text: string, value: string): RuleScope => ({
  id: `${key}:${value}`,
  text,
  condition: { [key]: value },
})

/** A bare name with `@` would mean a verified email. */
const userKey = (username: string): string =>
  userName(username) === `user:${username}` ? username : `user:${username}`

const ANY: Readonly<Record<string, string>> = {
  invoke_tool: 'every tool',
  read_resource: 'every resource',
  get_prompt: 'every prompt',
}
