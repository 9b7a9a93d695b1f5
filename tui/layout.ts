import type { State } from './state.ts'

/**
 * How the screen is divided. `tail`: too small for anything but lines; `stacked`: the why pane below the
 * list; `split`: beside it; `wide`: in frames, with panels below where there is room.
 */
export type Layout = Readonly<{
  kind: 'tail' | 'stacked' | 'split' | 'wide'
  /** Between the three lines at the top and the two at the bottom. */
  body: number
  /** Of the list, frames and headings not counted. */
  list: Readonly<{ columns: number; rows: number }>
  /** Of the pane, its title or frame counted; no rows when there is none. */
  pane: Readonly<{ columns: number; rows: number }>
  /** Lines of the panels at the bottom. */
  panels: number
}>

export const SMALLEST = { columns: 80, rows: 24 } as const
/** Below this there is not even room to say what is missing. */
export const TINIEST = { columns: 60, rows: 15 } as const
export const TOP = 3
export const BOTTOM = 2
const PANELS = 13
const ROOM_FOR_PANELS = 40
/** From here on the list has a column of reasons beside the pane. */
const ROOM_FOR_REASONS = 120

export const layoutOf = (state: Pick<State, 'size' | 'why' | 'detail'>): Layout => {
  const { columns, rows } = state.size
  // A call that is open stands where the why pane does, also where that was switched off.
  const why = state.detail !== undefined && state.why === 'off' ? 'pane' : state.why
  const body = Math.max(0, rows - TOP - BOTTOM)
  if (columns < SMALLEST.columns || rows < SMALLEST.rows) {
    const list = { columns, rows: Math.max(1, rows - 1) }
    return { kind: 'tail', body: rows, list, pane: { columns: 0, rows: 0 }, panels: 0 }
  }
  if (columns >= 140) return wide(columns, rows, body, why)
  if (columns >= 100) return split(columns, body, why)
  const pane = paneRows(body, why)
  return {
    kind: 'stacked',
    body,
    list: { columns, rows: Math.max(0, body - 1 - pane) },
    pane: { columns, rows: pane },
    panels: 0,
  }
}

const paneRows = (body: number, why: State['why']): number => {
  if (why === 'off') return 0
  return why === 'full' ? body - 4 : Math.min(14, Math.max(9, Math.floor(body * 0.4)))
}

const paneColumns = (columns: number, share: number, why: State['why']): number => {
  if (why === 'off') return 0
  return Math.floor(columns * (why === 'full' ? 0.6 : share))
}

const split = (columns: number, body: number, why: State['why']): Layout => {
  const pane = paneColumns(columns, columns < ROOM_FOR_REASONS ? 0.4 : 0.33, why)
  return {
    kind: 'split',
    body,
    list: { columns: columns - pane, rows: body - 1 },
    pane: { columns: pane, rows: pane === 0 ? 0 : body },
    panels: 0,
  }
}

const wide = (columns: number, rows: number, body: number, why: State['why']): Layout => {
  const pane = paneColumns(columns, 0.34, why)
  const panels = rows >= ROOM_FOR_PANELS ? PANELS : 0
  const height = body - panels
  return {
    kind: 'wide',
    body,
    list: { columns: columns - pane - 2, rows: height - 3 },
    pane: { columns: pane, rows: pane === 0 ? 0 : height },
    panels,
  }
}
