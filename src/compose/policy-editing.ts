import { createHash } from 'node:crypto'
import type { Authenticate } from '../auth/authenticator.ts'
import { readConfigFile, shownPath } from '../config/config-file.ts'
import { editConfigFile } from '../config/edit-config-file.ts'
import type { Settings } from '../config/settings.ts'
import { SettingsFault } from '../config/settings-fault.ts'
import { UnprocessableRequest } from '../core/errors.ts'
import type { GatewayEvent } from '../core/events.ts'
import type { EventDetail, HistoryPage } from '../core/history.ts'
import type { Operation } from '../core/operation.ts'
import type { Principal } from '../core/principal.ts'
import type { RuleDraft, RulePreview, RuleUndo, RuleWrite, RuleWritten } from '../core/rule.ts'
import { lineChange } from '../lib/line-change.ts'
import { YamlFault } from '../lib/yaml.ts'
import { appendInYaml } from '../lib/yaml-append.ts'
import { YamlEditFault } from '../lib/yaml-edit.ts'
import { createDecisionPoint } from '../policy/decision-point.ts'
import { loadPolicy } from '../policy/policy-file.ts'
import { ruleScopes, toWrittenRule } from '../policy/rule-scopes.ts'
import { assertSound, PolicyUnsound } from '../policy/self-test.ts'
import type { HistoryThread } from './history-thread.ts'
import type { LivePolicy, Note } from './policy.ts'
import { type RecordedCall, rememberPrincipals, toRecordedCall } from './recorded-calls.ts'

export type PolicyEditingOptions = Readonly<{
  settings: Settings
  policy: Pick<LivePolicy, 'reload'>
  history: Pick<HistoryThread, 'page' | 'one'>
  note: Note
  /** Milliseconds since the epoch. */
  now: () => number
}>

/** The policy file, changed from what was seen in the record. */
export type PolicyEditing = Readonly<{
  /** The answer as JSON text; undefined for operations that ask nothing of the kind. */
  answer: (operation: Operation, principal: Principal) => Promise<string> | undefined
  /** The same, and who called is remembered, so that their calls can be decided again. */
  meeting: (authenticate: Authenticate) => Authenticate
}>

/** Rules that can be taken back. */
const MOST_UNDOS = 20
/** Calls that are decided again, and how many pages of the record hold them. */
const PAGE = 500
const PAGES = 2

