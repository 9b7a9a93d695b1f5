import { expect, test } from 'bun:test'
import { recoverOrphans } from '../../src/audit/orphans.ts'
import { createRedactor } from '../../src/audit/redact.ts'
import { ORPHANS } from '../../src/audit/schema.ts'
import type { LineSink } from '../../src/audit/sinks/line-sink.ts'
import { answered, openRecord, permitted, temporaryDirectory } from './exchanges.ts'

type Record = ReturnType<typeof openRecord>

const linesOf = (lines: string[]): LineSink => ({
  name: 'test',
  write: (line) => lines.push(line),
  status: () => ({ state: 'up', problem: undefined, waiting: 0, dropped: 0 }),
  flush: () => Promise.resolve(),
  close: () => Promise.resolve(),
})

const recover = (record: Record, firstSequence: number, lines: string[] = []) =>
  recoverOrphans({
    orphans: record.rows(ORPHANS),
    firstSequence,
    append: record.writer.append,
    sinks: [linesOf(lines)],
    redactor: createRedactor({}),
    now: () => 0,
  })

test('an operation whose outcome was not written reads unknown after the next start', async () => {
  using directory = temporaryDirectory()
  const record = openRecord(directory.path)
  const open = permitted({ id: 1 })
  const ended = permitted()
  await Promise.all([record.recorder.admit(open), record.recorder.admit(ended)])
  record.recorder.settle(answered(ended))
  await record.recorder.flush()
  const lines: string[] = []
  expect(await recover(record, 4, lines)).toBe(6)
  const sql = 'SELECT seq, status, code, parameters, tool_name FROM audit_events WHERE seq > 3'
  expect(record.rows(sql)).toMatchObject([
    { seq: 4, status: 'unknown', parameters: '{"id":1}', tool_name: 'sqlite_reader' },
    { seq: 5, status: 'success', code: 'record_recovered', parameters: '{"unknown":1}' },
  ])
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ exchange_id: open.id, status: 'unknown' })
  await record.close()
})

test('a second start finds nothing more to recover, and does not read what lies before the first', async () => {
  using directory = temporaryDirectory()
  const record = openRecord(directory.path)
  await record.recorder.admit(permitted())
  const next = await recover(record, 2)
  expect(record.rows(ORPHANS)).toEqual([])
  expect(await recover(record, next)).toBe(next + 1)
  const plan = JSON.stringify(record.rows(`EXPLAIN QUERY PLAN ${ORPHANS}`))
  expect(plan).toContain('SEARCH intent USING INTEGER PRIMARY KEY (rowid>?)')
  expect(plan).toContain('audit_events_recovered')
  await record.close()
})

test('an intent whose operation was refused after all is no orphan', async () => {
  using directory = temporaryDirectory()
  const record = openRecord(directory.path)
  const exchange = permitted()
  await record.recorder.admit(exchange)
  // As after a commit whose answer came too late: the caller was refused.
  record.recorder.settle({ ...exchange })
  await record.recorder.flush()
  expect(record.rows(ORPHANS)).toEqual([])
  await record.close()
})
