import type { LatencySnapshot } from '../core/snapshot.ts'

/** How long things took, in buckets that grow: a value is told within 5 % of what it was. */
export type Latency = Readonly<{
  /** @param milliseconds whole */
  add: (milliseconds: number) => void
  read: () => LatencySnapshot
  /** Adds all that was taken here to another. */
  addTo: (sum: Latency) => void
  /** Takes so many that fall into one bucket. */
  addMany: (bucket: number, times: number) => void
}>

const PER_DOUBLING = 8
/** Up to about nine hours; what took longer counts as that. */
const BUCKETS = 25 * PER_DOUBLING

const bucketOf = (milliseconds: number): number => {
  const bucket = Math.round(PER_DOUBLING * Math.log2(milliseconds + 1))
  return Math.min(BUCKETS - 1, Math.max(0, bucket))
}

/** The buckets of what nearly all calls take, since each call is counted four times. */
const SHORT = Uint8Array.from({ length: 1_000 }, (_, milliseconds) => bucketOf(milliseconds))

export const createLatency = (): Latency => {
  const counts = new Uint32Array(BUCKETS)
  let total = 0

  const percentile = (share: number): number | null => {
    if (total === 0) return null
    const rank = Math.ceil(share * total)
    let seen = 0
    const bucket = counts.findIndex((count) => {
      seen += count
      return seen >= rank
    })
    return Math.round(2 ** (bucket / PER_DOUBLING) - 1)
  }

  return {
    addTo(sum) {
      if (total === 0) return
      for (const [bucket, times] of counts.entries()) if (times > 0) sum.addMany(bucket, times)
    },
    addMany(bucket, times) {
      counts[bucket] = (counts[bucket] ?? 0) + times
      total += times
    },
    add(milliseconds) {
      const index = SHORT[milliseconds] ?? bucketOf(milliseconds)
      counts[index] = (counts[index] ?? 0) + 1
      total++
    },
    read: () => ({ p50_ms: percentile(0.5), p95_ms: percentile(0.95), p99_ms: percentile(0.99) }),
  }
}
