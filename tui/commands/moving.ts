import { browseStep } from '../choose.ts'
import { layoutOf } from '../layout.ts'
import { policyPlaces } from '../policy-places.ts'
import { searchText } from '../row.ts'
import { say } from '../say.ts'
import { indexOfSeq, type State, selectedRow } from '../state.ts'
import { goTo, move, settleCursor, toNewest } from '../visible.ts'
import { command } from './row.ts'

/** On the list the cursor moves, on a text the text does. */
const onList = (state: State): boolean =>
  state.screen === 'traffic' && state.detail === undefined && state.help === undefined

const step = (state: State, by: number): State => {
  const stepped = browseStep(state, by)
  if (stepped !== undefined) return stepped
  if (onList(state)) return move(state, by)
  if (state.help !== undefined)
    return { ...state, help: { ...state.help, scroll: scrolled(state.help.scroll, by) } }
  if (state.screen === 'policies' && state.detail === undefined) return toRule(state, by)
  if (state.detail === undefined) return { ...state, scroll: scrolled(state.scroll, by) }
  return { ...state, detail: { ...state.detail, scroll: scrolled(state.detail.scroll, by) } }
}

const toRule = (state: State, by: number): State => {
  const last = policyPlaces(state.snapshot).length - 1
  return { ...state, policyAt: Math.max(0, Math.min(last, state.policyAt + by)) }
}

// Views stop at their last line; this only keeps the number sane.
const scrolled = (from: number, by: number): number => Math.min(100_000, Math.max(0, from + by))

const page = (state: State): number =>
  Math.max(1, (onList(state) ? layoutOf(state).list.rows : layoutOf(state).body) - 2)

const FAR = 1_000_000

export const MOTIONS = {
  down: command('down', (state) => step(state, 1)),
  up: command('up', (state) => step(state, -1)),
  'page down': command('a page down', (state) => step(state, page(state))),
  'page up': command('a page up', (state) => step(state, -page(state))),
  first: command('first', (state) => (onList(state) ? goTo(state, 0) : step(state, -FAR))),
  last: command('last, and follow', (state) =>
    onList(state) ? toNewest(state) : step(state, FAR),
  ),
  follow: command('follow the newest call, or stop', (state) =>
    state.detached ? toNewest(state) : settleCursor({ ...state, follow: !state.follow }),
  ),
  goto: command(
    'go to a call by its number',
    (state, argument) => {
      const seq = Number(argument.replace('#', ''))
      const at = indexOfSeq(state.visible, seq)
      if (!Number.isInteger(seq) || at < 0)
        return say(state, `no call ${argument} is listed`, 'warn')
      return goTo({ ...state, screen: 'traffic', detail: undefined, help: undefined }, at)
    },
    '#NUMBER',
  ),
  'match next': command('next match', (state) => match(state, 1)),
  'match previous': command('match before', (state) => match(state, -1)),
}

const match = (state: State, by: 1 | -1): State => {
  const { visible, search } = state
  if (search === '') return say(state, 'nothing is searched for; ctrl-f begins', 'warn')
  const wanted = search.toLowerCase()
  const from = indexOfSeq(visible, selectedRow(state)?.seq)
  for (let count = 1; count <= visible.length; count++) {
    const at = (from + by * count + visible.length * 2) % visible.length
    const row = visible[at]
    if (row && searchText(row).includes(wanted)) {
      return goTo({ ...state, screen: 'traffic' }, at)
    }
  }
  return say(state, `nothing listed holds ${JSON.stringify(search)}`, 'warn')
}
