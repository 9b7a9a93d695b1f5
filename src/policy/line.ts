import type { Effect } from './condition.ts'
import type { Kind, Question } from './question.ts'
import type { ResourcePattern } from './resource-pattern.ts'

/** Where a line comes from, for reasons and counts. One rule or permission may give several lines. */
export type Source = Readonly<{
  kind: 'rule' | 'permission' | 'built_in_role' | 'default_policy'
  /** The rule's name, `role:developer`, or `default_policy`. */
  name: string
  /** `policies/policy.yaml:31`; undefined for what no file says. */
  at: string | undefined
  effect: Effect
}>

/** One thing that a line compares. */
export type Check = Readonly<{
  /** As in policy.yaml: `tool_name_pattern`, `role`, `resource`, `actions`. */
  key: string
  expected: string
  holds: (question: Question) => boolean
  actual: (question: Question) => string
}>

/**
 * One row for casbin, and what its columns mean. The columns are words of ours: `anyone` or `role:x`; a
 * resource pattern; `every` action, every `ordinary` one, or `action:x`.
 */
export type Line = Readonly<{
  id: string
  /** Its place in the order of asking. */
  order: number
  source: Source
  subject: string
  resource: string
  actions: string
  pattern: ResourcePattern
  /** Everything compared; all must hold. */
  checks: readonly Check[]
  /** Folded names by kind, of each of which the question must have one. The index looks at nothing else. */
  literals: ReadonlyMap<Kind, ReadonlySet<string>>
  /** Of an allow line: globs for the items that it might permit. */
  offers: readonly string[]
  row: readonly string[]
}>

/** What cannot be evaluated never gives access: it counts as matched where it denies, else as not. */
export const checkHolds = (check: Check, effect: Effect, question: Question): boolean => {
  try {
    return check.holds(question)
  } catch {
    return effect === 'deny'
  }
}
