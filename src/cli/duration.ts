import { CliFault } from './failure.ts'

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  '': 1_000,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
}

/** A day; timers do not reach much further. */
const LONGEST = 86_400_000

/**
 * Milliseconds of `500ms`, `30s`, `2m`, `1h`, or of a bare number of seconds.
 *
 * @throws CliFault `usage` naming the flag or variable
 */
export const parseDuration = (text: string, name: string): number => {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim()) ?? []
  const milliseconds = Number(number || Number.NaN) * (UNITS[unit] ?? Number.NaN)
  if (milliseconds > 0 && milliseconds <= LONGEST) return milliseconds
  throw new CliFault('usage', `${name}: ${JSON.stringify(text)} is no time between 1ms and 24h`, {
    hint: `${name} 30s`,
  })
}
