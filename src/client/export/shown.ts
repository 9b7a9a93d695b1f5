import { printable } from '../../core/printable.ts'

/** A text of others made harmless where it is read; its line breaks stay. */
export const shownText = (text: string): string =>
  text.toWellFormed().split('\n').map(printable).join('\n')

/** A value as indented JSON that stays JSON: what would be harmful is escaped as JSON does. */
export const shownJson = (value: unknown): string =>
  (JSON.stringify(value, undefined, 2) ?? 'null').replace(/[^\n -~]/gu, (sign) =>
    printable(sign) === sign ? sign : escaped(sign),
  )

const escaped = (sign: string): string =>
  Array.from(
    { length: sign.length },
    (_, at) => `\\u${sign.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('')
