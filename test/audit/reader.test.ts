import { afterAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import fc from 'fast-check'
import { toWhere } from '../../src/audit/filter-sql.ts'
import { createReader } from '../../src/audit/reader.ts'
import { AUDIT_MIGRATIONS, INSERT_EVENT, toRow } from '../../src/audit/schema.ts'
import { parseFilter } from '../../src/client/filter.ts'
import type { AuditEvent, GatewayEvent } from '../../src/core/events.ts'
import { FilterFault } from '../../src/core/filter.ts'
import { openDatabase, openForReading, readRows } from '../../src/state/database.ts'
import { temporaryDirectory } from './exchanges.ts'

const NOW = Date.parse('2026-11-22T12:00:00.000Z')
const now = () => NOW

const directory = temporaryDirectory()
afterAll(() => directory[Symbol.dispose]())
let files = 0

/** A record with these rows, read as a gateway reads it that runs since the given number. */
const recordOf = (events: readonly AuditEvent[], runningSince?: number) => {
  const path = join(directory.path, `${++files}.db`)
  const database = openDatabase({ path, migrations: AUDIT_MIGRATIONS, synchronous: 'NORMAL' })
  const insert = database.prepare(INSERT_EVENT)
  database.transaction(() => {
    for (const event of events) insert.run(...(toRow(event) as never[]))
  })()
  insert.finalize()
  const reading = openForReading({ path, migrations: AUDIT_MIGRATIONS })
  const rows = (sql: string, parameters: readonly (string | number)[]) =>
    readRows(reading, sql, ...parameters)
  return {
    reader: createReader({ rows, runningSince, now }),
    rows,
    [Symbol.dispose]: () => {
      reading.close()
      database.close()
    },
  }
}

const decision = (rule: string | undefined, roles: readonly string[] = []) => ({
  code: 'rule' as const,
  text: 'because',
  rule,
  at: 'policies/policy.yaml:31',
  roles,
  compared: [{ key: 'tool', expected: 'x', actual: 'y', holds: true }],
  nearMisses: [],
  advice: undefined,
  policyHash: 'none',
})

const row = (seq: number, fields: Partial<AuditEvent> = {}): AuditEvent => ({
  seq,
  phase: 'refusal',
  exchange_id: `x-${seq}`,
  timestamp: new Date(NOW - (10_000 - seq) * 1000).toISOString(),
  level: 'INFO',
  logger: 'audit',
  event_type: 'mcp_request',
  status: 'success',
  ...fields,
})

const call = (seq: number, id: string, fields: Partial<AuditEvent> = {}) =>
  row(seq, {
    phase: 'intent',
    exchange_id: id,
    status: 'pending',
    decision: decision('A'),
    ...fields,
  })
const answer = (seq: number, id: string, fields: Partial<AuditEvent> = {}) =>
  row(seq, { phase: 'outcome', exchange_id: id, decision: decision('A'), ...fields })

const seqs = (events: readonly GatewayEvent[]) => events.map(({ seq }) => seq)

describe('a page of the record', () => {
  test('has one event an exchange, newest first, the outcome with the decision of its intent', () => {
    using record = recordOf([call(1, 'a'), call(2, 'b'), answer(3, 'a'), row(4)], 1)
    const { events, next_before, head_seq } = record.reader.page({})
    expect(seqs(events)).toEqual([4, 3, 2])
    expect({ next_before, head_seq }).toEqual({ next_before: null, head_seq: 4 })
    expect(events[1]).toEqual(JSON.parse(JSON.stringify(answer(3, 'a'))))
  })

  test('an intent without an outcome is pending while its gateway runs, and unknown after', () => {
    const rows = [call(1, 'a'), call(2, 'b')]
    using running = recordOf(rows, 2)
    expect(running.reader.page({}).events.map(({ status }) => status)).toEqual([
      'pending',
      'unknown',
    ])
    using ended = recordOf(rows)
    expect(ended.reader.page({}).events.map(({ status }) => status)).toEqual(['unknown', 'unknown'])
    expect(seqs(running.reader.page({ filter: 'status:pending' }).events)).toEqual([2])
    expect(seqs(running.reader.page({ filter: 'decision:allow' }).events)).toEqual([1])
  })

  test('the next page begins where the last ended, whatever the filter', () => {
    const tools = ['search', 'delete_user']
    const rows = Array.from({ length: 57 }, (_, index) =>
      row(index + 1, { tool_name: tools[index % 2] ?? '', parameters: { n: index % 7 } }),
    )
    using record = recordOf(rows, 1)
    for (const filter of ['', 'tool:search', 'param.n:3', '-param.n:3 tool:/del/']) {
      const { matches } = parseFilter(filter, now)
      const expected = seqs(rows.filter(matches)).reverse()
      const found: number[] = []
      let before: number | null | undefined
      while (before !== null) {
        const page = record.reader.page({ filter, limit: 5, before })
        expect(page.events.length).toBeLessThanOrEqual(5)
        found.push(...seqs(page.events))
        before = page.next_before
      }
      expect({ filter, found }).toEqual({ filter, found: expected })
    }
    expect(seqs(record.reader.page({ after: 50, before: 54 }).events)).toEqual([53, 52, 51])
  })

  test('a match far behind is found over several pages, each of which ends', () => {
    const rows = [row(1, { user: 'ana' }), row(700_000, { user: 'bob' })]
    using record = recordOf(rows, 1)
    const first = record.reader.page({ filter: 'user:ana' })
    expect(first.events).toEqual([])
    expect(first.next_before).toBeGreaterThan(1)
    const second = record.reader.page({ filter: 'user:ana', before: first.next_before ?? 0 })
    expect(seqs(second.events)).toEqual([1])
    expect(second.next_before).toBeNull()
  })

  test('an empty record has an empty page', () => {
    using record = recordOf([])
    expect(record.reader.page({})).toEqual({ events: [], next_before: null, head_seq: 0 })
    expect(record.reader.one('1')).toBeUndefined()
  })

  test('what a filter holds is a value and never SQL', () => {
    using record = recordOf([row(1, { user: `a' OR 1=1 --` })])
    expect(seqs(record.reader.page({ filter: `user:="a' OR 1=1 --"` }).events)).toEqual([1])
    expect(record.reader.page({ filter: `user:="x' OR 1=1 --"` }).events).toEqual([])
    expect(() => record.reader.page({ filter: 'usr:x' })).toThrow(FilterFault)
  })
})

describe('one event', () => {
  test('is found by its number, by either row of its exchange, and by the id of that', () => {
    using record = recordOf([call(1, 'a'), answer(2, 'a'), row(3, { phase: 'event' })], 1)
    for (const id of ['1', '#2', 'a']) {
      const detail = record.reader.one(id)
      expect(detail?.event).toMatchObject({ seq: 2, decision: { compared: [{ key: 'tool' }] } })
      expect(seqs(detail?.rows ?? [])).toEqual([1, 2])
    }
    expect(record.reader.one('#3')?.rows.length).toBe(1)
    expect(record.reader.one('4')).toBeUndefined()
    expect(record.reader.one('nobody')).toBeUndefined()
  })
})

describe('predicate and SQL', () => {
  const word = fc.constantFrom(
    'ana',
    'Bob',
    'a*b',
    '100%',
    'a_b',
    `it's`,
    'Ünal',
    'x:y',
    'a\\b',
    '"q"',
  )
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
  const roles = fc.array(
    word.map((each) => `${each} (user_roles: ${each})`),
    { maxLength: 2 },
  )
  const parameters = fc.dictionary(
    fc.constantFrom('to', 'id', 'a"b'),
    fc.oneof(word, fc.integer({ min: 0, max: 3 }), fc.boolean(), fc.array(word, { maxLength: 2 })),
  )
  const event = fc
    .record({
      phase: fc.constantFrom('intent', 'outcome', 'refusal', 'event'),
      status: fc.constantFrom(
        'pending',
        'success',
        'error',
        'denied',
        'cancelled',
        'refused',
        'unknown',
      ),
      user: maybe(word),
      mcp_server: maybe(word),
      tool_name: maybe(word),
      method: maybe(fc.constantFrom('tools/call', 'notifications/x', 'datacline/response')),
      action: maybe(word),
      policy_decision: maybe(word),
      error: maybe(word),
      code: maybe(word),
      source_address: maybe(fc.constantFrom('127.0.0.1', '::1')),
      duration_ms: maybe(fc.integer({ min: 0, max: 5 })),
      response_status: maybe(fc.constantFrom(200, 403, 404, 502)),
      parameters: maybe(parameters),
      decision: maybe(fc.tuple(maybe(word), roles).map(([rule, held]) => decision(rule, held))),
      ago: fc.integer({ min: 0, max: 4 }),
    })
    .map(({ ago, ...fields }) => ({
      ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
      timestamp: new Date(NOW - ago * 60_000).toISOString(),
    }))

  const quoted = word.map((each) => `"${each.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)
  const value = fc.oneof(
    quoted,
    quoted.map((each) => `=${each}`),
    fc.constantFrom('a*', '*b', '*%*', 'A*B', '*', 'n', '/^a/', '~b$', '*_*', 'it*'),
  )
  const textKey = fc.constantFrom(
    'user',
    'role',
    'server',
    'tool',
    'method',
    'action',
    'rule',
    'reason',
    'code',
    'error',
    'ip',
    'param.to',
    'param.id',
    'param.to.0',
  )
  const leaf = fc.oneof(
    fc.tuple(textKey, value).map(([key, each]) => `${key}:${each}`),
    quoted,
    fc.constantFrom('/a.b/', 'an*', 'true', '"id"'),
    fc
      .tuple(
        fc.constantFrom('dur', 'seq'),
        fc.constantFrom('', '=', '>', '>=', '<', '<='),
        fc.nat(5),
      )
      .map((parts) => `${parts[0]}:${parts[1]}${parts[2]}`),
    fc.constantFrom(
      'd:allow',
      'd:deny',
      'd:pending',
      'd:error',
      'status:4xx',
      'status:404',
      'status:ok',
      'status:unknown',
      'status:cancelled',
      'status:refused',
      'kind:request',
      'kind:resp',
      'kind:notify',
      'kind:event',
      'has:error',
      'has:params',
      'has:decision',
      'has:user',
      'since:2m',
      'until:1m',
      'type:mcp',
      'face:x',
      'id:x-1',
    ),
  )
  const { filter } = fc.letrec<{ filter: string }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 4 },
      leaf,
      tie('filter').map((each) => `-(${each})`),
      fc.tuple(tie('filter'), tie('filter')).map(([one, other]) => `(${one} ${other})`),
      fc.tuple(tie('filter'), tie('filter')).map(([one, other]) => `(${one} | ${other})`),
    ),
  }))

  test('agree on random events and random filters', () => {
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 1, maxLength: 12 }),
        fc.array(filter, { minLength: 1, maxLength: 25 }),
        (given, filters) => {
          const events = given.map((fields, index) => row(index + 1, fields))
          // An outcome keeps its decision in its intent.
          const intents = events.map(
            (each) =>
              ({ ...call(each.seq, each.exchange_id), decision: each.decision }) as AuditEvent,
          )
          const stored = events.flatMap((each, index) =>
            each.phase === 'outcome'
              ? [{ ...intents[index]!, seq: each.seq + 1_000 }, each]
              : [each],
          )
          using record = recordOf(stored, 1)
          for (const text of filters) {
            const { matches } = parseFilter(text, now)
            const expected = seqs(events.filter(matches)).reverse()
            const found = record.reader.page({ filter: text })
            expect({ text, found: seqs(found.events) }).toEqual({ text, found: expected })
          }
        },
      ),
      { numRuns: 120 },
    )
  })
})

describe('what SQL alone decides', () => {
  const exact = (text: string) => toWhere(parseFilter(text, now).tree, NOW).exact

  test.each(['', 'decision:deny user:ana* -tool:=x', 'role:a | status:4xx', 'a "b c" since:1h'])(
    'everything of %s',
    (text) => expect(exact(text)).toBe(true),
  )

  test.each(['/x/', 'tool:~x', 'a -param.to:b', 'user:a | reason:/b/'])('not %s', (text) => {
    expect(exact(text)).toBe(false)
  })
})
