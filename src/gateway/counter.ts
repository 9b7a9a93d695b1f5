import type { GatewayEvent } from '../core/events.ts'
import type { CountsSnapshot, LatencySnapshot } from '../core/snapshot.ts'
import { createLatency, type Latency } from './latency.ts'

export type Measured = CountsSnapshot & LatencySnapshot

/** Calls of one kind, or of one stretch of time. */
export type Counter = {
  calls: number
  denials: number
  errors: number
  readonly latency: Latency
  /** When the last one ended. */
  at: string
}

export const createCounter = (at: string): Counter => ({
  calls: 0,
  denials: 0,
  errors: 0,
  latency: createLatency(),
  at,
})

/** Adds what was counted to another. */
export const addTo = (sum: Counter, { calls, denials, errors, latency }: Counter): void => {
  sum.calls += calls
  sum.denials += denials
  sum.errors += errors
  latency.addTo(sum.latency)
}

const DENIALS: readonly string[] = ['denied', 'refused']

/** Adds a call that ended. */
export const count = (counter: Counter, event: GatewayEvent): void => {
  counter.calls++
  counter.at = event.timestamp
  if (DENIALS.includes(event.status)) counter.denials++
  if (event.status === 'error') counter.errors++
  // What was refused tells nothing of how long calls take.
  if (event.phase === 'outcome') counter.latency.add(event.duration_ms ?? 0)
}

export const measured = ({ calls, denials, errors, latency }: Counter): Measured => ({
  calls,
  denials,
  errors,
  ...latency.read(),
})
