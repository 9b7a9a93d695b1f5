import { clock, elapsed } from '../clock.ts'
import { type Line, line, type Piece, type Span, select, span } from '../line.ts'
import { causeOf, MARK_TONES, type Row, statusOf, subjectOf } from '../row.ts'
import type { State } from '../state.ts'
import { fit } from '../text.ts'
import type { Tone } from '../theme.ts'
import { windowOf } from '../visible.ts'

type Column = Readonly<{
  title: string
  /** At 80 columns; `grow` parts share what is more. */
  width: number
  grow: number
  /** Only on lists at least this wide; beside a narrower one the pane says it. */
  from?: number
  side?: 'right'
  text: (row: Row, state: State, wide: boolean) => string
  tone?: (row: Row) => Tone
}>

/** From here on times have milliseconds. */
const PRECISE = 96

const COLUMNS: readonly Column[] = [
  {
    title: 'TIME',
    width: 8,
    grow: 0,
    text: ({ at }, { zone }, wide) => clock(at, zone, wide),
    tone: () => 'dim',
  },
  {
    title: 'D',
    width: 1,
    grow: 0,
    text: ({ mark }, { theme }) => theme.glyphs[mark],
    tone: ({ mark }) => MARK_TONES[mark],
  },
  { title: 'WHO', width: 12, grow: 2, text: ({ event }) => event.user ?? '—' },
  { title: 'SERVER', width: 11, grow: 1, text: ({ event }) => event.mcp_server ?? '—' },
  {
    title: 'TOOL',
    width: 17,
    grow: 3,
    text: ({ event }) => subjectOf(event),
    tone: ({ mark }) => (mark === 'permit' ? 'plain' : MARK_TONES[mark]),
  },
  {
    title: 'VIA',
    width: 5,
    grow: 0,
    from: 120,
    text: ({ event }) => event.face ?? '—',
    tone: () => 'dim',
  },
  {
    title: 'ST',
    width: 4,
    grow: 0,
    text: (row, { theme }) => statusOf(row, theme.glyphs.ellipsis),
    tone: ({ mark }) => MARK_TONES[mark],
  },
  {
    title: 'MS',
    width: 5,
    grow: 0,
    side: 'right',
    text: ({ mark, event, at }, { now }) =>
      mark === 'pending' ? elapsed(now - at) : elapsed(event.duration_ms ?? 0),
    tone: () => 'dim',
  },
  {
    title: 'RULE / REASON',
    width: 13,
    grow: 3,
    from: 76,
    text: (row) => causeOf(row),
    tone: ({ mark }) => (mark === 'permit' ? 'dim' : 'plain'),
  },
]

type Placed = Readonly<{ column: Column; width: number }>

const placed = (columns: number): readonly Placed[] => {
  const shown = COLUMNS.filter(({ from = 0 }) => columns >= from)
  const fixed = shown.map(({ title, width }) =>
    title === 'TIME' && columns >= PRECISE ? 12 : width,
  )
  const room = columns - 2 - fixed.reduce((sum, width) => sum + width + 1, -1)
  const parts = shown.reduce((sum, { grow }) => sum + grow, 0)
  const widths = shown.map(({ grow }, at) => (fixed[at] ?? 1) + Math.floor((room * grow) / parts))
  const rest = columns - 1 - widths.reduce((sum, width) => sum + width + 1, 0)
  return shown.map((column, at) => ({
    column,
    // What rounding left goes to the tool, the widest.
    width: Math.max(1, (widths[at] ?? 1) + (column.title === 'TOOL' ? rest : 0)),
  }))
}

/** The heading over the list. */
export const heading = (columns: number): Line => {
  const titles = placed(columns).map(({ column, width }) => fit(column.title, width, column.side))
  return line([`  ${titles.join(' ')}`, 'dim'])
}

/** The rows on the screen, the cursor among them. */
export const listLines = (state: State, columns: number): readonly Line[] => {
  const places = placed(columns)
  return windowOf(state).map((row) => rowLine(row, state, places, columns))
}

const rowLine = (row: Row, state: State, places: readonly Placed[], columns: number): Line => {
  const { theme, cursor, marked } = state
  const isCursor = row.seq === cursor
  const gutter = isCursor ? theme.glyphs.cursor : ' '
  const flag: Piece = marked.has(row.seq) ? [theme.glyphs.marked, 'warn'] : ' '
  const cells = places.flatMap(({ column, width }): readonly Span[] => [
    {
      text: fit(
        column.text(row, state, columns >= PRECISE),
        width,
        column.side,
        theme.glyphs.ellipsis,
      ),
      tone: column.tone?.(row) ?? 'plain',
    },
    { text: ' ', tone: 'plain' },
  ])
  const whole: Line = { spans: [span(gutter), span(flag), ...cells.slice(0, -1)] }
  return isCursor ? select(whole, columns) : whole
}
