import type { GatewayEvent } from '../core/events.ts'
import { RANGES, type Range, type Snapshot } from '../core/snapshot.ts'
import { addTo, type Counter, count, createCounter, measured } from './counter.ts'

/** How it went over the last minute, quarter of an hour, hour and day, in equal steps. */
export type Course = Readonly<{
  add: (event: GatewayEvent) => void
  /** @param now milliseconds since the epoch */
  read: (range: Range, now: number) => Snapshot['series']
  /** Calls a second over the last 30 seconds and what there is of the present ten. */
  rate: (now: number) => number
}>

const SECOND = 1_000
/** Whole steps over which the rate is told, besides the present one. */
const RATE_STEPS = 3

/** A call is counted once, in its second; a second that is over, or asked about, goes into every range. */
export const createCourse = (): Course => {
  const ranges: Readonly<Record<Range, Steps>> = {
    '1m': createSteps('1m'),
    '15m': createSteps('15m'),
    '1h': createSteps('1h'),
    '24h': createSteps('24h'),
  }
  let second = 0
  let counted = createCounter('')

  const spread = () => {
    if (counted.calls > 0) {
      for (const steps of Object.values(ranges)) addTo(steps.at(second), counted)
      counted = createCounter('')
    }
  }

  return {
    add(event) {
      const time = Math.floor(Date.parse(event.timestamp) / SECOND) * SECOND
      if (time !== second) {
        spread()
        second = time
      }
      count(counted, event)
    },
    read(range, now) {
      spread()
      return ranges[range].read(now)
    },
    rate(now) {
      spread()
      return ranges['15m'].rate(now)
    },
  }
}

type Steps = Readonly<{
  at: (time: number) => Counter
  read: (now: number) => Snapshot['series']
  rate: (now: number) => number
}>

const createSteps = (range: Range): Steps => {
  const { step, steps } = RANGES[range]
  const known = new Map<number, Counter>()
  const startOf = (time: number): number => Math.floor(time / step) * step
  return {
    at(time) {
      const start = startOf(time)
      const found = known.get(start)
      if (found !== undefined) return found
      for (const old of known.keys()) if (old <= start - steps * step) known.delete(old)
      const fresh = createCounter('')
      known.set(start, fresh)
      return fresh
    },
    read(now) {
      const last = startOf(now)
      const total = createCounter('')
      const buckets = Array.from({ length: steps }, (_, index) => {
        const start = last - (steps - 1 - index) * step
        const counter = known.get(start) ?? EMPTY
        addTo(total, counter)
        return { at: new Date(start).toISOString(), ...measured(counter) }
      })
      return { range, step_ms: step, buckets, total: measured(total) }
    },
    rate(now) {
      const from = startOf(now) - RATE_STEPS * step
      let calls = 0
      for (const [start, counter] of known) if (start >= from) calls += counter.calls
      return Math.round((calls / Math.max(1, (now - from) / SECOND)) * 10) / 10
    },
  }
}

const EMPTY = createCounter('')
