import { printable } from '../src/core/printable.ts'

/**
 * What terminals measure in different ways, or do not show at all: variation selectors, skin tones,
 * the letters of flags, fillers, keycaps, other marks of format, and halves of a surrogate pair.
 */
const UNSTEADY = new RegExp(
  [
    '[\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u3164\\uffa0]',
    '[\\ufe00-\\ufe0f]',
    '[\\u{e0100}-\\u{e01ef}]',
    '[\\u{1f1e6}-\\u{1f1ff}]',
    '[\\u{1f3fb}-\\u{1f3ff}]',
    '\\u20e3',
    '\\p{Cf}',
    '\\p{Surrogate}',
  ].join('|'),
  'gu',
)
/** Nothing of this text is below it: it would climb onto what stands before. */
const HOMELESS = /^\p{M}+/u
/** Beyond this nothing of a text can be on the screen. */
const LONGEST = 4096
const PLAIN = /^[ -~]*$/

/** Text from anywhere made harmless and measurable; harmless text stays as it is. */
export const harmless = (text: string): string => {
  if (text.length <= LONGEST && PLAIN.test(text)) return text
  return printable(text.slice(0, LONGEST))
    .slice(0, LONGEST)
    .replace(UNSTEADY, '\ufffd')
    .replace(HOMELESS, '\ufffd')
}

/**
 * Signs on whose width terminals disagree, with each other and with us: marks that stand beside their
 * letter, pictures, what is newer or rarer than their tables.
 */
const UNSURE = new RegExp(
  '[\\p{M}\\p{Cn}\\p{Co}\\p{Extended_Pictographic}\\u{10000}-\\u{10ffff}' +
    '\\u0e33\\u0eb3\\u1100-\\u11ff\\u2630-\\u2637\\u268a-\\u268f\\u2ff0-\\u2fff\\u31e0-\\u31ef' +
    '\\u3248-\\u324f\\ua960-\\ua97f\\ud7b0-\\ud7ff\\ufb50-\\ufdff]',
  'u',
)

/** Whether every terminal takes as many columns for a harmless text as `widthOf` says. */
export const isSure = (text: string): boolean => PLAIN.test(text) || !UNSURE.test(text)

/** Columns that a harmless text takes. */
export const widthOf = (text: string): number =>
  PLAIN.test(text) ? text.length : Bun.stringWidth(text)

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The longest beginning that fits, without a sign that something is missing. */
export const clip = (text: string, columns: number): string => {
  if (columns <= 0) return ''
  if (PLAIN.test(text)) return text.slice(0, columns)
  if (widthOf(text) <= columns) return text
  let taken = ''
  let width = 0
  for (const { segment } of graphemes.segment(text)) {
    width += widthOf(segment)
    if (width > columns) return taken
    taken += segment
  }
  return taken
}

/** Cut at its end with `…` where it does not fit; always harmless. */
export const cut = (text: string, columns: number, ellipsis = '…'): string => {
  const safe = harmless(text)
  if (widthOf(safe) <= columns) return safe
  return columns <= 0 ? '' : `${clip(safe, columns - 1)}${ellipsis}`
}

/** Exactly so many columns, cut or filled up. */
export const fit = (
  text: string,
  columns: number,
  side: 'left' | 'right' = 'left',
  ellipsis = '…',
): string => {
  const short = cut(text, columns, ellipsis)
  const space = ' '.repeat(Math.max(0, columns - widthOf(short)))
  return side === 'left' ? short + space : space + short
}

/** A text of any length and with breaks of its own, as lines; `wrap` alone stops at what a screen can hold. */
export const wrapWhole = (text: string, columns: number): readonly string[] =>
  text
    .split('\n')
    .flatMap((part) => (part === '' ? [''] : (part.match(PIECES) ?? [])))
    .flatMap((piece) => wrap(piece, columns))

const PIECES = /.{1,2048}/gsu

/** Broken into lines of at most so many columns, at spaces where there are any. */
export const wrap = (text: string, columns: number): readonly string[] => {
  if (columns < 1) return []
  const lines: string[] = []
  let line = ''
  const flush = () => {
    lines.push(line)
    line = ''
  }
  for (const word of harmless(text).split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > columns) flush()
    line = line === '' ? word : `${line} ${word}`
    while (widthOf(line) > columns) {
      const head = clip(line, columns) || line.slice(0, 1)
      lines.push(head)
      line = line.slice(head.length)
    }
  }
  flush()
  return lines
}
