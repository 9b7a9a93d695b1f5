import { layoutOf } from './layout.ts'
import type { Row } from './row.ts'
import { indexOfSeq, type State } from './state.ts'

/** What the list shows now, and where its cursor is: asked after rows, filter, pause or size changed. */
export const refresh = (state: State): State => {
  const visible = state.rows.filter((row) => isVisible(state, row))
  return settleCursor({ ...state, visible })
}

const isVisible = (state: State, row: Row): boolean => {
  const { paused, admin, filter, markedOnly, marked } = state
  if (paused !== undefined && row.seq > paused) return false
  return matches(row, admin, filter) && (!markedOnly || marked.has(row.seq))
}

const matches = ({ event }: Row, admin: boolean, filter: State['filter']): boolean => {
  if (!admin && event.face === 'admin') return false
  return !filter.on || filter.matches(event)
}

/** How many rows came since the pause. */
export const waiting = ({ rows, paused, admin, filter }: State): number => {
  if (paused === undefined) return 0
  let found = 0
  for (let at = rows.length - 1; at >= 0; at--) {
    const row = rows[at]
    if (row === undefined || row.seq <= paused) break
    if (matches(row, admin, filter)) found++
  }
  return found
}

/** How many rows the filter would let through, the pause aside. */
export const settleCursor = (state: State): State => {
  const { visible, follow } = state
  if (visible.length === 0) return { ...state, cursor: state.follow ? undefined : state.cursor }
  const last = visible.length - 1
  const at = follow ? last : Math.max(0, indexOfSeq(visible, state.cursor))
  return anchor({ ...state, cursor: visible[at]?.seq }, at)
}

/** Moves by so many rows; the end is where following begins again. */
export const move = (state: State, by: number): State => {
  const last = state.visible.length - 1
  if (last < 0) return state
  const from = Math.max(0, indexOfSeq(state.visible, state.cursor))
  return goTo(state, Math.min(last, Math.max(0, from + by)))
}

export const goTo = (state: State, at: number): State => {
  const cursor = state.visible[at]?.seq
  if (cursor === undefined) return state
  const moved = { ...state, cursor, follow: isNewest(state, at) }
  const reached = at === 0 && !state.exhausted && state.rows.length > 0
  return anchor(reached ? wantOlder(moved) : moved, at)
}

const isNewest = ({ visible, paused, detached }: State, at: number): boolean =>
  at === visible.length - 1 && paused === undefined && !detached

const wantOlder = (state: State): State => ({
  ...state,
  wants: [
    ...state.wants,
    {
      kind: 'history',
      before: state.rows[0]?.seq,
      filter: state.filter.on ? state.filter.text : '',
    },
  ],
})

/** The newest call; where it was let go the list begins anew at the end of the record. */
export const toNewest = (state: State): State => {
  if (!state.detached) return goTo(state, state.visible.length - 1)
  const anew: State = { ...state, rows: [], open: new Map(), detached: false, exhausted: false }
  return wantOlder(refresh({ ...anew, follow: state.paused === undefined }))
}

/** The first row on the screen, such that the cursor is on it and no room is wasted. */
const anchor = (state: State, at: number): State => {
  const { rows } = layoutOf(state).list
  const { visible } = state
  const last = Math.max(0, visible.length - rows)
  const old = indexOfSeq(visible, state.top)
  const lowest = Math.min(at, last)
  const first = Math.max(0, at - rows + 1)
  const top = Math.min(lowest, Math.max(first, old))
  return { ...state, top: visible[top]?.seq }
}

/** The rows on the screen. */
export const windowOf = (state: State): readonly Row[] => {
  const from = Math.max(0, indexOfSeq(state.visible, state.top))
  return state.visible.slice(from, from + layoutOf(state).list.rows)
}
