import type { AuditEvent } from '../src/core/events.ts'
import { isObject, type JsonObject } from '../src/core/json-rpc.ts'
import { type Row, settle, subjectOf, toRow } from './row.ts'
import { CAPACITY, indexOfSeq, LOG_CAPACITY, type LogEntry, type State } from './state.ts'

/** Takes a batch of rows of the record: calls into the list, what happened to the gateway into the log. */
export const ingest = (state: State, events: readonly AuditEvent[]): State => {
  const rows = [...state.rows]
  const open = new Map(state.open)
  const log: LogEntry[] = []
  const counts = { ...state.counts }
  let { heard } = state
  for (const event of events) {
    if (event.seq <= heard) continue
    heard = event.seq
    if (event.phase === 'event') log.push(toEntry(event))
    else if (!settleOpen(rows, open, event) && !state.detached) addRow(rows, open, event)
    count(counts, event)
  }
  const kept = rows.length > CAPACITY ? rows.slice(-CAPACITY) : rows
  return {
    ...state,
    rows: kept,
    open: pruned(open, kept[0]?.seq ?? 0),
    heard,
    counts,
    log: withEntries(state.log, log),
  }
}

/** Older rows, put before those that are there; where room is short the newest go. */
export const prepend = (state: State, events: readonly AuditEvent[]): State => {
  const first = state.rows[0]?.seq ?? Number.POSITIVE_INFINITY
  const older = ingest({ ...state, rows: [], open: new Map(), heard: 0, detached: false }, events)
  const before = older.rows.filter(({ seq }) => seq < first)
  const rows = [...before, ...state.rows]
  return {
    ...state,
    rows: rows.slice(0, CAPACITY),
    exhausted: before.length === 0,
    detached: state.detached || rows.length > CAPACITY,
  }
}

export const withEntries = (
  log: readonly LogEntry[],
  entries: readonly LogEntry[],
): readonly LogEntry[] => (entries.length === 0 ? log : [...log, ...entries].slice(-LOG_CAPACITY))

const addRow = (rows: Row[], open: Map<string, number>, event: AuditEvent): void => {
  rows.push(toRow(event))
  if (event.phase === 'intent') open.set(event.exchange_id, event.seq)
}

/** The outcome of a call stands where its intent stood. */
const settleOpen = (rows: Row[], open: Map<string, number>, event: AuditEvent): boolean => {
  const seq = open.get(event.exchange_id)
  if (seq === undefined) return false
  open.delete(event.exchange_id)
  const at = indexOfSeq(rows, seq)
  const row = rows[at]
  if (row === undefined || row.seq !== seq) return false
  rows[at] = settle(row, event)
  return true
}

const count = (
  counts: { calls: number; denied: number; failed: number },
  { phase, status, face }: AuditEvent,
): void => {
  if (face === 'admin' || phase === 'intent' || phase === 'event') return
  counts.calls++
  if (status === 'denied') counts.denied++
  if (status === 'error') counts.failed++
}

const pruned = (open: ReadonlyMap<string, number>, first: number): ReadonlyMap<string, number> => {
  for (const seq of open.values()) {
    if (seq < first) return new Map([...open].filter(([, each]) => each >= first))
    break
  }
  return open
}

const TONES = { INFO: 'plain', WARNING: 'warn', ERROR: 'error' } as const

const toEntry = (event: AuditEvent): LogEntry => {
  const about = isObject(event.parameters) ? aboutText(event.parameters) : ''
  const why = event.error === undefined ? '' : `: ${event.error}`
  return {
    at: Date.parse(event.timestamp),
    text: `${(event.code ?? subjectOf(event)).replaceAll('_', ' ')}${why}${about}`,
    tone: TONES[event.level],
  }
}

/** ` hash 9c1e2f  servers 3`: what a line has room for. */
const aboutText = (parameters: JsonObject): string =>
  Object.entries(parameters)
    .map(([key, value]) => `  ${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('')
