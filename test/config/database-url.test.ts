import { expect, test } from 'bun:test'
import { databaseFile, databaseUrlProblem } from '../../src/config/database-url.ts'

test.each([
  ['sqlite:///secure_mcp_gateway.db', '/etc/gateway/secure_mcp_gateway.db'],
  ['sqlite:////var/lib/record.db', '/var/lib/record.db'],
  ['sqlite+pysqlite:///a/b.db', '/etc/gateway/a/b.db'],
])('DATABASE_URL=%s is the file %s', (url, file) => {
  expect(databaseUrlProblem(url)).toBeUndefined()
  expect(databaseFile(url, '/etc/gateway')).toBe(file)
})

test('without DATABASE_URL there is no file of its own', () => {
  expect(databaseFile(undefined, '/etc/gateway')).toBeUndefined()
})

test.each(['mysql+pymysql', 'mariadb', 'postgres', 'POSTGRESQL'])(
  'a %s server is refused without showing its password',
  (scheme) => {
    const problem = databaseUrlProblem(`${scheme}://user:hunter2@db/mcp`)
    expect(problem).toContain('servers are not supported yet')
    expect(problem).not.toContain('hunter2')
  },
)
