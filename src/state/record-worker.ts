import { statSync } from 'node:fs'
import { openDatabase, type SqlValue } from './database.ts'
import type { Acknowledgement, RecordTable } from './writer.ts'

// The entry of the Worker that commits rows: SQLite's calls wait for the disk, and the thread that
// serves traffic must not. The first message says which table; each further one is a batch.

declare const self: Worker

type Rows = readonly SqlValue[][]

type OpenTable = Readonly<{ insert: (rows: Rows) => void; close: () => void; inode: number }>

let table: RecordTable | undefined
let open: OpenTable | undefined
/** Set when going on could lose rows in silence; only a restart of the gateway ends it. */
let broken: string | undefined

// After a failed fsync the kernel forgets which pages were dirty, and the next one reports success.
const LATCHING = ['SQLITE_IOERR_FSYNC', 'SQLITE_IOERR_DIR_FSYNC']

const openTable = (record: RecordTable): OpenTable => {
  const database = openDatabase(record)
  const statement = database.prepare(record.insert)
  const transaction = database.transaction((rows: Rows) => {
    for (const row of rows) {
      if (statement.run(...row).changes !== 1) throw new Error(`row ${row[0]} is already taken`)
    }
  })
  return {
    insert: transaction.immediate,
    close: () => {
      // An open statement would keep the file open, and its log beside it.
      statement.finalize()
      database.close()
    },
    inode: statSync(record.path).ino,
  }
}

/** Rows written to a file that nobody can find any more are not recorded. */
const assertInPlace = (path: string, inode: number) => {
  if (statSync(path, { throwIfNoEntry: false })?.ino === inode) return
  broken = 'the file of the record was removed or replaced while in use; restart the gateway'
  throw new Error(broken)
}

const commit = (record: RecordTable, rows: Rows) => {
  if (broken !== undefined) throw new Error(broken)
  open ??= openTable(record)
  assertInPlace(record.path, open.inode)
  open.insert(rows)
}

const codeOf = (cause: unknown): string | undefined =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : undefined

const attempt = (record: RecordTable, rows: Rows): Acknowledgement => {
  try {
    commit(record, rows)
    return ''
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    if (LATCHING.includes(codeOf(cause) ?? '')) broken = `${message}; restart the gateway`
    return message || 'the commit failed'
  }
}

self.onmessage = ({ data }: MessageEvent<string>) => {
  if (table === undefined) {
    table = JSON.parse(data) as RecordTable
    return
  }
  if (data === '') {
    open?.close()
    open = undefined
    self.postMessage('')
    return
  }
  self.postMessage(attempt(table, JSON.parse(data)))
}
