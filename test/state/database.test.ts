import { expect, test } from 'bun:test'
import { chmodSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseTooNew, openDatabase, readRows } from '../../src/state/database.ts'
import { notesTable, temporaryDirectory } from './table.ts'

const second = { version: 2, sql: 'ALTER TABLE notes ADD COLUMN hash TEXT' }

test('a new database is durable, waits for others, and is for its owner alone', () => {
  using directory = temporaryDirectory()
  const before = process.umask(0)
  const database = openDatabase(notesTable(directory.path))
  database.run("INSERT INTO notes VALUES (1, 'a')")
  process.umask(before)
  const pragma = (name: string) => Object.values(readRows(database, `PRAGMA ${name}`)[0] ?? {})[0]
  expect(pragma('journal_mode')).toBe('wal')
  expect(pragma('synchronous')).toBe(2)
  expect(pragma('foreign_keys')).toBe(1)
  expect(pragma('busy_timeout')).toBe(5000)
  const folder = dirname(notesTable(directory.path).path)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  const modes = readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777)
  expect(modes).toEqual([0o600, 0o600, 0o600])
  database.close()
})

test('a directory that is there keeps its rights', () => {
  using directory = temporaryDirectory()
  chmodSync(directory.path, 0o755)
  const path = join(directory.path, 'notes.db')
  openDatabase({ ...notesTable(directory.path), path }).close()
  expect(statSync(directory.path).mode & 0o777).toBe(0o755)
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('a database migrates step by step and keeps its rows', () => {
  using directory = temporaryDirectory()
  const table = notesTable(directory.path)
  const old = openDatabase(table)
  old.run("INSERT INTO notes VALUES (1, 'a')")
  old.close()
  const migrated = openDatabase({ ...table, migrations: [...table.migrations, second] })
  expect(readRows(migrated, 'SELECT * FROM notes')).toEqual([{ seq: 1, text: 'a', hash: null }])
  migrated.close()
})

test('a migration that fails leaves the database as it was', () => {
  using directory = temporaryDirectory()
  const table = notesTable(directory.path)
  openDatabase(table).close()
  const broken = [...table.migrations, second, { version: 3, sql: 'ALTER TABLE nothing' }]
  expect(() => openDatabase({ ...table, migrations: broken })).toThrow()
  const database = openDatabase(table)
  expect(Object.keys(readRows(database, 'PRAGMA user_version')[0] ?? {})).toEqual(['user_version'])
  expect(readRows(database, 'PRAGMA user_version')[0]?.user_version).toBe(1)
  database.close()
})

test('a database of a newer version is refused with a sentence', () => {
  using directory = temporaryDirectory()
  const table = notesTable(directory.path)
  openDatabase({ ...table, migrations: [...table.migrations, second] }).close()
  expect(() => openDatabase(table)).toThrow(DatabaseTooNew)
  expect(() => openDatabase(table)).toThrow(
    'notes.db has schema version 2, this datacline knows versions up to 1',
  )
})

test('migrations that are not counted from one are refused', () => {
  using directory = temporaryDirectory()
  const table = { ...notesTable(directory.path), migrations: [second] }
  expect(() => openDatabase(table)).toThrow(RangeError)
})
