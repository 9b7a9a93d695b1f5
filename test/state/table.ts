import { Database } from 'bun:sqlite'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RecordTable } from '../../src/state/writer.ts'

/** A directory that is gone when the test ends. */
export const temporaryDirectory = () => {
  const path = mkdtempSync(join(tmpdir(), 'datacline-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** The smallest table that a writer can append to. */
export const notesTable = (directory: string): RecordTable => ({
  path: join(directory, 'state', 'notes.db'),
  migrations: [{ version: 1, sql: 'CREATE TABLE notes (seq INTEGER PRIMARY KEY, text TEXT)' }],
  insert: 'INSERT INTO notes VALUES (?, ?)',
})

/** What another process sees in a file, and whether SQLite finds it whole. */
export const inspect = (path: string) => {
  const database = new Database(path, { readonly: true })
  const seqs = database.query<{ seq: number }, []>('SELECT seq FROM notes ORDER BY seq').all()
  const check = database.query<{ integrity_check: string }, []>('PRAGMA integrity_check').get()
  database.close()
  return { seqs: seqs.map(({ seq }) => seq), integrity: check?.integrity_check }
}
