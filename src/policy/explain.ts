import type { Comparison, NearMiss, Reason, ReasonCode } from '../core/decision.ts'
import { formatResource } from '../core/resource.ts'
import { isClosed } from './actions.ts'
import type { Effect } from './condition.ts'
import { type Check, checkHolds, type Line, type Source } from './line.ts'
import type { Policy } from './policy-file.ts'
import type { Question } from './question.ts'

/** Why an answer fell; `line` is the one that decided, undefined when none spoke. */
export type Explain = (question: Question, line: Line | undefined) => Reason

/** How many allow lines are looked at for near misses: a refusal must not cost more in a large file. */
const NEAR_MISS_LOOKS = 2000
const NEAR_MISSES = 3

/** Reasons for one policy. What only a denial's reader wants is worked out when it is first read. */
export const createExplain = (policy: Policy, lines: readonly Line[]): Explain => {
  const sources = new Map(
    lines
      .filter(({ source, checks }) => source.effect === 'allow' && checks.length > 1)
      .map((line) => [line.source, line]),
  )
  const candidates = [...sources.values()].slice(0, NEAR_MISS_LOOKS)

  return (question, line) => {
    const code = codeOf(policy, question, line)
    const shared = {
      code,
      text: sentence(policy, question, line, code),
      rule: line?.source.kind === 'default_policy' ? undefined : line?.source.name,
      at: line?.source.at,
      roles: question.asker.roles.map(({ role, origin }) => `${role} (${origin})`),
      compared: line?.checks.map((check) => compare(check, line.source.effect, question)) ?? [],
      policyHash: policy.hash,
    }
    if (line?.source.effect === 'allow') return { ...shared, nearMisses: [], advice: undefined }
    let misses: readonly NearMiss[] | undefined
    const nearMisses = () => {
      misses ??= line?.source.kind === 'rule' ? [] : findNearMisses(candidates, question)
      return misses
    }
    return {
      ...shared,
      get nearMisses() {
        return nearMisses()
      },
      get advice() {
        return advise(policy, question, line)
      },
    }
  }
}

/** A reason for what could not be judged at all. The cause is not for the caller. */
export const policyErrorReason = (policyHash: string): Reason => ({
  code: 'policy_error',
  text: 'denied: the policy could not be evaluated',
  rule: undefined,
  at: undefined,
  roles: [],
  compared: [],
  nearMisses: [],
  advice:
    'This is a fault of the gateway, not of the call; whoever runs it should look at its log.',
  policyHash,
})

const codeOf = (policy: Policy, { action }: Question, line: Line | undefined): ReasonCode => {
  if (line !== undefined && line.source.kind !== 'default_policy') return line.source.kind
  if (isClosed(action)) return 'unknown_method'
  return policy.hash === 'none' ? 'no_policy' : 'default_policy'
}

const sentence = (
  policy: Policy,
  question: Question,
  line: Line | undefined,
  code: ReasonCode,
): string => {
  const source = line?.source
  const verdict = source?.effect === 'allow' ? 'allowed' : 'denied'
  const place = source?.at === undefined ? '' : ` (${source.at})`
  const name = source?.name ?? ''
  if (code === 'rule') return `${verdict} by rule: ${name}${place}`
  if (code === 'permission') return `${verdict} by role ${name.slice('role:'.length)}${place}`
  if (code === 'built_in_role') return `allowed by built-in role ${name.slice('role:'.length)}`
  if (verdict === 'allowed') return `allowed by default policy${place}`
  const asked = `${question.action} on ${shown(question)}`
  if (code === 'no_policy') return `denied: there is no policy (${policy.file} is missing)`
  if (code === 'unknown_method') return `denied: no rule or role of yours names ${asked}`
  return `denied by default policy (no rule or role of yours permits ${asked})`
}

const shown = ({ resource }: Question): string =>
  resource === undefined ? 'the gateway' : formatResource(resource)

const compare = (check: Check, effect: Effect, question: Question): Comparison => ({
  key: check.key,
  expected: check.expected,
  actual: check.actual(question),
  holds: checkHolds(check, effect, question),
})

/** What would have permitted the question but for one condition; what the asker's own roles lack first. */
const findNearMisses = (candidates: readonly Line[], question: Question): readonly NearMiss[] => {
  const misses: { source: Source; failed: Check }[] = []
  for (const { source, checks } of candidates) {
    const failed = checks.filter((check) => !checkHolds(check, source.effect, question))
    if (failed.length === 1 && failed[0]) misses.push({ source, failed: failed[0] })
  }
  return misses
    .sort((left, right) => Number(isRole(left.failed)) - Number(isRole(right.failed)))
    .slice(0, NEAR_MISSES)
    .map(({ source, failed }) => ({
      name: source.name,
      at: source.at,
      because: `${failed.key}: wants ${failed.expected}, is ${failed.actual(question)}`,
    }))
}

const isRole = ({ key }: Check) => key === 'role'

const advise = (policy: Policy, { asker }: Question, line: Line | undefined): string => {
  const keeper = `ask whoever keeps ${policy.file}`
  if (line?.source.kind === 'rule') {
    const { description } = policy.rules.find((rule) => rule.at === line.source.at) ?? {}
    const why = description === undefined ? '' : `${description.trim()} `
    return `${why}A retry will be denied too; ${keeper} if the rule should not hold here.`
  }
  if (policy.hash === 'none') return `Write ${policy.file}; until then everything is denied.`
  if (asker.roles.length === 0) {
    return `No role of ${policy.file} is mapped to ${asker.principal.username}; ${keeper}.`
  }
  const permitted = asker.roles.flatMap(({ role }) => policy.roles.get(role) ?? []).slice(0, 3)
  const own = permitted.map(({ actions, resource }) => `${actions.join(', ')} on ${resource}`)
  const owned =
    own.length === 0 ? 'Your roles permit nothing' : `Your roles permit ${own.join('; ')}`
  return `${owned}; ${keeper} for more.`
}
