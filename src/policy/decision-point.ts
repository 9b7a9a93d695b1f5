import { type Decision, deny, type Obligation, permit, type Reason } from '../core/decision.ts'
import type { Operation, Scope } from '../core/operation.ts'
import type { Principal } from '../core/principal.ts'
import type { Resource } from '../core/resource.ts'
import { createAccess, isDenyRule, isPermitting, type Offer } from './access.ts'
import { compilePolicy } from './compile.ts'
import { createViews, type View } from './decision-cache.ts'
import { createExplain, policyErrorReason } from './explain.ts'
import { createJudge, type Judge } from './judge.ts'
import type { Line, Source } from './line.ts'
import type { Policy } from './policy-file.ts'
import { createQuestion, type Question } from './question.ts'
import { toAsker } from './roles.ts'

/** How often a rule or permission decided since its policy came into force. */
export type Hits = Readonly<{ name: string; at: string | undefined; count: number }>

/** Answers who may do what, by one version of the policy; changes nothing. */
export type DecisionPoint = Readonly<{
  /** Never throws: what cannot be judged is denied with code `policy_error`. */
  decide: (principal: Principal, operation: Operation) => Decision
  /** As `decide`, when it is only asked and nothing is done: it is not counted. */
  permits: (principal: Principal, operation: Operation) => boolean
  /** Whether one item may be used by an action. */
  mayUse: (principal: Principal, action: string, resource: Resource) => boolean
  /** Whether an entry belongs into the answer to a list operation. */
  mayList: (principal: Principal, operation: Operation, name: string) => boolean
  /** Whether anything at all is permitted on a server of that name, be there one or not. */
  mayUseServer: (principal: Principal, server: string) => boolean
  /** What it decides by, for those who show it. */
  policy: Policy
  /** SHA-256 of the policy file, hexadecimal; `none` without a file. */
  policyHash: string
  /** Rules, permissions and the default policy, in the order in which they are asked. */
  hits: () => readonly Hits[]
}>

export type DecisionOptions = Readonly<{
  judgeOf?: (lines: readonly Line[]) => Judge
  /** How many answers are remembered. */
  cacheLimit?: number
  /** Told why a question could not be judged; the caller only learns that it was denied. */
  onError?: (cause: unknown) => void
}>

/** What was found out, before and after it is put into words. */
type Verdict = { readonly line: Line | undefined; decision?: Decision }

export const createDecisionPoint = (
  policy: Policy,
  { judgeOf = createJudge, cacheLimit = 20_000, onError }: DecisionOptions = {},
): DecisionPoint => {
  const lines = compilePolicy(policy)
  const access = createAccess(lines, judgeOf(lines))
  const explain = createExplain(policy, lines)
  const counts = new Map<Source, number>(lines.map((line) => [line.source, 0]))
  const viewOf = createViews<Verdict>((principal) => toAsker(policy, principal), cacheLimit)

  const itemVerdict = (view: View<Verdict>, action: string, resource: Resource): Verdict =>
    view.items(action, resource.server, resource.name, () => ({
      line: access.item(view.asker, action, resource),
    }))
  const usable = (view: View<Verdict>, server: string): boolean =>
    isPermitting(
      view.wholes('', server, '', () => ({ line: access.usable(view.asker, server)?.line })).line,
    )

  const conclude = (
    view: View<Verdict>,
    question: Question,
    line: Line | undefined,
    obligations: readonly Obligation[] = [],
  ): Decision => {
    const reason: Reason = explain(question, line)
    if (line?.source.effect === 'allow') return permit(reason, obligations)
    const server = question.resource?.server
    return deny(reason, server === undefined || usable(view, server) ? 'item' : 'server')
  }

  /**
   * The verdict on a list, a server or the gateway as a whole: what is said of all of it decides, if it
   * permits or if a rule denies; else whether anything in it is permitted.
   */
  const wholeVerdict = (
    view: View<Verdict>,
    { action, scope, resource, itemAction }: Operation,
    within: () => Offer | undefined,
  ): Verdict =>
    view.wholes(`${scope} ${itemAction ?? ''}`, action, resource.server, () => {
      const subject = scope === 'gateway' ? undefined : { server: resource.server, name: '*' }
      const question = createQuestion(view.asker, action, subject, 'every')
      const line = access.speak(question)
      const settled = isDenyRule(line) || isPermitting(line)
      const answer = (settled ? undefined : within()) ?? { line, question }
      const obligations: Obligation[] = scope === 'list' ? ['trim_listing'] : []
      const decision = conclude(view, answer.question, answer.line, obligations)
      return { line: answer.line, decision }
    })

  const verdicts: Record<Scope, (view: View<Verdict>, operation: Operation) => Verdict> = {
    item: (view, { action, resource }) => {
      const verdict = itemVerdict(view, action, resource)
      verdict.decision ??= conclude(
        view,
        createQuestion(view.asker, action, resource, 'one'),
        verdict.line,
      )
      return verdict
    },
    list: (view, operation) =>
      wholeVerdict(view, operation, () => {
        const { action, itemAction = action, resource } = operation
        return (
          access.offer(view.asker, action, resource.server) ??
          access.offer(view.asker, itemAction, resource.server)
        )
      }),
    server: (view, operation) =>
      wholeVerdict(view, operation, () => access.usable(view.asker, operation.resource.server)),
    gateway: (view, operation) => wholeVerdict(view, operation, () => undefined),
  }

  const guarded = (answer: () => boolean): boolean => {
    try {
      return answer()
    } catch (cause) {
      onError?.(cause)
      return false
    }
  }
  const mayUse = (view: View<Verdict>, action: string, resource: Resource) =>
    isPermitting(itemVerdict(view, action, resource).line)

  return {
    decide: (principal, operation) => {
      try {
        const { line, decision } = verdicts[operation.scope](viewOf(principal), operation)
        if (line) counts.set(line.source, (counts.get(line.source) ?? 0) + 1)
        return decision ?? deny(policyErrorReason(policy.hash), 'server')
      } catch (cause) {
        onError?.(cause)
        return deny(policyErrorReason(policy.hash), 'server')
      }
    },
    permits: (principal, operation) =>
      guarded(
        () => verdicts[operation.scope](viewOf(principal), operation).decision?.effect === 'permit',
      ),
    mayUse: (principal, action, resource) =>
      guarded(() => mayUse(viewOf(principal), action, resource)),
    mayList: (principal, { action, itemAction = action, resource }, name) =>
      guarded(() => {
        const view = viewOf(principal)
        const entry = { server: resource.server, name }
        const listing = itemVerdict(view, action, entry).line
        const use = itemVerdict(view, itemAction, entry).line
        if (isDenyRule(listing) || isDenyRule(use)) return false
        return isPermitting(use) || isPermitting(listing)
      }),
    mayUseServer: (principal, server) => guarded(() => usable(viewOf(principal), server)),
    policy,
    policyHash: policy.hash,
    hits: () => [...counts].map(([{ name, at }, count]) => ({ name, at, count })),
  }
}
