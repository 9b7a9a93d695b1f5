import type { RulePreview } from '../src/core/rule.ts'
import { subjectOf } from './row.ts'
import { say, want } from './say.ts'
import { type RuleForm, type State, selectedRow } from './state.ts'
import { settleCursor } from './visible.ts'

/** Opens the form for a rule about the call under the cursor: the opposite of what was decided, for the fewest. */
export const openRule = (state: State): State => {
  const row = selectedRow(state)
  if (row === undefined) return say(state, 'no call is under the cursor', 'warn')
  if (row.event.decision === undefined) {
    return say(state, 'policy decided nothing about this call, so no rule can be about it', 'warn')
  }
  const effect = row.mark === 'deny' ? 'allow' : 'deny'
  const form: RuleForm = {
    event: row.event.seq,
    subject: subjectOf(row.event),
    effect,
    scope: undefined,
    preview: undefined,
    problem: undefined,
    followed: state.follow,
  }
  return asked(state, form)
}

/** Without the form; a list that followed the newest call follows it again. */
export const closeRule = (state: State): State =>
  state.rule?.followed === true && state.detail === undefined
    ? settleCursor({ ...state, rule: undefined, follow: true })
    : { ...state, rule: undefined }

/** The form with another effect or scope; what it would change is asked anew. */
export const asked = (state: State, form: RuleForm): State => {
  const { event, effect, scope } = form
  const { scroll: _, ...rest } = form
  return want(
    { ...state, rule: { ...rest, problem: undefined } },
    { kind: 'rule preview', draft: { event, effect, ...(scope !== undefined && { scope }) } },
  )
}

/** To a wider scope (1) or a narrower one (-1). */
export const widen = (state: State, by: 1 | -1): State => {
  const { rule } = state
  if (rule?.preview === undefined) return state
  const { scopes } = rule.preview
  const at = scopes.findIndex(({ id }) => id === (rule.scope ?? rule.preview?.scope))
  const next = scopes[at + by]
  return next === undefined ? state : asked(state, { ...rule, scope: next.id })
}

/** Takes an answer, unless the form asks for something else by now. */
export const previewed = (
  state: State,
  { preview, problem }: Readonly<{ preview?: RulePreview; problem?: string }>,
): State => {
  const { rule } = state
  if (rule === undefined) return state
  if (preview === undefined) return { ...state, rule: { ...rule, problem } }
  const isOther = preview.effect !== rule.effect || preview.scope !== (rule.scope ?? preview.scope)
  return isOther ? state : { ...state, rule: { ...rule, preview, problem: undefined } }
}

/** Asks before the file is written: what is shown is what will be written. */
export const confirmRule = (state: State): State => {
  const { rule } = state
  const shown = rule === undefined ? undefined : settled(rule)
  if (shown === undefined)
    return say(state, 'the gateway has not said yet what would change', 'warn')
  return {
    ...state,
    question: {
      text: isFirst(shown) ? `Create ${shown.file} with it?` : `Write it to ${shown.file}?`,
      answers: [
        { key: 'y', label: isFirst(shown) ? 'create it' : 'write', command: 'rule write now' },
        { key: 'n', label: 'no', command: 'stay' },
      ],
    },
  }
}

export const writeRule = (state: State): State => {
  const { rule } = state
  const shown = rule === undefined ? undefined : settled(rule)
  if (rule === undefined || shown === undefined) return say(state, 'R begins a rule', 'warn')
  const { effect, scope, hash } = shown
  return want(state, {
    kind: 'rule write',
    rule: { event: rule.event, effect, scope, expect: hash },
  })
}

export const confirmUndo = (state: State): State => {
  const { written } = state
  if (written === undefined) return say(state, 'no rule was written here', 'warn')
  return {
    ...state,
    question: {
      text: `Take back rule "${written.name}"?`,
      answers: [
        { key: 'y', label: 'take it back', command: 'rule undo now' },
        { key: 'n', label: 'no', command: 'stay' },
      ],
    },
  }
}

export const undoRule = (state: State): State =>
  state.written === undefined
    ? say(state, 'no rule was written here', 'warn')
    : want(state, { kind: 'rule undo', expect: state.written.hash })

/** Whether the rule begins the file. */
export const isFirst = ({ hash }: Pick<RulePreview, 'hash'>): boolean => hash === 'none'

/** What the form shows, when it is what the form asks for. */
const settled = ({ preview, effect, scope, problem }: RuleForm): RulePreview | undefined =>
  problem === undefined && preview?.effect === effect && preview.scope === (scope ?? preview.scope)
    ? preview
    : undefined
