import { policyPlaces } from '../policy-places.ts'
import { asked, confirmRule, confirmUndo, openRule, undoRule, widen, writeRule } from '../rules.ts'
import { say, want } from '../say.ts'
import { type State, selectedRow } from '../state.ts'
import { ruleScroll } from '../views/rule.ts'
import { command } from './row.ts'

/** The place of the rule under the cursor, or of the one that decided the call under it. */
const placeOf = (state: State): string | undefined =>
  state.screen === 'policies' && state.detail === undefined
    ? policyPlaces(state.snapshot)[state.policyAt]
    : selectedRow(state)?.event.decision?.at

const edit = (state: State): State => {
  const at = placeOf(state)
  return at === undefined
    ? say(state, 'no rule of a file decided this', 'warn')
    : want(state, { kind: 'edit', at })
}

/** By so many pages, as far as there are lines. */
const scroll = (state: State, by: 1 | -1): State => {
  const { rule } = state
  if (rule === undefined) return state
  const { from, last, page } = ruleScroll(state, rule)
  const to = from + by * Math.max(1, page - 1)
  return { ...state, rule: { ...rule, scroll: Math.min(last, Math.max(0, to)) } }
}

export const RULING = {
  rule: command('write a rule from the call', openRule),
  'rule effect': command('allow or deny', (state) =>
    state.rule === undefined
      ? state
      : asked(state, { ...state.rule, effect: state.rule.effect === 'allow' ? 'deny' : 'allow' }),
  ),
  'rule wider': command('for more callers or things', (state) => widen(state, 1)),
  'rule narrower': command('for fewer callers or things', (state) => widen(state, -1)),
  'rule down': command('further down in the file', (state) => scroll(state, 1)),
  'rule up': command('further up in the file', (state) => scroll(state, -1)),
  'rule write': command('write the rule, after asking', confirmRule),
  'rule write now': command('write the rule', writeRule),
  'rule undo': command('take the last rule back, after asking', confirmUndo),
  'rule undo now': command('take the last rule back', undoRule),
  edit: command('open the rule in $EDITOR', edit),
}
