import { expect, test } from 'bun:test'
import type { Range } from '../../src/core/snapshot.ts'
import type { State } from '../../tui/state.ts'
import { SNAPSHOT } from './snapshot.ts'
import { after, call, fresh, live, pressed, shown, typed } from './states.ts'

const told = (state: State, range: Range, calls: number): State =>
  after(state, {
    type: 'snapshot',
    body: {
      ...SNAPSHOT,
      series: {
        range,
        step_ms: 60_000,
        total: { calls, denials: 30, errors: 6, p50_ms: 12, p95_ms: 340, p99_ms: 900 },
        buckets: Array.from({ length: 60 }, (_, at) => ({
          at: new Date(at).toISOString(),
          calls: at,
          denials: 0,
          errors: 0,
          p50_ms: null,
          p95_ms: null,
          p99_ms: null,
        })),
      },
    },
  })

test('t goes from one time to the next and asks the gateway for it', () => {
  let state = pressed(live(fresh(), [call(1)]), '5')
  for (const [range, title] of [
    ['1h', 'The last hour'],
    ['24h', 'The last 24 hours'],
    ['1m', 'The last minute'],
    ['15m', 'The last 15 minutes'],
  ] as const) {
    state = pressed(after(state, { type: 'taken' }), 't')
    expect(state.range).toBe(range)
    expect(state.wants).toEqual([{ kind: 'snapshot' }])
    expect(shown(state)).toContain(title)
    expect(shown(state)).toContain(`[${range}]`)
  }
  const commanded = pressed(typed(pressed(state, ':'), 'range 24h'), 'enter')
  expect(commanded.range).toBe('24h')
  expect(pressed(typed(pressed(state, ':'), 'range 7d'), 'enter').message?.text).toContain(
    'times: 1m, 15m, 1h, 24h',
  )
})

test('what the gateway counted is shown, and of another time only what is at hand', () => {
  const state = pressed(live(fresh(), [call(1)]), '5 t')
  const text = shown(told(state, '1h', 600))
  expect(text).toContain('p50 12 ms   p95 340 ms   p99 900 ms   of 600 calls')
  expect(text).toMatch(/denied .* 5\.0 %/)
  // 31 minutes of it are over since the gateway started.
  expect(text).toContain('The last hour, of which 31 min were seen')
  expect(shown(told(state, '15m', 600))).toContain('of 1 calls')
})

test('calls are counted once a second, and anew for another time', () => {
  const state = pressed(live(fresh(), [call(1)]), '5')
  const later = live(state, [call(2)])
  expect(later.figures).toBe(state.figures)
  expect(shown(later)).toContain('Of the 1 calls at hand')
  const ticked = after(later, { type: 'tick', now: later.now + 1_000 })
  expect(shown(ticked)).toContain('Of the 2 calls at hand')
  expect(after(pressed(ticked, '6'), { type: 'tick', now: ticked.now }).figures).toBeUndefined()
})
