import { expect, test } from 'bun:test'
import type { GatewayEvent } from '../../src/core/events.ts'
import { createLatency } from '../../src/gateway/latency.ts'
import { createTally } from '../../src/gateway/tally.ts'

const NOW = Date.parse('2026-11-22T12:00:05.000Z')

const settled = (seq: number, fields: Partial<GatewayEvent> = {}): GatewayEvent => ({
  seq,
  phase: 'outcome',
  exchange_id: `x-${seq}`,
  timestamp: new Date(NOW).toISOString(),
  level: 'INFO',
  logger: 'audit',
  event_type: 'mcp_request',
  status: 'success',
  user: 'ana',
  face: 'mcp',
  mcp_server: 'prod',
  tool_name: 'search',
  duration_ms: 100,
  ...fields,
})

test('calls, denials and errors are counted by server, tool and person', () => {
  const tally = createTally(() => NOW)
  tally.add(settled(1))
  tally.add(settled(2, { phase: 'refusal', status: 'denied', duration_ms: 9_000 }))
  tally.add(settled(3, { status: 'error', user: 'bob', tool_name: 'write' }))
  const { totals, people, servers, tools, head_seq } = tally.read()
  expect(totals).toMatchObject({ calls: 3, denials: 1, errors: 1, in_flight: 0 })
  expect(servers.get('prod')).toMatchObject({ calls: 3, denials: 1, errors: 1 })
  expect(tools).toMatchObject([
    { tool: 'search', calls: 2, denials: 1 },
    { tool: 'write', calls: 1, errors: 1 },
  ])
  expect(people).toMatchObject([
    { user: 'bob', calls: 1, errors: 1 },
    { user: 'ana', calls: 2, denials: 1 },
  ])
  // What was refused at once, or after long, tells nothing of how long calls take.
  expect(Math.abs((totals.p99_ms ?? 0) - 100)).toBeLessThanOrEqual(5)
  expect(head_seq).toBe(3)
})

test('what is under way is in flight until it is settled, and observers are no traffic', () => {
  const tally = createTally(() => NOW)
  tally.add(settled(1, { phase: 'intent', status: 'pending' }))
  tally.add(settled(2, { face: 'admin' }))
  tally.add(settled(3, { phase: 'event' }))
  expect(tally.read().totals).toMatchObject({ calls: 0, in_flight: 1, p50_ms: null })
  tally.add(settled(4, { exchange_id: 'x-1' }))
  expect(tally.read().totals).toMatchObject({ calls: 1, in_flight: 0 })
})

test('the series has the last quarter of an hour, and forgets what is older', () => {
  let now = NOW
  const tally = createTally(() => now)
  tally.add(settled(1))
  tally.add(settled(2, { timestamp: new Date(NOW + 10_000).toISOString() }))
  now = NOW + 10_000
  const { step_ms, buckets } = tally.read().series
  expect({ step_ms, length: buckets.length }).toEqual({ step_ms: 10_000, length: 90 })
  expect(buckets.slice(-3).map(({ calls }) => calls)).toEqual([0, 1, 1])
  now = NOW + 20 * 60_000
  tally.add(settled(3, { timestamp: new Date(now).toISOString() }))
  expect(tally.read().series.buckets.reduce((sum, { calls }) => sum + calls, 0)).toBe(1)
})

test('however many names callers make up, memory is bounded', () => {
  const tally = createTally(() => NOW)
  for (let seq = 1; seq <= 5_000; seq++)
    tally.add(settled(seq, { user: `u${seq}`, tool_name: `t${seq}` }))
  const { people, tools, totals } = tally.read()
  expect(totals.calls).toBe(5_000)
  expect(people.length).toBe(100)
  expect(people[0]?.user).toBe('u5000')
  expect(tools.length).toBe(100)
})

test('a percentile is told within five percent', () => {
  const latency = createLatency()
  expect(latency.read()).toEqual({ p50_ms: null, p95_ms: null, p99_ms: null })
  for (let value = 1; value <= 1_000; value++) latency.add(value)
  latency.add(1e12)
  const { p50_ms, p95_ms, p99_ms } = latency.read()
  for (const [told, exact] of [
    [p50_ms, 501],
    [p95_ms, 951],
    [p99_ms, 991],
  ] as const) {
    expect(Math.abs((told ?? 0) - exact) / exact).toBeLessThan(0.05)
  }
})

test('each range tells of its own time in its own steps, and of all of it together', () => {
  let now = NOW
  const tally = createTally(() => now)
  tally.add(settled(1, { duration_ms: 10 }))
  tally.add(settled(2, { timestamp: new Date(NOW + 50_000).toISOString(), status: 'error' }))
  // What comes late is counted where it belongs.
  tally.add(settled(3, { duration_ms: 10 }))
  now = NOW + 70_000
  const minute = tally.read('1m').series
  expect(minute).toMatchObject({ range: '1m', step_ms: 1_000, total: { calls: 1, errors: 1 } })
  expect(minute.buckets).toHaveLength(60)
  expect(minute.buckets.findIndex(({ calls }) => calls === 1)).toBe(39)
  for (const range of ['15m', '1h', '24h'] as const) {
    const { total, buckets } = tally.read(range).series
    expect(total).toMatchObject({ calls: 3, errors: 1 })
    expect(buckets.reduce((sum, { calls }) => sum + calls, 0)).toBe(3)
    expect(Math.abs((total?.p50_ms ?? 0) - 10)).toBeLessThanOrEqual(1)
    expect(Math.abs((total?.p99_ms ?? 0) - 100)).toBeLessThanOrEqual(5)
  }
  now = NOW + 3_700_000
  expect(tally.read('1h').series.total?.calls).toBe(0)
  expect(tally.read('24h').series.total?.calls).toBe(3)
})
