import { clip, harmless, isSure, widthOf } from './text.ts'
import type { Theme, Tone } from './theme.ts'

/** A run of text in one tone. */
export type Span = Readonly<{ text: string; tone: Tone; selected?: boolean }>

/** One line of the screen. */
export type Line = Readonly<{ spans: readonly Span[] }>

/** Text, or text with its tone. */
export type Piece = string | readonly [text: string, tone: Tone]

export const span = (piece: Piece): Span =>
  typeof piece === 'string' ? { text: piece, tone: 'plain' } : { text: piece[0], tone: piece[1] }

export const line = (...pieces: readonly Piece[]): Line => ({ spans: pieces.map(span) })

export const EMPTY: Line = { spans: [] }

export const lineWidth = ({ spans }: Line): number =>
  spans.reduce((sum, { text }) => sum + widthOf(harmless(text)), 0)

/** Exactly so many columns: cut without a mark, or filled with blanks. */
export const fitLine = (given: Line, columns: number): Line => {
  const spans: Span[] = []
  let room = columns
  for (const each of given.spans) {
    const safe = harmless(each.text)
    const text = clip(safe, room)
    if (text !== '') spans.push({ ...each, text })
    room -= widthOf(text)
    // Half of a wide sign may be left: nothing else belongs there.
    if (text !== safe) break
  }
  if (room > 0) spans.push({ text: ' '.repeat(room), tone: 'plain' })
  return { spans }
}

/** The line where the cursor is, over its whole width. */
export const select = (given: Line, columns: number): Line => ({
  spans: fitLine(given, columns).spans.map((each) => ({ ...each, selected: true })),
})

/** One line with something at each of its ends; what is at the right goes first when room is short. */
export const between = (left: Line, right: Line, columns: number): Line => {
  const room = columns - lineWidth(left) - lineWidth(right)
  if (room < 1) return fitLine(left, columns)
  return { spans: [...left.spans, span(' '.repeat(room)), ...right.spans] }
}

/** Blocks side by side, each fitted to its width. */
export const beside = (
  left: readonly Line[],
  leftColumns: number,
  right: readonly Line[],
  rightColumns: number,
): readonly Line[] =>
  Array.from({ length: Math.max(left.length, right.length) }, (_, at) => ({
    spans: [
      ...fitLine(left[at] ?? EMPTY, leftColumns).spans,
      ...fitLine(right[at] ?? EMPTY, rightColumns).spans,
    ],
  }))

/** A rule across the screen, with a title in it. */
export const ruled = (title: readonly Piece[], columns: number, theme: Theme): Line => {
  const { rule } = theme.glyphs
  if (title.length === 0) return line([rule.repeat(columns), 'dim'])
  const inner = line([`${rule} `, 'dim'], ...title, ' ')
  const rest = Math.max(0, columns - lineWidth(inner))
  return { spans: [...inner.spans, { text: rule.repeat(rest), tone: 'dim' }] }
}

/** A block as many lines high as said, cut or filled with empty lines. */
export const fitBlock = (lines: readonly Line[], rows: number): readonly Line[] =>
  lines.length >= rows
    ? lines.slice(0, Math.max(0, rows))
    : [...lines, ...Array.from({ length: rows - lines.length }, () => EMPTY)]

/** The lines in a frame with a title; `columns` and `rows` count the frame. */
export const boxed = (
  title: readonly Piece[],
  lines: readonly Line[],
  columns: number,
  rows: number,
  theme: Theme,
): readonly Line[] => {
  const { rule, bar, corners } = theme.glyphs
  const [topLeft = '', topRight = '', bottomLeft = '', bottomRight = ''] = [...corners]
  const edge: Span = { text: bar, tone: 'dim' }
  const head = line([`${topLeft}${rule} `, 'dim'], ...title, ' ')
  const width = Math.min(columns - 1, lineWidth(head))
  const rest: Span = { text: rule.repeat(columns - 1 - width) + topRight, tone: 'dim' }
  return [
    { spans: [...fitLine(head, width).spans, rest] },
    ...fitBlock(lines, rows - 2).map((each) => ({
      spans: [edge, ...fitLine(each, columns - 2).spans, edge],
    })),
    line([bottomLeft + rule.repeat(columns - 2) + bottomRight, 'dim']),
  ]
}

/**
 * The one way to the terminal: whatever a view says, only our own sequences come out. Behind a text that
 * the terminal may take for narrower or wider than it is, the next one is put in its place.
 */
export const paint = (given: Line, columns: number, theme: Theme): string => {
  let column = 1
  let isTorn = false
  const painted = fitLine(given, columns).spans.map(({ text, tone, selected }) => {
    // One bar of one colour: inverted tones would be patches, some of them unreadable.
    const begin = selected ? theme.selected : theme.begin(tone)
    const shown = theme.ascii ? text.replace(TWINNED, (sign) => TWINS[sign] ?? sign) : text
    column += widthOf(text)
    const isLoose = !isSure(text)
    isTorn ||= isLoose
    const next = isLoose && column <= columns ? `\u001b[${column}G` : ''
    return begin === '' ? shown + next : `${begin}${shown}${theme.end}${next}`
  })
  // What such a text leaves uncovered was there before.
  return (isTorn ? ERASE_LINE : '') + painted.join('')
}

const ERASE_LINE = '\u001b[2K'

/** What views write beyond ASCII besides the theme's glyphs. */
const TWINS: Readonly<Record<string, string>> = { '—': '-', '…': '~', '↑': '^', '↓': 'v', '⏎': '<' }
const TWINNED = /[—…↑↓⏎]/g
