import { resolve } from 'node:path'

/**
 * What is wrong with DATABASE_URL, as a sentence that does not show it. SQLAlchemy's spellings of
 * SQLite are understood: `sqlite:///relative.db`, `sqlite:////absolute.db`, `sqlite+pysqlite:///…`.
 */
export const databaseUrlProblem = (text: string): string | undefined => {
  if (sqlitePath(text) !== undefined) return undefined
  const scheme = /^([a-z][a-z0-9]*)(?:\+[a-z0-9_]+)?:/i.exec(text)?.[1]?.toLowerCase()
  if (scheme !== undefined && SERVERS.has(scheme)) {
    return `${scheme} servers are not supported yet; leave it unset to record in the state directory, or give sqlite:///FILE`
  }
  if (scheme === 'sqlite') return 'expected sqlite:///FILE; the record must be a file'
  return 'expected sqlite:///FILE'
}

/** The file that DATABASE_URL names, absolute; undefined when it is unset. */
export const databaseFile = (url: string | undefined, directory: string): string | undefined => {
  const path = url === undefined ? undefined : sqlitePath(url)
  return path === undefined ? undefined : resolve(directory, path)
}

const SERVERS: ReadonlySet<string> = new Set(['postgresql', 'postgres', 'mysql', 'mariadb'])

const sqlitePath = (url: string): string | undefined => {
  const path = /^sqlite(?:\+pysqlite)?:\/\/\/([^?#]+)$/i.exec(url)?.[1]
  return path === ':memory:' ? undefined : path
}
