import { expect, test } from 'bun:test'
import { AUDIT_MIGRATIONS, INSERT_EVENT, toRow } from '../../src/audit/schema.ts'
import { createHistoryThread } from '../../src/compose/history-thread.ts'
import { GatewayError } from '../../src/core/errors.ts'
import { openDatabase } from '../../src/state/database.ts'
import { temporaryDirectory } from '../audit/exchanges.ts'

const faultOf = async (asked: Promise<unknown>): Promise<string> => {
  const cause = await asked.then(() => undefined).catch((each: unknown) => each)
  return cause instanceof GatewayError ? cause.code : `no refusal but ${String(cause)}`
}

const recordAt = (path: string) => {
  const database = openDatabase({ path, migrations: AUDIT_MIGRATIONS })
  database.run(
    INSERT_EVENT,
    toRow({
      seq: 1,
      phase: 'refusal',
      exchange_id: 'x',
      timestamp: '2026-11-22T12:00:00.000Z',
      level: 'INFO',
      logger: 'audit',
      event_type: 'mcp_request',
      status: 'denied',
    }) as never[],
  )
  return database
}

test('questions are answered while another connection writes, and none of it is held up', async () => {
  using directory = temporaryDirectory()
  const path = `${directory.path}/record.db`
  const database = recordAt(path)
  const thread = createHistoryThread({ path, runningSince: 1 }, () => 0)
  database.run('BEGIN IMMEDIATE')
  expect(JSON.parse(await thread.page({})).head_seq).toBe(1)
  database.run('COMMIT')
  expect(JSON.parse((await thread.one('1')) ?? '').event.exchange_id).toBe('x')
  expect(await thread.one('2')).toBeUndefined()
  thread.close()
  database.close()
})

test('a filter that cannot be read, a file that is gone and a thread that ended are refusals', async () => {
  using directory = temporaryDirectory()
  const path = `${directory.path}/record.db`
  recordAt(path).close()
  const thread = createHistoryThread({ path, runningSince: 1 }, () => 0)
  expect(await faultOf(thread.page({ filter: 'usr:x' }))).toBe('unprocessable_request')
  const asked = faultOf(thread.page({}))
  thread.close()
  expect(await asked).toBe('record_unavailable')
  // The next question starts it anew.
  expect(JSON.parse(await thread.page({})).head_seq).toBe(1)
  thread.close()
  const gone = createHistoryThread({ path: `${path}.gone`, runningSince: 1 }, () => 0)
  expect(await faultOf(gone.page({}))).toBe('record_unavailable')
  gone.close()
})

test('more questions than may wait are refused at once', async () => {
  using directory = temporaryDirectory()
  const path = `${directory.path}/record.db`
  recordAt(path).close()
  const thread = createHistoryThread({ path, runningSince: 1 }, () => 0)
  const asked = Array.from({ length: 70 }, () =>
    thread.page({}).then(
      () => 'read',
      (cause: GatewayError) => cause.code,
    ),
  )
  const codes = await Promise.all(asked)
  expect(codes.filter((code) => code === 'read').length).toBe(64)
  expect(codes.filter((code) => code === 'overloaded').length).toBe(6)
  thread.close()
})
