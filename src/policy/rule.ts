import { PatternError } from '../lib/linear-pattern.ts'
import { type Path, readAll, readEach, type YamlFile } from '../lib/yaml.ts'
import type { Condition, Effect } from './condition.ts'
import { type ConditionName, conditions } from './conditions/index.ts'
import { isLiteral } from './glob.ts'
import { checkAction, checkRole, suggest } from './policy-checks.ts'
import { ConditionSchema, type PolicyText } from './policy-schema.ts'

/** One key of a rule's condition, compiled. */
export type RuleCondition = Readonly<{
  key: ConditionName
  entries: readonly string[]
  condition: Condition
}>

/** A rule of policy.yaml. */
export type Rule = Readonly<{
  /** As written, or its place in the list such as `rules[2]`. */
  name: string
  description: string | undefined
  at: string
  effect: Effect
  /** The highest is asked first. */
  priority: number
  /** All must hold. Never empty. */
  conditions: readonly RuleCondition[]
}>

type File = YamlFile<PolicyText>
type Roles = ReadonlyMap<string, unknown>

/**
 * One rule of a parsed policy file, its conditions compiled.
 *
 * @throws YamlFault where it is not a rule that this version can keep
 */
export const toRule = (
  yaml: File,
  index: number,
  roles: Roles,
  at: (path: Path) => string,
): Rule => {
  const path = ['rules', index]
  const rule = yaml.value.rules?.[index] ?? {}
  if (rule.shadow !== undefined) throw yaml.fault([...path, 'shadow'], later('shadow'))
  const [effect, conditions] = readAll(
    () => readEffect(yaml, [...path, 'action'], rule.action),
    () => readConditions(yaml, path, rule.condition, effectOf(rule.action), roles),
  )
  return {
    name: rule.name ?? `rules[${index}]`,
    description: rule.description,
    at: at(path),
    effect,
    priority: rule.priority ?? 0,
    conditions,
  }
}

const later = (name: string) =>
  `"${name}" belongs to a later version of datacline; this one would not do what it says`

/** The original took a rule without action for a deny rule, and so do we. */
const effectOf = (action: string | undefined): Effect => (action === 'allow' ? 'allow' : 'deny')

/** @throws YamlFault for an action that is none */
const readEffect = (yaml: File, path: Path, action: string | undefined): Effect => {
  if (action === undefined || action === 'allow' || action === 'deny') return effectOf(action)
  if (action === 'ask') throw yaml.fault(path, later('ask'))
  const suggestion = suggest(action, ['allow', 'deny'])
  throw yaml.fault(path, `expected allow | deny, got ${JSON.stringify(action)}${suggestion}`)
}

const LATER_CONDITIONS = ['annotations', 'arguments', 'source_ip', 'time']

const readConditions = (
  yaml: File,
  rulePath: Path,
  condition: Readonly<Record<string, unknown>> | undefined,
  effect: Effect,
  roles: Roles,
): readonly RuleCondition[] => {
  const path = [...rulePath, 'condition']
  if (condition === undefined || Object.keys(condition).length === 0) {
    throw yaml.fault(rulePath, 'a rule needs a condition: without one it would hold for everything')
  }
  readEach(Object.keys(condition), (key) => checkKey(yaml, [...path, key], key))
  yaml.read(path, ConditionSchema)
  return readEach(Object.entries(condition), ([key, value]) =>
    readCondition(yaml, [...path, key], key as ConditionName, value, effect, roles),
  )
}

const checkKey = (yaml: File, path: Path, key: string): void => {
  if (Object.hasOwn(conditions, key)) return
  if (LATER_CONDITIONS.includes(key)) throw yaml.fault(path, later(key))
  const why =
    key === 'tool_permissions'
      ? '; the first generation ignored it, so that a rule with it opened everything to everybody'
      : suggest(key, Object.keys(conditions))
  throw yaml.fault(path, `unknown condition ${JSON.stringify(key)}${why}`)
}

const readCondition = (
  yaml: File,
  path: Path,
  key: ConditionName,
  value: unknown,
  effect: Effect,
  roles: Roles,
): RuleCondition => {
  const entries = (Array.isArray(value) ? value : [value]) as string[]
  readEach(entries, (entry, index) => {
    const place = Array.isArray(value) ? [...path, index] : path
    if (key === 'role') checkRole(yaml, place, entry, roles)
    if (key === 'action' && isLiteral(entry)) checkAction(yaml, place, entry)
    if (key === 'tool_name_pattern') checkCompiles(yaml, place, entry, effect)
  })
  return { key, entries, condition: conditions[key].compile(entries, effect) }
}

const checkCompiles = (yaml: File, path: Path, entry: string, effect: Effect): void => {
  try {
    conditions.tool_name_pattern.compile([entry], effect)
  } catch (cause) {
    if (!(cause instanceof PatternError)) throw cause
    throw yaml.fault(path, `the pattern ${cause.message}`)
  }
}
