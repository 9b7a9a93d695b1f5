import { expect, test } from 'bun:test'
import { toNoted } from '../../src/audit/project.ts'
import { createRedactor } from '../../src/audit/redact.ts'
import { fromRow, toRow } from '../../src/audit/schema.ts'
import type { AuditEvent } from '../../src/core/events.ts'
import { openRecord, temporaryDirectory } from './exchanges.ts'

const event = (seq: number, exchangeId: string) =>
  toNoted(
    { code: 'policy_reloaded', status: 'success', exchange_id: exchangeId, parameters: { a: 1 } },
    { seq, timestamp: '2026-11-22T10:00:00.000Z' },
    createRedactor({}),
  )

test('a row whose commit was tried twice is there once', async () => {
  using directory = temporaryDirectory()
  const record = openRecord(directory.path)
  await record.writer.append([toRow(event(1, 'a'))])
  await record.writer.append([toRow(event(1, 'a')), toRow(event(2, 'b'))])
  expect(record.rows('SELECT seq FROM audit_events')).toEqual([{ seq: 1 }, { seq: 2 }])
  await record.close()
})

test('a row is never written over another one, and never lost in silence', async () => {
  using directory = temporaryDirectory()
  const record = openRecord(directory.path)
  await record.writer.append([toRow(event(1, 'a'))])
  const second = record.writer.append([toRow(event(1, 'b'))])
  expect(await second.catch((cause: unknown) => String(cause))).toContain('row 1 is already taken')
  expect(record.rows('SELECT exchange_id FROM audit_events')).toEqual([{ exchange_id: 'a' }])
  await record.close()
})

test('a stored row reads back as the event it was', async () => {
  using directory = temporaryDirectory()
  const record = openRecord(directory.path)
  await record.writer.append([toRow(event(1, 'a'))])
  expect(fromRow(record.rows('SELECT * FROM audit_events')[0] ?? {})).toEqual(event(1, 'a'))
  await record.close()
})

test('a decision is kept once, with the intent that it led to', () => {
  const decision = { code: 'rule', text: 'because' } as unknown as AuditEvent['decision']
  const stored = (phase: AuditEvent['phase']) =>
    toRow({ ...event(1, 'a'), phase, decision } as AuditEvent).includes(JSON.stringify(decision))
  expect(stored('intent')).toBe(true)
  expect(stored('refusal')).toBe(true)
  expect(stored('outcome')).toBe(false)
})