export const openPolicyEditing = (options: PolicyEditingOptions): PolicyEditing => {
  const { settings, now } = options
  const path = settings.values.policyFile
  const file = shownPath(path, settings.directory)
  const people = rememberPrincipals()
  const undos = new Map<string, Readonly<{ before: string; name: string; at: string }>>()

  const callOf = async (event: number): Promise<RecordedCall> => {
    const text = await options.history.one(String(event))
    if (text === undefined) throw new UnprocessableRequest(`No event ${event} in the record`)
    const detail: EventDetail = JSON.parse(text)
    const call = toRecordedCall(detail.event, people.find)
    if (call !== undefined) return call
    throw new UnprocessableRequest(
      `Event ${event} is no call that policy decided, so no rule can be about it`,
    )
  }

  const recentCalls = async (): Promise<readonly RecordedCall[]> => {
    const events: GatewayEvent[] = []
    let before: number | undefined
    for (let left = PAGES; left > 0; left--) {
      const asked = { filter: '-face:admin', limit: PAGE, before }
      const page: HistoryPage = JSON.parse(await options.history.page(asked))
      events.push(...page.events)
      if (page.next_before === null) break
      before = page.next_before
    }
    return events.flatMap((event) => toRecordedCall(event, people.find) ?? [])
  }

  const drafted = async (asked: RuleDraft) => {
    const before = readPolicy(path, file)
    const call = await callOf(asked.event)
    return { call, ...draft(before, file, call, asked) }
  }

  const preview = async (asked: RuleDraft): Promise<RulePreview> => {
    const { call, scopes, scope, rule, text, old, fresh } = await drafted(asked)
    const impact = compare(await recentCalls(), old, fresh)
    const permitted = fresh.permits(call.principal, call.operation)
    return {
      scopes: scopes.map((each) => ({ id: each.id, text: each.text })),
      scope: scope.id,
      effect: asked.effect,
      name: rule.name,
      at: lastRule(fresh),
      file,
      hash: old.policyHash,
      diff: [...lineChange(text.before, text.after)],
      ...impact,
      effective: permitted === (asked.effect === 'allow'),
    }
  }

  const replace = (expect: string, edit: (before: string) => string): Promise<boolean> =>
    editConfigFile(
      path,
      file,
      (before) => {
        if (hashOf(before) !== expect) throw changed(file)
        return { text: edit(before), holdsSecrets: false }
      },
      { now, sleep: Bun.sleep },
    )

  const write = async (asked: RuleWrite, { username }: Principal): Promise<RuleWritten> => {
    const { rule, old, fresh, text } = await drafted(asked)
    if (old.policyHash !== asked.expect) throw changed(file)
    let before = ''
    await replace(asked.expect, (found) => {
      before = found
      return found.startsWith('\uFEFF') ? `\uFEFF${text.after}` : text.after
    })
    const at = lastRule(fresh)
    undos.set(fresh.policyHash, { before, name: rule.name, at })
    for (const oldest of undos.keys()) if (undos.size > MOST_UNDOS) undos.delete(oldest)
    told(options, 'policy_rule_written', `${username} wrote rule "${rule.name}" to ${at}`)
    return { name: rule.name, at, file, hash: fresh.policyHash }
  }

  const undo = async ({ expect }: RuleUndo, { username }: Principal): Promise<RuleWritten> => {
    const known = undos.get(expect)
    if (known === undefined) {
      throw new UnprocessableRequest('This gateway wrote no rule that could be taken back')
    }
    await replace(expect, () => known.before)
    undos.delete(expect)
    const { name, at } = known
    told(options, 'policy_rule_undone', `${username} took back rule "${name}" of ${at}`)
    return { name, at, file, hash: hashOf(known.before) }
  }

  const answers: Readonly<
    Record<string, (asked: never, principal: Principal) => Promise<RulePreview | RuleWritten>>
  > = {
    'datacline/policy-preview': preview,
    'datacline/policy-write': write,
    'datacline/policy-undo': undo,
  }

  return {
    answer(operation, principal) {
      const asked = answers[operation.method]
      // The face checked what is asked by the schema of its path.
      return asked?.(operation.arguments as never, principal).then(
        (body) => JSON.stringify(body),
        (cause: unknown) => {
          throw asSentence(cause)
        },
      )
    },
    meeting:
      (authenticate) =>
      (...given) => {
        const known = authenticate(...given)
        // A token that was verified before is answered at once, and nothing has to be waited for.
        return known instanceof Promise ? known.then(people.meet) : people.meet(known)
      },
  }
}

const told = ({ policy, note }: PolicyEditingOptions, code: string, sentence: string): void => {
  policy.reload()
  note({ code, status: 'success', error: sentence })
}

/** What the file would be with the rule in it, and both policies, ready to decide. */
const draft = (before: string, file: string, call: RecordedCall, asked: RuleDraft) => {
  const old = createDecisionPoint(loadPolicy(before, file))
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
  const after = appendInYaml(before, 'rules', rule)
  const policy = loadPolicy(after, file)
  assertSound(createDecisionPoint(policy))
  return { scopes, scope, rule, text: { before, after }, old, fresh: createDecisionPoint(policy) }
}

type Point = ReturnType<typeof createDecisionPoint>

const lastRule = ({ policy }: Point): string => policy.rules.at(-1)?.at ?? policy.file

const compare = (calls: readonly RecordedCall[], old: Point, fresh: Point) => {
  const impact = { calls: calls.length, to_permit: 0, to_deny: 0 }
  for (const { principal, operation } of calls) {
    const [before, after] = [old, fresh].map((point) => point.permits(principal, operation))
    if (before === after) continue
    if (after) impact.to_permit++
    else impact.to_deny++
  }
  return impact
}

/** Without its byte order mark, as the policy is loaded. */
const hashOf = (text: string): string =>
  createHash('sha256')
    .update(text.replace(/^\uFEFF/, ''))
    .digest('hex')

const readPolicy = (path: string, file: string): string => {
  const text = readConfigFile(path, file)
  if (text !== undefined) return text
  throw new UnprocessableRequest(
    `There is no ${file} that a rule could be written to; begin one with the line default_policy: deny`,
  )
}

const changed = (file: string): UnprocessableRequest =>
  new UnprocessableRequest(`${file} was changed since; look at it again`)

/** What is wrong with the file is for who asked: it is the operator's own. */
const asSentence = (cause: unknown): unknown => {
  if (cause instanceof YamlEditFault) {
    return new UnprocessableRequest(`${cause.message}; edit the file by hand`, { cause })
  }
  const isFile =
    cause instanceof YamlFault || cause instanceof SettingsFault || cause instanceof PolicyUnsound
  return isFile ? new UnprocessableRequest(cause.message, { cause }) : cause
}
