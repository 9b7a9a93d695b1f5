import { CliFault } from './failure.ts'

/** How many of the last ones `-n` wants. @throws CliFault `usage` */
export const countOf = (
  text: string | undefined,
  otherwise: number,
  what: 'lines' | 'events',
): number => {
  if (text === undefined) return otherwise
  if (/^\d{1,7}$/.test(text)) return Number(text)
  throw new CliFault('usage', `--lines: ${JSON.stringify(text)} is no number of ${what}`)
}
