import { beside, EMPTY, type Line, line, type Piece } from '../line.ts'
import { subjectOf } from '../row.ts'
import type { State } from '../state.ts'
import { fit } from '../text.ts'
import type { Tone } from '../theme.ts'
import { percent, quantile, ranking, sparkline, type Tally, tally } from './tally.ts'

const QUARTER = 15 * 60_000

/** Calls, denials, times and failures of the last fifteen minutes, as lines of bars. */
export const sparkLines = (state: State, columns: number): readonly Line[] => {
  const parts = Math.max(10, Math.min(60, columns - 22))
  const counted = tally(state.rows, state.now, QUARTER, parts)
  const { total } = counted
  const p95 = quantile(total.durations, 0.95)
  return [
    spark(state, 'calls', counted, ({ calls }) => calls, 'plain', `${perSecond(counted, state)}/s`),
    spark(
      state,
      'denied',
      counted,
      ({ denied }) => denied,
      'deny',
      percent(total.denied, total.calls),
    ),
    spark(
      state,
      'p95 ms',
      counted,
      ({ durations }) => quantile(durations, 0.95) ?? 0,
      'pending',
      p95 === undefined ? '—' : String(p95),
    ),
    spark(
      state,
      'failed',
      counted,
      ({ failed }) => failed,
      'error',
      percent(total.failed, total.calls),
    ),
  ]
}

/** Over the time that the calls at hand cover. */
const perSecond = ({ total, span }: Tally, { rows, now }: State): string => {
  const covered = Math.min(span, Math.max(1_000, now - (rows[0]?.at ?? now)))
  const rate = total.calls / (covered / 1000)
  return rate >= 10 ? rate.toFixed(0) : rate.toFixed(rate >= 1 ? 1 : 2)
}

const spark = (
  { theme }: State,
  label: string,
  { buckets }: Tally,
  read: (bucket: Tally['total']) => number,
  tone: Tone,
  value: string,
): Line =>
  line(
    [` ${fit(label, 7)} `, 'dim'],
    [sparkline(buckets.map(read), theme.glyphs.spark), tone],
    `  ${value}`,
  )

/** Everything that can be counted of the calls that are listed. */
export const statsLines = (state: State, columns: number): readonly Line[] => {
  const calls = state.rows.filter(({ event }) => event.face !== 'admin')
  const durations = calls.flatMap(({ event, mark }) =>
    mark === 'pending' || event.duration_ms === undefined ? [] : [event.duration_ms],
  )
  const half = Math.floor(columns / 2)
  return [
    line([' The last 15 minutes', 'title']),
    EMPTY,
    ...sparkLines(state, columns),
    EMPTY,
    line([' Of the ', 'title'], [String(calls.length), 'title'], [' calls at hand', 'title']),
    EMPTY,
    line(
      ...[0.5, 0.95, 0.99].flatMap((share): readonly Piece[] => [
        [`   p${share * 100} `, 'dim'],
        `${quantile(durations, share) ?? '—'} ms`,
      ]),
    ),
    EMPTY,
    ...beside(
      top(
        'Tools',
        ranking(calls, ({ event }) => `${event.mcp_server ?? '—'} ${subjectOf(event)}`),
        half,
      ),
      half,
      top(
        'Callers',
        ranking(calls, ({ event }) => event.user),
        columns - half,
      ),
      columns - half,
    ),
    EMPTY,
    ...beside(
      top(
        'Denied by',
        ranking(calls, ({ event, mark }) =>
          mark === 'deny' ? (event.decision?.rule ?? event.decision?.code) : undefined,
        ),
        half,
      ),
      half,
      top(
        'Failures',
        ranking(calls, ({ event, mark }) =>
          mark === 'error' || mark === 'failed' || mark === 'refused'
            ? (event.code ?? 'tool_error')
            : undefined,
        ),
        columns - half,
      ),
      columns - half,
    ),
    EMPTY,
    ...partsLines(state),
  ]
}

const top = (
  title: string,
  ranked: readonly (readonly [string, number])[],
  columns: number,
): readonly Line[] => [
  line([` ${title}`, 'title']),
  ...(ranked.length === 0 ? [line(['   none', 'dim'])] : []),
  ...ranked
    .slice(0, 6)
    .map(([name, count]) =>
      line([fit(String(count), 7, 'right'), 'strong'], ` ${fit(name, columns - 10)}`),
    ),
]

/** What the gateway says of itself. */
const partsLines = ({ snapshot, theme }: State): readonly Line[] => {
  if (snapshot === undefined) return []
  const { gateway, record, sessions, totals } = snapshot
  const figures: readonly (readonly [string, string])[] = [
    ['version', `${gateway.version}, up ${duration(gateway.uptime_ms)}`],
    ['status', gateway.status],
    ['event loop lag', `${gateway.event_loop_lag_ms} ms`],
    ['record', `${record.state}, ${record.lag} rows not durable yet, head #${record.head_seq}`],
    ['in flight', `${totals.in_flight}`],
    ['sessions', `${sessions.count}`],
  ]
  const wrong = Object.entries(gateway.parts).filter(([, state]) => state !== 'ok')
  return [
    line([' The gateway', 'title']),
    ...figures.map(([name, value]) => line([`   ${fit(name, 16)}`, 'dim'], value)),
    ...wrong.map(([name, state]) => line([`   ${theme.glyphs.error} ${name}: ${state}`, 'warn'])),
  ]
}

export const duration = (milliseconds: number): string => {
  const minutes = Math.floor(milliseconds / 60_000)
  if (minutes < 1) return `${Math.floor(milliseconds / 1000)} s`
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`
}
