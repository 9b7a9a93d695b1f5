import { UnprocessableRequest } from '../core/errors.ts'
import type { RuleDraft, RulePreview } from '../core/rule.ts'
import { lineChange } from '../lib/line-change.ts'
import { appendInYaml } from '../lib/yaml-append.ts'
import { createDecisionPoint } from '../policy/decision-point.ts'
import { loadPolicy, missingPolicy } from '../policy/policy-file.ts'
import { ruleScopes, toWrittenRule } from '../policy/rule-scopes.ts'
import { assertSound } from '../policy/self-test.ts'
import type { RecordedCall } from './recorded-calls.ts'

/** What stands for the hash of a file that is not there. */
export const NO_FILE = 'none'

/** What the file would be with the rule in it, and both policies, ready to decide. */
export const draftRule = (
  before: string | undefined,
  file: string,
  call: RecordedCall,
  asked: RuleDraft,
) => {
  const old = createDecisionPoint(
    before === undefined ? missingPolicy(file) : loadPolicy(before, file),
  )
  const scopes = ruleScopes(old.policy, call.principal, call.operation)
  const scope = asked.scope === undefined ? scopes[0] : scopes.find(({ id }) => id === asked.scope)
  if (scope === undefined) {
    throw new UnprocessableRequest(
      scopes.length === 0
        ? 'The names of this call hold a *, which a rule reads as any text; write the rule by hand'
        : `No scope ${JSON.stringify(asked.scope)} for this call`,
    )
  }
  const { reason } = old.decide(call.principal, call.operation)
  const decidedAt = reason.code === 'rule' ? reason.at : undefined
  const rule = toWrittenRule(old.policy, scope, asked.effect, decidedAt)
  const after = appendInYaml(before ?? FIRST_POLICY, 'rules', rule)
  const policy = loadPolicy(after, file)
  const diff = before === undefined ? added(after) : lineChange(before, after)
  assertSound(createDecisionPoint(policy))
  return {
    scopes,
    scope,
    rule,
    text: { before, after },
    diff,
    old,
    fresh: createDecisionPoint(policy),
  }
}

type Point = ReturnType<typeof createDecisionPoint>

/** Where the rule stands that was added. */
export const lastRule = ({ policy }: Point): string => policy.rules.at(-1)?.at ?? policy.file

/** How many calls would be decided otherwise, and how. */
export const compareCalls = (calls: readonly RecordedCall[], old: Point, fresh: Point) => {
  const impact = { calls: calls.length, to_permit: 0, to_deny: 0 }
  for (const { principal, operation } of calls) {
    const [before, after] = [old, fresh].map((point) => point.permits(principal, operation))
    if (before === after) continue
    if (after) impact.to_permit++
    else impact.to_deny++
  }
  return impact
}

/** A file that begins is new from its first line to its last. */
const added = (text: string): RulePreview['diff'] =>
  text
    .trimEnd()
    .split('\n')
    .map((each) => ({ sign: '+', text: each }))

/** What is in force without a policy file, as a file that begins one: a rule is added to it. */
const FIRST_POLICY = `# Who may use which tools. A change is in force as soon as it is saved;
# "datacline config validate" checks it.
#
# This says what held without the file. With authentication everything is
# denied that nothing below permits. With --no-auth, callers on this machine
# have the built-in role local-developer: they may do everything that no rule
# takes away, until user_roles maps anonymous to other roles.
default_policy: deny

# The rule with the highest priority is asked first; the first whose whole
# condition holds decides.
rules: []
`
