import type { GatewayEvent } from '../core/events.ts'
import { type Filter, parseFilter } from '../core/filter.ts'
import { type EventDetail, type HistoryPage, type HistoryQuery, PAGE } from '../core/history.ts'
import { compilePattern } from '../lib/linear-pattern.ts'
import { nearest } from '../lib/nearest.ts'
import { toWhere, type Where } from './filter-sql.ts'
import { COLUMN_NAMES, fromRow, MAX_SEQUENCE } from './schema.ts'

type Row = Readonly<Record<string, string | number | null>>

export type ReaderOptions = Readonly<{
  /** The rows of a query; it must not change anything. */
  rows: (sql: string, parameters: readonly (string | number)[]) => readonly Row[]
  /**
   * The first sequence number of the gateway that runs: its intents without an outcome are pending,
   * older ones will never have one. Undefined while no gateway runs.
   */
  runningSince: number | undefined
  /** Milliseconds since the epoch. */
  now: () => number
}>

export type Reader = Readonly<{
  /** A page of the record. @throws FilterFault */
  page: (query: HistoryQuery) => HistoryPage
  /** One event by its sequence number (`18377`, `#18377`) or the id of its exchange. */
  one: (id: string) => EventDetail | undefined
}>

/** Sequence numbers looked at in one query, and queries for one page: a rare match must not take for ever. */
const STRETCH = 20_000
const STRETCHES = 25

const own = COLUMN_NAMES.filter((name) => name !== 'status' && name !== 'decision')

/**
 * One row an exchange: the one that ended it, with the decision that its intent holds, or the intent
 * while there is no other. An intent of an earlier run reads `unknown`.
 */
const EVENTS = `SELECT ${own.map((name) => `settled."${name}" AS "${name}"`).join(', ')},
  CASE WHEN settled.phase = 'intent' AND settled.seq < ? THEN 'unknown' ELSE settled.status END AS status,
  coalesce(settled.decision, intent.decision) AS decision
FROM audit_events AS settled
LEFT JOIN audit_events AS intent
  ON settled.phase = 'outcome' AND intent.exchange_id = settled.exchange_id AND intent.phase = 'intent'
WHERE settled.phase <> 'intent' OR NOT EXISTS (SELECT 1 FROM audit_events AS other
  WHERE other.exchange_id = settled.exchange_id AND other.phase IN ('outcome', 'refusal'))`

/** The record, read. Whoever reads through it sees events in the shape that the live feed has. */
export const createReader = ({ rows, runningSince, now }: ReaderOptions): Reader => {
  const pendingFrom = runningSince ?? Number.MAX_SAFE_INTEGER

  /** The next events below `upper`, and how far down they were looked for. */
  const stretchBelow = (upper: number, { filter, where, floor }: Search, wanted: number) => {
    const lower = Math.max(floor, upper - STRETCH - 1)
    // Where SQL cannot tell, more rows are needed than will be kept.
    const most = where.exact ? wanted : PAGE.most
    const found = rows(SEARCH(where), [pendingFrom, lower, upper, ...where.parameters, most])
    const kept = found.map(fromRow).filter((event) => where.exact || filter.matches(event))
    const last = kept.length >= wanted ? kept[wanted - 1] : found[most - 1]
    return { kept: kept.slice(0, wanted), reached: Number(last?.seq ?? lower + 1) }
  }

  const page = (query: HistoryQuery): HistoryPage => {
    const filter = parseFilter(query.filter ?? '', now, { nearest, compilePattern })
    const floor = query.after ?? 0
    const search = { filter, where: toWhere(filter.tree, now()), floor }
    const limit = Math.min(query.limit ?? PAGE.usual, PAGE.most)
    const head = Number(rows(MAX_SEQUENCE, [])[0]?.top ?? 0)
    const events: GatewayEvent[] = []
    let upper = Math.min(query.before ?? Number.MAX_SAFE_INTEGER, head + 1)
    const isOpen = () => upper > floor + 1
    for (let left = STRETCHES; left > 0 && isOpen() && events.length < limit; left--) {
      const { kept, reached } = stretchBelow(upper, search, limit - events.length)
      events.push(...kept)
      upper = reached
    }
    return { events, next_before: isOpen() ? upper : null, head_seq: head }
  }

  const exchangeOf = (id: string): readonly Row[] => {
    const seq = /^#?(\d{1,15})$/.exec(id)?.[1]
    if (seq === undefined) {
      return rows(`${ROWS} WHERE exchange_id = ? AND phase <> 'event' ORDER BY seq LIMIT 10`, [id])
    }
    const [row] = rows(`${ROWS} WHERE seq = ?`, [Number(seq)])
    if (row === undefined || row.phase === 'event') return row === undefined ? [] : [row]
    return exchangeOf(String(row.exchange_id))
  }

  const one = (id: string): EventDetail | undefined => {
    const written = exchangeOf(id)
    const last = written.at(-1)
    if (last === undefined) return undefined
    const [event] = rows(`SELECT * FROM (${EVENTS}) WHERE seq = ?`, [pendingFrom, Number(last.seq)])
    return event && { event: fromRow(event), rows: written.map(fromRow) }
  }

  return { page, one }
}

type Search = Readonly<{ filter: Filter; where: Where; floor: number }>

const SEARCH = ({ sql }: Where) =>
  `SELECT * FROM (${EVENTS}) WHERE seq > ? AND seq < ? AND (${sql}) ORDER BY seq DESC LIMIT ?`

const ROWS = 'SELECT * FROM audit_events'
