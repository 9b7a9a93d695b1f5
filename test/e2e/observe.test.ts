import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Client } from '../../src/client.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { clientTo, faultOf } from '../support/test-client.ts'
import { until } from '../support/until.ts'

const POLICY = `
roles:
  all: { permissions: [{ resource: "mcp:*:*", actions: ["*"] }] }
user_roles:
  anonymous: [all]
rules:
  - { name: Nobody deletes, priority: 10, condition: { tool: delete_user }, action: deny }
  - { name: Nobody drops, priority: 90, condition: { tool: [drop_table, drop_all] }, action: deny }
`

let gateway: Gateway
let operator: Client
let caller: Client

beforeAll(async () => {
  gateway = await startGateway({ args: ['--no-auth', '--demo'], policy: POLICY })
  operator = clientTo(gateway.url, { token: await gateway.operatorToken() })
  caller = clientTo(gateway.url)
  await caller.ask('demo', 'tools/call', { name: 'add', arguments: { a: 2, b: 40 } })
  await caller.ask('demo', 'tools/call', { name: 'delete_user', arguments: { id: '7' } })
  await caller
    .ask('demo', 'tools/call', { name: 'flaky', arguments: { fail: true } })
    .catch(() => 0)
})
afterAll(() => gateway.close())

describe('the record over the admin face', () => {
  test('a page has one event an exchange, newest first, with the decision and its comparisons', async () => {
    const { events } = await until(
      () => operator.history({ filter: 'tool:add | tool:delete_user' }),
      (page) => page.events.every(({ status }) => status !== 'pending') && page.events.length === 2,
    )
    expect(events.map(({ tool_name, status }) => [tool_name, status])).toEqual([
      ['delete_user', 'denied'],
      ['add', 'success'],
    ])
    expect(events[0]?.decision).toMatchObject({
      rule: 'Nobody deletes',
      at: 'policies/policy.yaml:7',
      compared: [{ key: 'tool', expected: 'delete_user', holds: true }],
    })
    expect(events[1]).toMatchObject({ phase: 'outcome', parameters: { a: 2, b: 40 } })
    expect(events[1]?.decision?.rule).toBe('role:all')
  })

  test('pages follow each other by the cursor, and what is new is asked for by `after`', async () => {
    const first = await operator.history({ limit: 1, filter: 'face:mcp' })
    expect(first.events.length).toBe(1)
    const second = await operator.history({
      limit: 1,
      filter: 'face:mcp',
      before: first.next_before ?? 0,
    })
    expect(second.events[0]?.seq).toBeLessThan(first.events[0]?.seq ?? 0)
    expect((await operator.history({ after: first.head_seq + 1_000 })).events).toEqual([])
  })

  test('one event is found by its number and by its exchange, with the rows as they were written', async () => {
    const { events } = await operator.history({ filter: 'tool:=add status:ok' })
    const detail = await operator.event(events[0]?.seq ?? 0)
    expect(detail.event).toEqual(events[0] as never)
    expect(detail.rows.map(({ phase }) => phase)).toEqual(['intent', 'outcome'])
    expect(await operator.event(detail.event.exchange_id)).toEqual(detail)
    expect((await faultOf(operator.event(999_999))).details.code).toBe('not_found')
  })

  test('a filter that cannot be read is refused with its place', async () => {
    const fault = await faultOf(operator.history({ filter: 'server:demo toool:x' }))
    expect(fault.details.status).toBe(422)
    expect(fault.message).toBe('filter, at character 13: unknown key "toool"; did you mean tool?')
  })

  test.each(['limit=0', 'limit=501', 'before=-1', 'after=x', 'colour=red', 'limit=1&limit=2'])(
    '?%s is refused',
    async (query) => {
      const response = await fetch(`${gateway.url}/admin/events?${query}`, {
        headers: { authorization: `Bearer ${await gateway.operatorToken()}` },
      })
      expect(response.status).toBe(422)
      await response.text()
    },
  )

  test('nobody without the permission sees anything', async () => {
    for (const asked of [caller.history({}), caller.event(1), caller.snapshot()]) {
      expect((await faultOf(asked)).details.code).toBe('access_denied')
    }
  })

  test('who reads the record leaves one row, who takes a snapshot none', async () => {
    await operator.snapshot()
    await operator.history({ filter: 'user:somebody-to-be-found' })
    const { events } = await until(
      () => operator.history({ filter: '"somebody-to-be-found" method:datacline/history' }),
      (page) => page.events.length > 0,
    )
    const rows = (await operator.event(events[0]?.seq ?? 0)).rows
    expect(rows.map(({ phase }) => phase)).toEqual(['outcome'])
    const snapshots = await operator.history({ filter: 'method:datacline/snapshot -d:deny' })
    expect(snapshots.events).toEqual([])
  })
})

describe('the snapshot', () => {
  test('tells of the gateway, its policy with hits, servers, people, tools and the record', async () => {
    const snapshot = await until(
      () => operator.snapshot(),
      ({ totals }) => totals.calls >= 3 && totals.in_flight === 0,
    )
    expect(snapshot.gateway).toMatchObject({ auth_enabled: false, status: 'ready' })
    expect(snapshot.totals.denials).toBe(1)
    expect(snapshot.policy).toMatchObject({
      state: 'ok',
      file: 'policies/policy.yaml',
      path: `${gateway.directory}/policies/policy.yaml`,
      default: { action: 'deny' },
      roles: [{ name: 'all', permissions: [{ at: 'policies/policy.yaml:3' }] }],
    })
    expect(snapshot.policy.roles[0]?.permissions[0]?.hits).toBeGreaterThanOrEqual(2)
    expect(snapshot.policy.rules).toEqual([
      {
        name: 'Nobody drops',
        at: 'policies/policy.yaml:8',
        action: 'deny',
        priority: 90,
        conditions: [{ key: 'tool', values: ['drop_table', 'drop_all'] }],
        hits: 0,
      },
      {
        name: 'Nobody deletes',
        at: 'policies/policy.yaml:7',
        action: 'deny',
        priority: 10,
        conditions: [{ key: 'tool', values: ['delete_user'] }],
        hits: 1,
      },
    ])
    expect(snapshot.servers).toMatchObject([{ name: 'demo', enabled: true, denials: 1 }])
    expect(snapshot.people).toMatchObject([{ user: 'anonymous', denials: 1 }])
    expect(snapshot.tools.map(({ tool }) => tool)).toContain('delete_user')
    expect(snapshot.record).toMatchObject({ state: 'up' })
    expect(snapshot.series.buckets.length).toBe(90)
    const counted = snapshot.series.buckets.reduce((sum, { calls }) => sum + calls, 0)
    expect(counted).toBe(snapshot.totals.calls)
  })

  test('tells of the time that was asked for, and refuses one that it does not keep', async () => {
    const hour = await operator.snapshot({ range: '1h' })
    expect(hour.series).toMatchObject({ range: '1h', step_ms: 60_000 })
    expect(hour.series.total?.calls).toBe(hour.totals.calls)
    const fault = await faultOf(
      operator.request('GET', '/admin/snapshot', { query: { range: '7d' } }),
    )
    expect(fault.details.status).toBe(422)
  })
})
