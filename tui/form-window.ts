import { layoutOf } from './layout.ts'
import type { State } from './state.ts'
import { formFocus } from './views/form.ts'

/** The state with so much of the form scrolled that what matters of it is seen. */
export const formInView = (state: State): State => {
  const focus = formFocus(state, state.size.columns)
  if (focus === undefined) return state
  const { from, to } = focus
  // Under the title of the screen.
  const page = layoutOf(state).body - 1
  const isSeen = from >= state.scroll && to <= state.scroll + page
  const scroll = from < state.scroll ? from : Math.min(from, to - page)
  return isSeen ? state : { ...state, scroll: Math.max(0, scroll) }
}
