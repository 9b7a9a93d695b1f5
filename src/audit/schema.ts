import type { AuditEvent } from '../core/events.ts'
import { parseLossless } from '../lib/lossless-json.ts'

type Column = Readonly<{ name: keyof AuditEvent; type: string; json?: true }>

// One column for each field of an audit event; what has structure is kept as JSON text.
const COLUMNS: readonly Column[] = [
  { name: 'seq', type: 'INTEGER PRIMARY KEY' },
  { name: 'phase', type: 'TEXT NOT NULL' },
  { name: 'exchange_id', type: 'TEXT NOT NULL' },
  { name: 'timestamp', type: 'TEXT NOT NULL' },
  { name: 'level', type: 'TEXT NOT NULL' },
  { name: 'logger', type: 'TEXT NOT NULL' },
  { name: 'event_type', type: 'TEXT NOT NULL' },
  { name: 'user', type: 'TEXT' },
  { name: 'issuer', type: 'TEXT' },
  { name: 'subject', type: 'TEXT' },
  { name: 'token_id', type: 'TEXT' },
  { name: 'source_address', type: 'TEXT' },
  { name: 'face', type: 'TEXT' },
  { name: 'era', type: 'TEXT' },
  { name: 'method', type: 'TEXT' },
  { name: 'action', type: 'TEXT' },
  { name: 'mcp_server', type: 'TEXT' },
  { name: 'tool_name', type: 'TEXT' },
  { name: 'parameters', type: 'TEXT', json: true },
  { name: 'status', type: 'TEXT NOT NULL' },
  { name: 'policy_decision', type: 'TEXT' },
  { name: 'decision', type: 'TEXT', json: true },
  { name: 'duration_ms', type: 'INTEGER' },
  { name: 'response_status', type: 'INTEGER' },
  { name: 'code', type: 'TEXT' },
  { name: 'error', type: 'TEXT' },
]

/** The columns of a row, in their order. */
export const COLUMN_NAMES = COLUMNS.map(({ name }) => name)

const names = COLUMNS.map(({ name }) => `"${name}"`).join(', ')
const places = COLUMNS.map(() => '?').join(', ')

/** The code of the event that each start writes: no operation before it can still be open. */
export const RECOVERED = 'record_recovered'

const VERSION_1 = `
CREATE TABLE audit_events (${COLUMNS.map(({ name, type }) => `"${name}" ${type}`).join(', ')});
CREATE INDEX audit_events_exchange ON audit_events (exchange_id);
CREATE INDEX audit_events_recovered ON audit_events (seq) WHERE code = '${RECOVERED}';
CREATE VIEW audit_logs AS
  SELECT seq AS id, coalesce(tool_name, mcp_server) AS tool_name, "user", action, status,
    parameters, NULL AS output, error, duration_ms AS execution_time, timestamp
  FROM audit_events WHERE phase IN ('outcome', 'refusal');
`

/** The record's schema, for whoever opens the database. A step that was released is never changed. */
export const AUDIT_MIGRATIONS = [{ version: 1, sql: VERSION_1 }] as const

/**
 * Adds one row. Writing the same row again changes nothing and is no error, because a commit whose
 * answer was lost is tried again; a different row in its place is refused (no row is changed).
 */
export const INSERT_EVENT = `INSERT INTO audit_events (${names}) VALUES (${places})
ON CONFLICT (seq) DO UPDATE SET seq = excluded.seq
WHERE exchange_id = excluded.exchange_id AND phase = excluded.phase`

/** The highest sequence number as `top`; NULL in an empty record. */
export const MAX_SEQUENCE = 'SELECT max(seq) AS top FROM audit_events'

/** Intents without an outcome or refusal, oldest first; only those since the last start are looked at. */
export const ORPHANS = `SELECT * FROM audit_events AS intent
WHERE phase = 'intent'
  AND seq > coalesce((SELECT max(seq) FROM audit_events WHERE code = '${RECOVERED}'), 0)
  AND NOT EXISTS (SELECT 1 FROM audit_events AS other
    WHERE other.exchange_id = intent.exchange_id AND other.phase <> 'intent')
ORDER BY seq`

export type AuditRow = readonly (string | number | null)[]

/**
 * An event as the values of `INSERT_EVENT`. An outcome's decision is its intent's, row for row the
 * largest part: it is kept once, under the same exchange_id.
 */
export const toRow = (event: AuditEvent): AuditRow =>
  COLUMNS.map(({ name, json }) => {
    const value = event[name]
    if (value === undefined || (name === 'decision' && event.phase === 'outcome')) return null
    return json ? jsonText(value) : (value as string | number)
  })

/** Decisions are the same objects again and again (see `Redactor.stable`), parameters never are. */
const texts = new WeakMap<object, string>()

const jsonText = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const known = texts.get(value)
  if (known !== undefined) return known
  const text = JSON.stringify(value)
  texts.set(value, text)
  return text
}

/** A stored row as the event it was. */
export const fromRow = (row: Readonly<Record<string, string | number | null>>): AuditEvent => {
  const fields = COLUMNS.flatMap(({ name, json }) => {
    const value = row[name] ?? null
    if (value === null) return []
    return [[name, json ? parseLossless(String(value)) : value]]
  })
  return Object.fromEntries(fields) as AuditEvent
}
