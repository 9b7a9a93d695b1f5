import { createHash } from 'node:crypto'
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
import { createBoundedMap } from '../lib/bounded-map.ts'
import { YamlFault } from '../lib/yaml.ts'
import { YamlEditFault } from '../lib/yaml-edit.ts'
import type { DecisionPoint } from '../policy/decision-point.ts'
import { PolicyUnsound } from '../policy/self-test.ts'
import type { Callers } from './callers.ts'
import type { HistoryThread } from './history-thread.ts'
import type { Note } from './live.ts'
import type { LivePolicy } from './policy.ts'
import { type RecordedCall, toRecordedCall } from './recorded-calls.ts'
import { compareCalls, draftRule, lastRule, NO_FILE } from './rule-draft.ts'

export type PolicyEditingOptions = Readonly<{
  settings: Settings
  policy: Pick<LivePolicy, 'current' | 'reload' | 'forget'>
  history: Pick<HistoryThread, 'page' | 'one'>
  /** Whose calls are decided again, as far as they were seen since the start. */
  callers: Pick<Callers, 'find'>
  note: Note
  /** Milliseconds since the epoch. */
  now: () => number
}>

/** The policy file, changed from what was seen in the record. */
export type PolicyEditing = Readonly<{
  /** The answer as JSON text; undefined for operations that ask nothing of the kind. */
  answer: (operation: Operation, principal: Principal) => Promise<string> | undefined
}>

/** A rule that was written, and the text of the file before; undefined where there was no file. */
type Written = Readonly<{ before: string | undefined; name: string; at: string }>

/** Rules that can be taken back. */
const MOST_UNDOS = 20
/** Calls that are decided again, and how many pages of the record hold them. */
const PAGE = 500
const PAGES = 2

export const openPolicyEditing = (options: PolicyEditingOptions): PolicyEditing => {
  const { settings, now } = options
  const path = settings.values.policyFile
  const file = shownPath(path, settings.directory)
  const undos = createBoundedMap<string, Written>(MOST_UNDOS)

  const callOf = async (event: number): Promise<RecordedCall> => {
    const text = await options.history.one(String(event))
    if (text === undefined) throw new UnprocessableRequest(`No event ${event} in the record`)
    const detail: EventDetail = JSON.parse(text)
    const call = toRecordedCall(detail.event, options.callers.find)
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
    return events.flatMap((event) => toRecordedCall(event, options.callers.find) ?? [])
  }

  const told = (code: string, sentence: string) =>
    options.note({ code, status: 'success', error: sentence })

  const drafted = async (asked: RuleDraft) => {
    const before = readPolicy(path, file, options.policy.current())
    const call = await callOf(asked.event)
    return { call, ...draftRule(before, file, call, asked) }
  }

  const preview = async (asked: RuleDraft): Promise<RulePreview> => {
    const { call, scopes, scope, rule, diff, old, fresh } = await drafted(asked)
    const impact = compareCalls(await recentCalls(), old, fresh)
    const permitted = fresh.permits(call.principal, call.operation)
    return {
      scopes: scopes.map((each) => ({ id: each.id, text: each.text })),
      scope: scope.id,
      effect: asked.effect,
      name: rule.name,
      at: lastRule(fresh),
      file,
      hash: old.policyHash,
      diff: [...diff],
      ...impact,
      effective: permitted === (asked.effect === 'allow'),
    }
  }

  const replace = async (
    expect: string,
    edit: (before: string) => string | undefined,
  ): Promise<void> => {
    await editConfigFile(
      path,
      file,
      (before) => {
        if (expect === NO_FILE ? before !== '' : hashOf(before) !== expect) throw changed(file)
        const text = edit(before)
        return text === undefined ? undefined : { text, holdsSecrets: false }
      },
      { now, sleep: Bun.sleep },
    ).catch((cause) => {
      throw notWritten(cause)
    })
  }

  const write = async (asked: RuleWrite, { username }: Principal): Promise<RuleWritten> => {
    const { rule, old, fresh, text } = await drafted(asked)
    if (old.policyHash !== asked.expect) throw changed(file)
    let { before } = text
    await replace(asked.expect, (found) => {
      if (before !== undefined) before = found
      return found.startsWith('\uFEFF') ? `\uFEFF${text.after}` : text.after
    })
    const at = lastRule(fresh)
    undos.set(fresh.policyHash, { before, name: rule.name, at })
    options.policy.reload()
    told('policy_rule_written', `${username} wrote rule "${rule.name}" to ${at}`)
    return { name: rule.name, at, file, hash: fresh.policyHash }
  }

  const undo = async ({ expect }: RuleUndo, { username }: Principal): Promise<RuleWritten> => {
    const known = undos.get(expect)
    if (known === undefined) {
      throw new UnprocessableRequest('This gateway wrote no rule that could be taken back')
    }
    await replace(expect, () => known.before)
    undos.delete(expect)
    const { name, at, before } = known
    if (before === undefined) options.policy.forget()
    else options.policy.reload()
    told('policy_rule_undone', `${username} took back rule "${name}" of ${at}`)
    return { name, at, file, hash: before === undefined ? NO_FILE : hashOf(before) }
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
  }
}

/** Without its byte order mark, as the policy is loaded. */
const hashOf = (text: string): string =>
  createHash('sha256')
    .update(text.replace(/^\uFEFF/, ''))
    .digest('hex')

/**
 * The text of the file; undefined where there never was one, so that a rule begins it.
 *
 * @throws UnprocessableRequest for one that has gone: what it said is still in force, and cannot be written again
 */
const readPolicy = (
  path: string,
  file: string,
  { policyHash }: Pick<DecisionPoint, 'policyHash'>,
): string | undefined => {
  const text = readConfigFile(path, file)
  if (text !== undefined || policyHash === NO_FILE) return text
  throw new UnprocessableRequest(
    `${file} is gone, and what it said stays in force until it is back; a rule can be written then`,
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

const notWritten = (cause: unknown): unknown =>
  cause instanceof SettingsFault
    ? new UnprocessableRequest(`Nothing was written. ${cause.message}`, { cause })
    : cause
