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
  const lines = emulator.cells().flatMap((row, y) => runs(row).map((run) => drawn(run, y)))
  const width = Math.ceil(columns * WIDE + 2 * MARGIN)
  const height = rows * HIGH + 2 * MARGIN
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${PAPER}" stroke="#444c56"/>`,
    `<g font-family="ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace" font-size="${SIZE}" fill="${INK}" xml:space="preserve">`,
    ...lines,
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

type Run = { text: string; look: string; x: number; columns: number }

/** Places beside each other that look alike; what is empty is left out. */
const runs = (
  row: readonly Readonly<{ sign: string; look: string }>[],
): readonly Readonly<Run>[] => {
  const found: Run[] = []
  for (const [x, { sign, look }] of row.entries()) {
    const last = found.at(-1)
    if (last?.look === look) {
      last.text += sign
      last.columns++
    } else found.push({ text: sign, look, x, columns: 1 })
  }
  return found.filter(({ text, look }) => text.trim() !== '' || look.split(';').includes('7'))
}

const drawn = ({ text, look, x, columns }: Readonly<Run>, y: number): string => {
  const numbers = look.split(';')
  const inverse = numbers.includes('7')
  const ink = numbers.map((each) => INKS[each]).findLast((each) => each !== undefined) ?? INK
  const left = (MARGIN + x * WIDE).toFixed(1)
  const width = (columns * WIDE).toFixed(1)
  const top = MARGIN + y * HIGH
  const paper = `<rect x="${left}" y="${top}" width="${width}" height="${HIGH}" fill="${ink}"/>`
  const weight = numbers.includes('1') ? ' font-weight="bold"' : ''
  const fill = inverse ? ` fill="${PAPER}"` : ink === INK ? '' : ` fill="${ink}"`
  const words = `<text x="${left}" y="${top + SIZE}" textLength="${width}"${fill}${weight}>${escaped(text)}</text>`
  return inverse ? paper + words : words
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
