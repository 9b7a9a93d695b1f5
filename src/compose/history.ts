import { createReader, type Reader } from '../audit/reader.ts'
import { AUDIT_MIGRATIONS } from '../audit/schema.ts'
import { openForReading, readRows } from '../state/database.ts'
import type { HistorySource } from './history-thread.ts'

/** The record of a state directory, read by a connection that can change nothing. */
export type History = Reader & Readonly<{ close: () => void }>

/**
 * Opens the record for reading, in this thread.
 *
 * @param now milliseconds since the epoch
 * @throws DatabaseTooNew, DatabaseTooOld, SQLiteError when there is no such file
 */
export const openHistory = ({ path, runningSince }: HistorySource, now: () => number): History => {
  const database = openForReading({ path, migrations: AUDIT_MIGRATIONS })
  const reader = createReader({
    rows: (sql, parameters) => readRows(database, sql, ...parameters),
    runningSince,
    now,
  })
  return { ...reader, close: () => database.close() }
}
