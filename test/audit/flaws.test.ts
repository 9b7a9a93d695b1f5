import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createJsonLinesSink } from '../../src/audit/sinks/json-lines.ts'
import {
  answered,
  denied,
  openRecord,
  permitted,
  temporaryDirectory,
  unauthenticated,
} from './exchanges.ts'

/** Every kind of event through a whole record: what stands in the file, and in the database. */
const recorded = async (parameters?: Record<string, unknown>) => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'audit.json')
  const record = openRecord(directory.path, { sinks: [createJsonLinesSink({ path })] })
  const call = permitted(parameters)
  await record.recorder.admit(call)
  record.recorder.settle(answered(call))
  record.recorder.settle(denied())
  record.recorder.settle(unauthenticated())
  record.recorder.note({ code: 'policy_reload_failed', status: 'error', error: 'line 3' })
  await record.recorder.flush()
  const logs = record.rows('SELECT * FROM audit_logs ORDER BY id')
  const intents = record.rows("SELECT * FROM audit_events WHERE phase = 'intent'")
  await record.close()
  const text = readFileSync(path, 'utf8')
  const lines: Record<string, unknown>[] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  return { text, lines, logs, intents }
}

test('F42: a request without a valid token is recorded with the reason', async () => {
  const { lines } = await recorded()
  expect(lines.filter((line) => line.event_type === 'authentication')).toMatchObject([
    { status: 'denied', code: 'unauthenticated', error: 'token_expired', response_status: 401 },
  ])
})

test('F42: what happens to the gateway itself is recorded', async () => {
  const { lines } = await recorded()
  expect(lines.filter((line) => line.event_type === 'gateway')).toMatchObject([
    { code: 'policy_reload_failed', status: 'error', level: 'WARNING' },
  ])
})

test('F43: no secret of the parameters reaches file or database, and none fills them', async () => {
  const parameters = { password: 'canary-1', url: 'https://a:canary-2@h/', body: 'x'.repeat(1e6) }
  const { text, logs, intents } = await recorded(parameters)
  expect(text + JSON.stringify([logs, intents])).not.toContain('canary')
  expect(text).toContain('[redacted]')
  expect(text).toContain('[omitted: 1000002 bytes, sha256 ')
  expect(text.length).toBeLessThan(16 * 1024)
})

test('F44: a success says what allowed it', async () => {
  const { lines } = await recorded()
  expect(lines[0]).toMatchObject({
    timestamp: '2026-11-22T10:00:00.000Z',
    level: 'INFO',
    logger: 'audit',
    event_type: 'mcp_request',
    user: 'dev@example.com',
    action: 'invoke_tool',
    mcp_server: 'prod-server',
    tool_name: 'sqlite_reader',
    parameters: { database: 'data.db' },
    status: 'success',
    policy_decision: 'allowed by role developer (policies/policy.yaml:12)',
    duration_ms: 45,
    response_status: 200,
  })
  expect(lines.every((line) => typeof line.policy_decision === 'string')).toBe(true)
})

test('F44: both queries of the original README find the denial', async () => {
  const { lines } = await recorded()
  const byStatus = lines.filter((line) => line.status === 'denied')
  const byType = lines.filter((line) => line.event_type === 'policy_violation')
  expect(byType).toMatchObject([
    {
      status: 'denied',
      policy_decision: 'denied by rule: No deletions (policies/policy.yaml:31)',
      mcp_server: 'prod-server',
      tool_name: 'sqlite_reader',
    },
  ])
  expect(byStatus).toContainEqual(byType[0] ?? {})
})

test('F46: a line tells which request it was, from where, by which token', async () => {
  const { lines } = await recorded()
  expect(lines[0]).toMatchObject({
    exchange_id: expect.stringMatching(/^exchange-\d+$/),
    source_address: '192.0.2.7',
    token_id: 'jti-1',
    issuer: 'https://issuer.example/realms/mcp',
    subject: 'f4c1',
    decision: { roles: ['developer'] },
  })
})

test('the view audit_logs has the columns of the original', async () => {
  const { logs } = await recorded()
  expect(Object.keys(logs[0] ?? {})).toEqual([
    'id',
    'tool_name',
    'user',
    'action',
    'status',
    'parameters',
    'output',
    'error',
    'execution_time',
    'timestamp',
  ])
  expect(logs.map(({ status, tool_name }) => [status, tool_name])).toEqual([
    ['success', 'sqlite_reader'],
    ['denied', 'sqlite_reader'],
    ['denied', 'prod-server'],
  ])
})
