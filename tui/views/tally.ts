import type { Row } from '../row.ts'

/** What happened in a stretch of time. */
export type Bucket = { calls: number; denied: number; failed: number; durations: number[] }

export type Tally = Readonly<{
  buckets: readonly Readonly<Bucket>[]
  total: Readonly<Bucket>
  /** Milliseconds. */
  span: number
}>

const empty = (): Bucket => ({ calls: 0, denied: 0, failed: 0, durations: [] })

/** The last so many milliseconds in equal parts; what is older, or of the administration, is left out. */
export const tally = (rows: readonly Row[], now: number, span: number, parts: number): Tally => {
  const buckets = Array.from({ length: parts }, empty)
  const total = empty()
  const begin = now - span
  for (const row of rows) {
    if (row.at < begin || row.event.face === 'admin' || row.mark === 'pending') continue
    const place = Math.min(parts - 1, Math.floor(((row.at - begin) / span) * parts))
    add(total, row)
    add(buckets[place] ?? total, row)
  }
  return { buckets, total, span }
}

const FAILED: readonly Row['mark'][] = ['error', 'failed']
const DENIED: readonly Row['mark'][] = ['deny', 'refused']

const add = (bucket: Bucket, { mark, event }: Row): void => {
  bucket.calls++
  if (DENIED.includes(mark)) bucket.denied++
  if (FAILED.includes(mark)) bucket.failed++
  if (event.duration_ms !== undefined) bucket.durations.push(event.duration_ms)
}

/** The value below which so large a share lies; undefined of nothing. */
export const quantile = (values: readonly number[], share: number): number | undefined => {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

/** A row of bars, the highest of them full. */
export const sparkline = (values: readonly number[], bars: readonly string[]): string => {
  const most = Math.max(...values, 1)
  return values
    .map((value) => {
      const at = value <= 0 ? 0 : Math.max(1, Math.round((value / most) * (bars.length - 1)))
      return bars[at] ?? ''
    })
    .join('')
}

export const percent = (part: number, whole: number): string =>
  whole === 0 ? '0 %' : `${((part / whole) * 100).toFixed(part * 20 > whole ? 0 : 1)} %`

/** How often each value occurs, the most frequent first. */
export const ranking = (
  rows: readonly Row[],
  read: (row: Row) => string | undefined,
): readonly (readonly [string, number])[] => {
  const counts = new Map<string, number>()
  for (const row of rows) {
    const value = read(row)
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return [...counts].sort(([left, less], [right, more]) => more - less || (left < right ? -1 : 1))
}
