import { elapsed } from '../clock.ts'
import type { Binding } from '../keymap.ts'
import { layoutOf } from '../layout.ts'
import { beside, boxed, EMPTY, fitBlock, type Line, line, type Piece, ruled } from '../line.ts'
import { type State, selectedRow } from '../state.ts'
import { fit, wrap } from '../text.ts'
import { detailLimit, detailLines } from './detail.ts'
import { emptyLines } from './empty.ts'
import { heading, listLines } from './list.ts'
import { logLines } from './log.ts'
import { serverPanel } from './servers.ts'
import { sparkLines } from './stats.ts'
import { whyLines, whyTitle } from './why.ts'

/** The list of calls with the why of the one under the cursor, as the size of the screen allows. */
export const trafficLines = (state: State, keymap: readonly Binding[]): readonly Line[] => {
  const layout = layoutOf(state)
  if (layout.kind === 'wide') return wide(state, keymap)
  if (state.detail !== undefined) return detailLines(state, state.size.columns, layout.body)
  // Nothing can be under the cursor: what to type has all the room.
  if (state.visible.length === 0) return emptyLines(state, keymap, state.size.columns)
  return layout.kind === 'split' ? split(state) : stacked(state)
}

/** How many lines of the call that is open do not fit. */
export const openLimit = (state: State): number => {
  const { kind, pane, body } = layoutOf(state)
  return kind === 'wide'
    ? detailLimit(state, pane.columns - 2, pane.rows - 2)
    : detailLimit(state, state.size.columns, body)
}

const NO_CALL = 'The reason for the call under the cursor stands here.'

const why = (state: State, columns: number): readonly Line[] => {
  const row = selectedRow(state)
  return row === undefined
    ? wrap(NO_CALL, columns - 2).map((text) => line([` ${text}`, 'dim']))
    : whyLines(row, state, columns)
}

const titleOf = (state: State, columns: number): readonly Piece[] => {
  const row = selectedRow(state)
  return row === undefined ? [] : whyTitle(row, columns)
}

const stacked = (state: State): readonly Line[] => {
  const { list: area, pane } = layoutOf(state)
  const { columns } = state.size
  const below =
    pane.rows === 0
      ? []
      : [
          ruled(titleOf(state, columns - 4), columns, state.theme),
          ...fitBlock(why(state, columns), pane.rows - 1),
        ]
  return [heading(columns), ...fitBlock(listLines(state, columns), area.rows), ...below]
}

const split = (state: State): readonly Line[] => {
  const { list: area, pane, body } = layoutOf(state)
  const left = [
    heading(area.columns - 1),
    ...fitBlock(listLines(state, area.columns - 1), area.rows),
  ]
  if (pane.rows === 0) return left
  const { bar } = state.theme.glyphs
  const inner = pane.columns - 1
  const right = fitBlock(
    [line(' ', ...titleOf(state, inner - 2)), EMPTY, ...why(state, inner)],
    body,
  ).map((each): Line => ({ spans: [{ text: bar, tone: 'dim' }, ...each.spans] }))
  return beside(left, area.columns, right, pane.columns)
}

const listTitle = ({ follow, paused, link }: State): readonly Piece[] => {
  if (paused !== undefined)
    return [
      ['Traffic  ', 'strong'],
      ['PAUSED', 'pending'],
    ]
  return [
    ['Traffic', 'strong'],
    [follow && link.kind === 'live' ? '  FOLLOW' : '', 'permit'],
  ]
}

const wide = (state: State, keymap: readonly Binding[]): readonly Line[] => {
  const { list: area, pane, panels, body } = layoutOf(state)
  const { theme } = state
  const height = body - panels
  const left = boxed(
    listTitle(state),
    state.visible.length === 0
      ? emptyLines(state, keymap, area.columns)
      : [heading(area.columns), ...listLines(state, area.columns)],
    area.columns + 2,
    height,
    theme,
  )
  const top =
    pane.rows === 0 ? left : beside(left, area.columns + 2, wideDetail(state), pane.columns)
  return panels === 0 ? top : [...top, ...panelLines(state)]
}

const wideDetail = (state: State): readonly Line[] => {
  const { pane } = layoutOf(state)
  const inner = pane.columns - 2
  if (state.detail !== undefined) {
    return boxed(
      [['Detail', 'strong']],
      detailLines(state, inner, pane.rows - 2),
      pane.columns,
      pane.rows,
      state.theme,
    )
  }
  return boxed(
    [['Why', 'strong']],
    [line(' ', ...titleOf(state, inner - 2)), EMPTY, ...why(state, inner)],
    pane.columns,
    pane.rows,
    state.theme,
  )
}

const PANEL_ROWS = [7, 6] as const
const NOTHING = [line([' no call waits for its answer', 'dim'])]

/** What else goes on, on screens that have the room. */
const panelLines = (state: State): readonly Line[] => {
  const { size, theme } = state
  const right = Math.floor(size.columns * 0.34)
  const left = size.columns - right
  const [first, second] = PANEL_ROWS
  const box = (title: string, lines: readonly Line[], columns: number, rows: number) =>
    boxed([[title, 'strong']], lines, columns, rows, theme)
  const open = underWay(state)
  return [
    ...beside(
      box(`Under way (${open.length})`, open.length === 0 ? NOTHING : open, left, first),
      left,
      box('Last 15 minutes', sparkLines(state, right - 2), right, first),
      right,
    ),
    ...beside(
      box('Servers', serverPanel(state), left, second),
      left,
      box('Log', logLines(state, second - 2), right, second),
      right,
    ),
  ]
}

/** Calls whose answer is waited for, the longest first. */
const underWay = ({ rows, now, theme, admin }: State): readonly Line[] =>
  rows
    .filter(({ mark, event }) => mark === 'pending' && (admin || event.face !== 'admin'))
    .map(({ at, event }) =>
      line(
        [` ${theme.glyphs.pending} ${fit(`${elapsed(now - at)}`, 6)}`, 'pending'],
        fit(event.user ?? '—', 22),
        ` ${event.mcp_server ?? '—'} ${theme.glyphs.dot} ${event.tool_name ?? event.method ?? ''}  `,
        [
          event.parameters === undefined ? '' : JSON.stringify(event.parameters).slice(0, 200),
          'dim',
        ],
      ),
    )
