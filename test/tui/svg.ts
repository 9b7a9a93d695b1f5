import { createEmulator } from '../support/emulator.ts'

/** Pixels of one place. */
const WIDE = 8.4
const HIGH = 18
const SIZE = 14
const MARGIN = 14

const INK = '#d7dce2'
const PAPER = '#15181d'
/** Foregrounds by their number; on a paper of their own they read on dark and on light pages. */
const INKS: Readonly<Record<string, string>> = {
  '90': '#8b949e',
  '31': '#ff7b72',
  '32': '#7ee787',
  '33': '#e3b341',
  '34': '#79c0ff',
  '35': '#d2a8ff',
  '36': '#76e3ea',
}

/** A frame, as the program writes it, as a picture: always the same for the same frame. */
export const toSvg = (frame: string, columns: number, rows: number, title: string): string => {
  const emulator = createEmulator(columns, rows)
  emulator.write(frame.replaceAll('\n', '\r\n'))
  const lines = emulator
    .cells()
    .flatMap((row, y) => [...bars(row, y), ...runs(row).map((run) => drawn(run, y))])
  const width = Math.ceil(columns * WIDE + 2 * MARGIN)
  const height = rows * HIGH + 2 * MARGIN
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8" fill="${PAPER}" stroke="#444c56"/>`,
    `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="${SIZE}" fill="${INK}">`,
    ...lines,
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

/** How signs are drawn: fonts leave gaps between the parts of a frame, and not all have every sign in one width. */
type Kind = 'words' | 'sign' | 'wide' | 'frame' | 'block'

const kindOf = (sign: string, next: string | undefined): Kind => {
  if (next === '') return 'wide'
  if (sign in STROKES) return 'frame'
  if (BLOCKS.includes(sign)) return 'block'
  return /^[ -~]$/.test(sign) ? 'words' : 'sign'
}

type Run = { text: string; kind: Kind; look: string; x: number; columns: number }

/** Places beside each other that are drawn as one; a word each, so that no font moves the next. */
const runs = (
  row: readonly Readonly<{ sign: string; look: string }>[],
): readonly Readonly<Run>[] => {
  const found: Run[] = []
  for (const [x, { sign, look }] of row.entries()) {
    const last = found.at(-1)
    if (sign === '') continue
    const kind = kindOf(sign, row[x + 1]?.sign)
    if (last?.look === look && last.kind === kind && goesOn(last, sign)) {
      last.text += sign
      last.columns++
    } else found.push({ text: sign, kind, look, x, columns: kind === 'wide' ? 2 : 1 })
  }
  return found.filter(({ text }) => text.trim() !== '')
}

const goesOn = ({ text, kind }: Readonly<Run>, sign: string): boolean =>
  kind === 'words' ? !(text.endsWith(' ') && sign !== ' ') : text.endsWith(sign) && sign !== '│'

const isInverse = (look: string): boolean => look.split(';').includes('7')

/** Half lines from the middle of a place: to the left, right, top, bottom. */
const STROKES: Readonly<Record<string, string>> = {
  '─': 'lr',
  '│': 'tb',
  '┌': 'rb',
  '┐': 'lb',
  '└': 'rt',
  '┘': 'lt',
}
const BLOCKS = '▁▂▃▄▅▆▇█'

/** What is inverse, each stretch as one: places beside each other would have seams. */
const bars = (row: readonly Readonly<{ look: string }>[], y: number): readonly string[] => {
  const found: { x: number; columns: number; look: string }[] = []
  for (const [x, { look }] of row.entries()) {
    const last = found.at(-1)
    if (!isInverse(look)) continue
    if (last?.look === look && last.x + last.columns === x) last.columns++
    else found.push({ x, columns: 1, look })
  }
  return found.map(({ x, columns, look }) =>
    rect(MARGIN + x * WIDE, MARGIN + y * HIGH, columns * WIDE, HIGH, inkOf(look)),
  )
}

const inkOf = (look: string): string =>
  look
    .split(';')
    .map((each) => INKS[each])
    .findLast((each) => each !== undefined) ?? INK

const drawn = (run: Readonly<Run>, y: number): string =>
  SHAPES[run.kind](run, MARGIN + run.x * WIDE, MARGIN + y * HIGH, {
    ink: isInverse(run.look) ? PAPER : inkOf(run.look),
    weight: run.look.split(';').includes('1') ? ' font-weight="bold"' : '',
  })

type Draw = (
  run: Readonly<Run>,
  left: number,
  top: number,
  look: Readonly<{ ink: string; weight: string }>,
) => string

const words: Draw = ({ text }, left, top, { ink, weight }) => {
  const shown = text.trimEnd()
  const at = `x="${pixels(left)}" y="${top + SIZE}" textLength="${pixels(shown.length * WIDE)}"`
  return `<text ${at}${filled(ink)}${weight}>${escaped(shown)}</text>`
}

/** In the middle of its place, since it may be wider or narrower than the letters. */
const sign: Draw = ({ text, columns, kind }, left, top, { ink, weight }) => {
  const step = kind === 'wide' ? 2 * WIDE : (columns / [...text].length) * WIDE
  const middles = [...text].map((_, at) => pixels(left + (at + 0.5) * step)).join(' ')
  const at = `x="${middles}" y="${top + SIZE}" text-anchor="middle"`
  return `<text ${at}${filled(ink)}${weight}>${escaped(text)}</text>`
}

const frameParts: Draw = ({ text, columns }, left, top, { ink }) => {
  const strokes = STROKES[text[0] ?? ''] ?? ''
  const [middle, centre] = [left + WIDE / 2, top + HIGH / 2]
  const [right, bottom] = [left + columns * WIDE, top + HIGH]
  const isAcross = strokes === 'lr'
  const path = isAcross
    ? `M${pixels(left)} ${centre}H${pixels(right)}`
    : [...strokes]
        .map((to) => `M${pixels(middle)} ${centre}${halves(left, right, top, bottom)[to] ?? ''}`)
        .join('')
  return `<path d="${path}" stroke="${ink}"/>`
}

const halves = (
  left: number,
  right: number,
  top: number,
  bottom: number,
): Readonly<Record<string, string>> => ({
  l: `H${pixels(left)}`,
  r: `H${pixels(right)}`,
  t: `V${top}`,
  b: `V${bottom}`,
})

const block: Draw = ({ text, columns }, left, top, { ink }) => {
  const height = ((BLOCKS.indexOf(text[0] ?? '') + 1) / BLOCKS.length) * (HIGH - 2)
  return rect(left, top + HIGH - 1 - height, columns * WIDE, height, ink)
}

const SHAPES: Readonly<Record<Kind, Draw>> = { words, sign, wide: sign, frame: frameParts, block }

const filled = (ink: string): string => (ink === INK ? '' : ` fill="${ink}"`)

const rect = (x: number, y: number, width: number, height: number, ink: string): string =>
  `<rect x="${pixels(x)}" y="${pixels(y)}" width="${pixels(width)}" height="${pixels(height)}" fill="${ink}"/>`

const pixels = (value: number): string => String(Math.round(value * 10) / 10)

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
