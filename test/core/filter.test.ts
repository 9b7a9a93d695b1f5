import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseFilter } from '../../src/client/filter.ts'
import type { GatewayEvent } from '../../src/core/events.ts'
import { FILTER_KEYS, FilterFault, suggest } from '../../src/core/filter.ts'

const NOW = Date.parse('2026-11-22T12:00:00.000Z')
const read = (text: string) => parseFilter(text, () => NOW)

const event: GatewayEvent = {
  seq: 18377,
  phase: 'refusal',
  exchange_id: '0193-ab',
  timestamp: '2026-11-22T11:50:00.000Z',
  level: 'WARNING',
  logger: 'audit',
  event_type: 'policy_violation',
  user: 'Analyst@example.com',
  source_address: '127.0.0.1',
  face: 'mcp',
  era: 'modern',
  method: 'tools/call',
  action: 'invoke_tool',
  mcp_server: 'prod-server',
  tool_name: 'delete_user',
  parameters: { id: 42, to: { name: 'Ana (boss)' }, tags: ['x', 'y'] },
  status: 'denied',
  policy_decision: 'denied by rule: Block dangerous tools (policies/policy.yaml:31)',
  decision: {
    code: 'rule',
    text: 'denied by rule: Block dangerous tools (policies/policy.yaml:31)',
    rule: 'Block dangerous tools',
    at: 'policies/policy.yaml:31',
    roles: ['analyst (user_roles: analyst@example.com, policies/policy.yaml:9)'],
    compared: [],
    nearMisses: [],
    advice: undefined,
    policyHash: 'none',
  },
  duration_ms: 210,
  response_status: 403,
}

describe('a filter holds', () => {
  test.each([
    '',
    '   ',
    'decision:deny',
    'd:deny u:ana* s:prod t:*delete*',
    '~d',
    '-~a',
    '!decision:allow',
    '-(d:allow | d:pending)',
    'tool:search | tool:delete_user',
    '(tool:search | tool:delete_user) server:prod',
    'status:403',
    'status:4xx',
    'status:>=400 status:<500',
    'status:denied',
    'dur:>200ms',
    'dur:<=0.21s',
    'since:15m until:2026-11-23',
    'since:2026-11-22T11:49 until:2026-11-22T12:51+01:00',
    'role:=analyst',
    'rule:"dangerous tools"',
    'rule:"Block dangerous*"|rule:Block*',
    'reason:~policy\\.yaml:3[0-9]',
    '/dangerous.*31/i',
    'tool:/^delete_/',
    'tool:~"^(delete|drop)_"',
    'PROD-SERVER',
    '"block dangerous"',
    'param.id:42',
    'param.to.name:"Ana (boss)"',
    'p.tags.1:=y',
    'param.tags:x',
    'has:params has:user -has:error',
    'kind:request',
    'seq:18377 seq:#18377 id:0193*',
    'ip:127.* face:=mcp era:modern type:policy method:tools/*',
    'user:ANALYST*',
    '-user:=analyst@example.com',
  ])('%s', (text) => {
    expect(read(text).matches(event)).toBe(true)
  })

  test.each([
    'decision:allow',
    'server:dev',
    'tool:=Delete_User',
    'dur:<200ms',
    'since:5m',
    'param.id:43',
    'param.missing:1',
    'rule:"Block*"',
    'status:5xx',
    '-has:params',
    'code:x',
    'kind:event',
    'delete_user search',
    'since:2026-11-22T11:49 until:2026-11-22T12:50+01:00',
  ])('not %s', (text) => {
    expect(read(text).matches(event)).toBe(false)
  })
})

