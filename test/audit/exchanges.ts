import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRecorder, type RecorderOptions } from '../../src/audit/recorder.ts'
import { createRedactor } from '../../src/audit/redact.ts'
import { AUDIT_MIGRATIONS, INSERT_EVENT, MAX_SEQUENCE } from '../../src/audit/schema.ts'
import { deny, permit, type Reason } from '../../src/core/decision.ts'
import { AccessDenied, Unauthenticated } from '../../src/core/errors.ts'
import type { AuditEvent } from '../../src/core/events.ts'
import type { Exchange } from '../../src/core/exchange.ts'
import { buildRequest } from '../../src/core/json-rpc.ts'
import { toOperation } from '../../src/core/operation.ts'
import type { Principal } from '../../src/core/principal.ts'
import { openDatabase, readRows } from '../../src/state/database.ts'
import { createWriter, type WriterOptions } from '../../src/state/writer.ts'

/** A directory that is gone when the test ends. */
export const temporaryDirectory = () => {
  const path = mkdtempSync(join(tmpdir(), 'datacline-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

export const principal: Principal = {
  issuer: 'https://issuer.example/realms/mcp',
  subject: 'f4c1',
  username: 'dev@example.com',
  verifiedEmail: 'dev@example.com',
  clientRoles: ['developer'],
  realmRoles: [],
  groups: [],
  builtInRole: undefined,
  scopes: [],
  tokenId: 'jti-1',
  expiresAt: undefined,
}

export const reason = (text: string): Reason => ({
  code: 'permission',
  text,
  rule: 'role:developer',
  at: 'policies/policy.yaml:12',
  roles: ['developer'],
  compared: [],
  nearMisses: [],
  advice: undefined,
  policyHash: 'none',
})

let count = 0

/** A request at a door, of which nothing is known yet. */
export const arrived = (fields: Partial<Exchange> = {}): Exchange => ({
  id: `exchange-${++count}`,
  face: 'mcp',
  startedAt: 0,
  startedTick: 0,
  source: { address: '192.0.2.7', local: false },
  server: 'prod-server',
  ...fields,
})

/** A permitted call of a tool. */
export const permitted = (
  parameters: Record<string, unknown> = { database: 'data.db' },
  fields: Partial<Exchange> = {},
): Exchange => {
  const call = { name: 'sqlite_reader', arguments: parameters }
  return arrived({
    principal,
    operation: toOperation('prod-server', 'modern', buildRequest(1, 'tools/call', call)),
    decision: permit(reason('allowed by role developer (policies/policy.yaml:12)')),
    ...fields,
  })
}

export const denied = (): Exchange => {
  const decision = deny(reason('denied by rule: No deletions (policies/policy.yaml:31)'), 'item')
  return { ...permitted(), id: `exchange-${++count}`, decision, error: new AccessDenied(decision) }
}

export const unauthenticated = (): Exchange =>
  arrived({ error: new Unauthenticated('token_expired', true) })

export const answered = (exchange: Exchange): Exchange => {
  exchange.outcome = { status: 'success', responseStatus: 200, error: undefined }
  return exchange
}

type Overrides = Partial<RecorderOptions> & Pick<Partial<WriterOptions>, 'createWorker'>

/** A recorder on a real database file, as compose joins them. */
export const openRecord = (directory: string, overrides: Overrides = {}, maxPageCount?: number) => {
  const table = {
    path: join(directory, 'state', 'record.db'),
    migrations: AUDIT_MIGRATIONS,
    insert: INSERT_EVENT,
  }
  const database = openDatabase(table)
  const writer = createWriter({
    table: maxPageCount === undefined ? table : { ...table, maxPageCount },
    ...(overrides.createWorker && { createWorker: overrides.createWorker }),
  })
  const published: AuditEvent[] = []
  const recorder = createRecorder({
    append: writer.append,
    firstSequence: Number(readRows(database, MAX_SEQUENCE)[0]?.top ?? 0) + 1,
    sinks: [],
    redactor: createRedactor({}),
    publish: (event) => published.push(event),
    now: () => Date.parse('2026-11-22T10:00:00.000Z'),
    tick: () => 45.4,
    retryAfter: 10,
    ...overrides,
  })
  const close = async () => {
    await recorder.close()
    await writer.close()
    database.close()
  }
  return {
    recorder,
    writer,
    database,
    published,
    close,
    rows: (sql: string) => readRows(database, sql),
  }
}
