import { RANGES, type Range } from '../../src/core/snapshot.ts'
import type { Course } from '../course.ts'
import { courseTold, figuresOf } from '../figures.ts'
import { beside, EMPTY, type Line, line, type Piece } from '../line.ts'
import type { State } from '../state.ts'
import { fit } from '../text.ts'
import type { Tone } from '../theme.ts'
import { percent, sparkline } from './tally.ts'

/** Calls, denials, times and failures of the last fifteen minutes, as lines of bars. */
export const sparkLines = (state: State, columns: number): readonly Line[] =>
  courseLines(state, figuresOf(state).quarter, columns)

const courseLines = (state: State, course: Course, columns: number): readonly Line[] => {
  const { total } = course
  const most = Math.max(10, Math.min(60, columns - 22))
  const spark = (label: string, key: keyof Course['steps'][number], tone: Tone, value: string) =>
    line(
      [` ${fit(label, 7)} `, 'dim'],
      [
        sparkline(
          squeezed(
            course.steps.map((step) => step[key]),
            most,
          ),
          state.theme.glyphs.spark,
        ),
        tone,
      ],
      `  ${value}`,
    )
  return [
    spark('calls', 'calls', 'plain', `${perSecond(course)}/s`),
    spark('denied', 'denied', 'deny', percent(total.denied, total.calls)),
    spark('p95 ms', 'p95', 'pending', total.p95 === undefined ? '—' : String(total.p95)),
    spark('failed', 'failed', 'error', percent(total.failed, total.calls)),
  ]
}

/** As many as there is room for: neighbours stand together, as high as the highest of them. */
const squeezed = (values: readonly number[], most: number): readonly number[] => {
  if (values.length <= most) return values
  const merged = Array.from({ length: most }, () => 0)
  for (const [at, value] of values.entries()) {
    const place = Math.floor((at * most) / values.length)
    merged[place] = Math.max(merged[place] ?? 0, value)
  }
  return merged
}

/** Over the time that was seen. */
const perSecond = ({ total, covered }: Course): string => {
  const rate = total.calls / (covered / 1000)
  return rate >= 10 ? rate.toFixed(0) : rate.toFixed(rate >= 1 ? 1 : 2)
}

const TITLES: Readonly<Record<Range, string>> = {
  '1m': 'minute',
  '15m': '15 minutes',
  '1h': 'hour',
  '24h': '24 hours',
}

const rangeLine = ({ range }: State, { covered }: Course): Line => {
  const { step, steps } = RANGES[range]
  return line(
    [` The last ${TITLES[range]}`, 'title'],
    covered < step * steps ? [`, of which ${duration(covered)} were seen`, 'dim'] : '',
    '   ',
    ...(Object.keys(RANGES) as Range[]).map(
      (each): Piece => (each === range ? [`[${each}] `, 'strong'] : [` ${each}  `, 'dim']),
    ),
  )
}

/** Everything that can be counted of the calls of a time. */
export const statsLines = (state: State, columns: number): readonly Line[] => {
  const figures = figuresOf(state)
  const course = courseTold(state) ?? figures.ranged
  const half = Math.floor(columns / 2)
  const rest = columns - half
  const { total } = course
  return [
    rangeLine(state, course),
    EMPTY,
    ...courseLines(state, course, columns),
    EMPTY,
    line(
      ...(['p50', 'p95', 'p99'] as const).flatMap((name): readonly Piece[] => [
        [`   ${name} `, 'dim'],
        `${total[name] ?? '—'} ms`,
      ]),
      [`   of ${total.calls} calls`, 'dim'],
    ),
    EMPTY,
    line([' Of the ', 'title'], [String(figures.calls), 'title'], [' calls at hand', 'title']),
    EMPTY,
    ...beside(top('Tools', figures.tools, half), half, top('Callers', figures.callers, rest), rest),
    EMPTY,
    ...beside(
      top('Denied by', figures.denials, half),
      half,
      top('Failures', figures.failures, rest),
      rest,
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