describe('a broken filter says where and why', () => {
  test.each([
    ['toool:x', 0, 5, 'unknown key "toool"; did you mean tool?'],
    ['server:a xyzzy:b', 9, 5, 'unknown key "xyzzy"; quote it to search for the text itself'],
    ['decision:alow', 9, 4, 'did you mean allow?'],
    ['dur:soon', 4, 4, 'expected a time such as 200ms, 2s or 5m'],
    ['since:soon', 6, 4, 'expected a time ago such as 15m, 2h or 7d, or a date'],
    ['status:foo', 7, 3, 'status is one of ok, err'],
    ['seq:1.5', 4, 3, 'expected a whole number'],
    ['tool:>3', 0, 7, '> compares numbers'],
    ['seq:~3', 0, 6, '~ compares texts'],
    ['a (b | c', 2, 1, 'this ( is never closed'],
    ['a ) b', 2, 1, 'this ) was never opened'],
    ['a ()', 2, 1, 'nothing stands between ( and )'],
    ['| a', 0, 1, 'something must stand before |'],
    ['a |', 2, 1, 'something must follow |'],
    ['rule:"abc', 5, 4, 'this quote is never closed'],
    ['tool:~[', 6, 1, 'the regular expression is no pattern'],
    ['tool:', 0, 5, 'tool: needs a value, such as tool:*delete*'],
    ['param:x', 0, 7, 'param needs the name of a parameter'],
    ['tool.name:x', 0, 11, 'only param.NAME has'],
    [`${'('.repeat(60)}a`, 40, 1, 'nested too deeply'],
    ['a '.repeat(101), 200, 1, 'at most 100 tests'],
    ['x'.repeat(2_001), 2_000, 1, 'at most 2000 characters'],
  ])('%s', (text, at, length, message) => {
    let fault: unknown
    try {
      read(text)
    } catch (cause) {
      fault = cause
    }
    expect(fault).toBeInstanceOf(FilterFault)
    expect(fault).toMatchObject({ at, length, message: expect.stringContaining(message) })
  })
})

describe('a filter is printed', () => {
  test.each([
    ['d:deny  u:ana*', 'decision:deny user:ana*'],
    ['~d|~a', 'decision:deny | decision:allow'],
    ['((a | b)) c', '(a | b) c'],
    ['-(a b)', '-(a b)'],
    ['duration:>2s', 'dur:>2s'],
    ['tool:/a b\\/c/', 'tool:/a b\\/c/i'],
    ['"a:b"', '"a:b"'],
    ['/etc/passwd', '"/etc/passwd"'],
    ['', ''],
  ])('%s', (text, printed) => {
    expect(read(text).text).toBe(printed)
  })

  const piece = fc.oneof(
    fc.constantFrom('tool', 'user', 'param.to', 'x').map((key) => `${key}:`),
    fc.constantFrom('=', '~', '>', '-', '!', '(', ')', '|', ' ', '"', '/', '\\', '*', '#', '~d'),
    fc.string({ maxLength: 4 }),
  )

  test('whatever is typed is either a fault of ours or reads back as itself', () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
        (text) => {
          let printed: string
          try {
            printed = read(text).text
          } catch (cause) {
            if (cause instanceof FilterFault) return
            throw cause
          }
          const again = read(printed)
          expect(again.text).toBe(printed)
          expect(again.matches(event)).toBe(read(text).matches(event))
        },
      ),
      { numRuns: 2_000 },
    )
  })
})

describe('completion', () => {
  const texts = (text: string, cursor = text.length) => {
    const { from, to, options } = suggest(text, cursor, (key) =>
      key === 'user' ? ['ana@example.com', 'bob', 'the boss'] : [],
    )
    return options.map((each) => text.slice(0, from) + each.text + text.slice(to))
  }

  test.each([
    ['ser', ['server:']],
    ['d:deny -(to', ['d:deny -(tool:']],
    ['decision:', ['decision:allow', 'decision:deny', 'decision:pending', 'decision:error']],
    ['d:de', ['d:deny']],
    ['user:a', ['user:ana@example.com']],
    ['user:t', ['user:"the boss"']],
    ['dur:', ['dur:>', 'dur:>=', 'dur:<', 'dur:<=']],
    ['since:1', ['since:15m', 'since:1h']],
    ['para', ['param.']],
    ['xyzzy:', []],
  ])('%s', (text, expected) => {
    expect(texts(text)).toEqual(expected)
  })

  test('what stands behind the cursor in the same word is replaced', () => {
    expect(texts('d:all x', 4)).toEqual(['d:allow x'])
  })

  test('without a word every key is offered, with what it is for', () => {
    expect(texts('').length).toBe(FILTER_KEYS.length)
    for (const key of FILTER_KEYS) expect(read(key.example).text).not.toBe('')
  })
})
