import { HARMFUL, printable } from '../core/printable.ts'

/** Text of several lines made harmless for a terminal; line breaks and tabs stay. */
export const printableText = (text: string): string =>
  text
    .split(/\r?\n/)
    .map((line) => line.split('\t').map(printable).join('\t'))
    .join('\n')

/** A value as indented JSON, harmless too: JSON leaves C1 controls and bidirectional marks as they are. */
export const prettyJson = (value: unknown): string =>
  printableText(JSON.stringify(value, null, 2) ?? 'null')

/**
 * A value as JSON of one line for a terminal: what would harm it stands there as JSON's own escape, so
 * that whoever reads the text reads the same value.
 */
export const escapedJson = (value: unknown): string =>
  (JSON.stringify(value) ?? 'null').replace(HARMFUL, (found) =>
    [...Array(found.length).keys()]
      .map((at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  )

/** The first line of a text, for tables. */
export const firstLine = (text: unknown): string =>
  typeof text === 'string' ? (text.trim().split('\n')[0] ?? '') : ''

const UNITS = ['B', 'kB', 'MB', 'GB']

/** `12 kB`. */
export const sizeText = (bytes: number): string => {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  const amount = bytes / 1000 ** step
  return `${amount < 10 && step > 0 ? amount.toFixed(1) : Math.round(amount)} ${UNITS[step]}`
}

/** `45 ms`, `3.1 s`. */
export const elapsedText = (milliseconds: number): string =>
  milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`
