import { Database, type SQLQueryBindings } from 'bun:sqlite'
import { chmodSync, mkdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'

/** One step of a database's schema. Versions count from 1 without gaps; a step is never changed. */
export type Migration = Readonly<{ version: number; sql: string }>

export type DatabaseOptions = Readonly<{
  path: string
  migrations: readonly Migration[]
  /** `FULL` survives a power cut, `NORMAL` a crash of the gateway. */
  synchronous?: 'FULL' | 'NORMAL'
  /** The largest size in pages of 4096 bytes, for trying what a full disk does. */
  maxPageCount?: number
}>

/** What SQLite takes and gives. */
export type SqlValue = string | number | null

export type SqlRow = Readonly<Record<string, SqlValue>>

/** The file was written by a later version of the program, whose meaning this one cannot know. */
export class DatabaseTooNew extends Error {
  readonly code = 'database_too_new'
  constructor(path: string, found: number, known: number) {
    super(
      `${basename(path)} has schema version ${found}, this datacline knows versions up to ${known}: ` +
        'use the newer datacline, or another state directory',
    )
    this.name = 'DatabaseTooNew'
  }
}

/** Reading alone cannot bring a file up to date that an earlier version wrote. */
export class DatabaseTooOld extends Error {
  readonly code = 'database_too_old'
  constructor(path: string, found: number, known: number) {
    super(
      `${basename(path)} has schema version ${found}, this datacline reads version ${known}: ` +
        'start the gateway once, which brings it up to date',
    )
    this.name = 'DatabaseTooOld'
  }
}

/**
 * Opens a database file, creating it (0600, and missing directories 0700), and brings its schema up to date.
 *
 * @throws DatabaseTooNew
 * @throws SQLiteError when the file cannot be opened, locked or migrated
 */
export const openDatabase = (options: DatabaseOptions): Database => {
  // A directory that is there may be anybody's, such as the one that DATABASE_URL names: it stays as it is.
  mkdirSync(dirname(options.path), { recursive: true, mode: 0o700 })
  const database = new Database(options.path, { create: true, strict: true })
  try {
    chmodSync(options.path, 0o600)
    configure(database, options)
    migrate(database, options)
    return database
  } catch (cause) {
    database.close()
    throw cause
  }
}

/**
 * Opens a database that another connection writes, for reading alone: it can change nothing, and in WAL
 * mode it neither waits for who writes nor makes it wait.
 *
 * @throws DatabaseTooNew, DatabaseTooOld
 * @throws SQLiteError when the file cannot be opened, or is no database
 */
export const openForReading = ({
  path,
  migrations,
}: Pick<DatabaseOptions, 'path' | 'migrations'>): Database => {
  const database = new Database(path, { readonly: true, strict: true })
  try {
    database.run('PRAGMA busy_timeout = 5000')
    database.run('PRAGMA query_only = ON')
    database.run('PRAGMA trusted_schema = OFF')
    const found = versionOf(database)
    if (found > migrations.length) throw new DatabaseTooNew(path, found, migrations.length)
    if (found < migrations.length) throw new DatabaseTooOld(path, found, migrations.length)
    return database
  } catch (cause) {
    database.close()
    throw cause
  }
}

/** All rows of a query; meant for small answers at start, in tests and in commands. */
export const readRows = (
  database: Database,
  sql: string,
  ...parameters: SQLQueryBindings[]
): SqlRow[] => database.query<SqlRow, SQLQueryBindings[]>(sql).all(...parameters)

const configure = (database: Database, options: DatabaseOptions) => {
  // First of all: without it, even switching to WAL fails at once when another process reads.
  database.run('PRAGMA busy_timeout = 5000')
  database.run('PRAGMA journal_mode = WAL')
  database.run(`PRAGMA synchronous = ${options.synchronous ?? 'FULL'}`)
  database.run('PRAGMA foreign_keys = ON')
  database.run('PRAGMA trusted_schema = OFF')
  database.run('PRAGMA journal_size_limit = 67108864')
  if (options.maxPageCount !== undefined) {
    database.run(`PRAGMA max_page_count = ${Math.trunc(options.maxPageCount)}`)
  }
}

const versionOf = (database: Database): number =>
  Number(readRows(database, 'PRAGMA user_version')[0]?.user_version ?? 0)

const migrate = (database: Database, { path, migrations }: DatabaseOptions) => {
  assertCountedFromOne(migrations)
  const known = migrations.length
  if (versionOf(database) === known) return
  const bringUpToDate = database.transaction(() => {
    // Read again under the lock: another process may have migrated meanwhile.
    const found = versionOf(database)
    if (found > known) throw new DatabaseTooNew(path, found, known)
    for (const { version, sql } of migrations.slice(found)) {
      database.run(sql)
      database.run(`PRAGMA user_version = ${version}`)
    }
  })
  bringUpToDate.immediate()
}

const assertCountedFromOne = (migrations: readonly Migration[]) => {
  const wrong = migrations.find(({ version }, index) => version !== index + 1)
  if (wrong !== undefined) throw new RangeError(`Migration ${wrong.version} is out of order`)
}
