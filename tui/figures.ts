import { RANGES, type Snapshot } from '../src/core/snapshot.ts'
import type { Course, Figures } from './course.ts'
import { layoutOf } from './layout.ts'
import { type Row, subjectOf } from './row.ts'
import type { State } from './state.ts'
import { quantile, ranking, type Tally, tally } from './views/tally.ts'

const PARTS = 60
const QUARTER = 15 * 60_000

/** Those of the last tick, or counted now. */
export const figuresOf = (state: State): Figures => state.figures ?? counted(state)

/** Counted anew where they are shown, forgotten where they are not. */
export const withFigures = (state: State): State => {
  const figures = areShown(state) ? counted(state) : undefined
  return figures === state.figures ? state : { ...state, figures }
}

/** Whoever goes to the figures does not wait for the next tick. */
export const havingFigures = (state: State): State =>
  state.figures === undefined && state.screen === 'stats' ? withFigures(state) : state

const areShown = (state: State): boolean =>
  state.screen === 'stats' || (state.screen === 'traffic' && layoutOf(state).panels > 0)

const counted = ({ rows, now, range }: State): Figures => {
  const { step, steps } = RANGES[range]
  const span = step * steps
  const inRange = rows.filter(({ event, at }) => event.face !== 'admin' && at >= now - span)
  const quarter = courseOf(tally(rows, now, QUARTER, PARTS), rows, now)
  return {
    quarter,
    ranged: range === '15m' ? quarter : courseOf(tally(rows, now, span, PARTS), rows, now),
    calls: inRange.length,
    tools: ranking(inRange, ({ event }) => `${event.mcp_server ?? '—'} ${subjectOf(event)}`),
    callers: ranking(inRange, ({ event }) => event.user),
    denials: ranking(inRange, ({ event, mark }) =>
      mark === 'deny' ? (event.decision?.rule ?? event.decision?.code) : undefined,
    ),
    failures: ranking(inRange, ({ event, mark }) =>
      FAILURES.includes(mark) ? (event.code ?? 'tool_error') : undefined,
    ),
  }
}

const FAILURES: readonly Row['mark'][] = ['error', 'failed', 'refused']

const courseOf = ({ buckets, total, span }: Tally, rows: readonly Row[], now: number): Course => ({
  steps: buckets.map(({ calls, denied, failed, durations }) => ({
    calls,
    denied,
    failed,
    p95: quantile(durations, 0.95) ?? 0,
  })),
  total: {
    calls: total.calls,
    denied: total.denied,
    failed: total.failed,
    p50: quantile(total.durations, 0.5),
    p95: quantile(total.durations, 0.95),
    p99: quantile(total.durations, 0.99),
  },
  covered: Math.min(span, Math.max(1_000, now - (rows[0]?.at ?? now))),
})

/** What the gateway counted since it started; undefined where it did not tell of this range. */
export const courseTold = ({ snapshot, range }: State): Course | undefined => {
  if (snapshot?.series.range !== range || snapshot.series.total === undefined) return undefined
  const { buckets, total, step_ms } = snapshot.series
  return {
    steps: buckets.map((each) => ({ ...partsOf(each), p95: each.p95_ms ?? 0 })),
    total: {
      ...partsOf(total),
      p50: total.p50_ms ?? undefined,
      p95: total.p95_ms ?? undefined,
      p99: total.p99_ms ?? undefined,
    },
    covered: Math.min(buckets.length * step_ms, Math.max(1_000, snapshot.gateway.uptime_ms)),
  }
}

const partsOf = ({
  calls,
  denials,
  errors,
}: Pick<Snapshot['totals'], 'calls' | 'denials' | 'errors'>) => ({
  calls,
  denied: denials,
  failed: errors,
})
