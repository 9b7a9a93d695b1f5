import type { AuditEvent } from '../core/events.ts'
import { type AuditRow, toRow } from './schema.ts'

export type JournalOptions = Readonly<{
  /** Resolves when the rows are durable; a failure rejects all that was appended before it was known. */
  append: (rows: readonly AuditRow[]) => Promise<void>
  /** Rows that may wait; beyond them, what need not be kept is not. */
  maxWaiting: number
  /** Milliseconds until rows that could not be written are tried again. */
  retryAfter: number
  /** Told when the record works again how many rows it had to do without. */
  onGap: (missing: number) => void
}>

/**
 * Rows on their way into the record, in the order of their sequence numbers. What must not be lost is
 * kept when a commit fails and goes in before anything newer.
 */
export type Journal = Readonly<{
  /** Appends one row; resolves when it is durable. The row is made when its turn has come. */
  commit: (createEvent: () => AuditEvent) => Promise<void>
  /** Appends one row without waiting for it; when that fails it is tried again. Never throws. */
  keep: (event: AuditEvent) => void
  /** Resolves when nothing is in flight and everything kept was tried once more. */
  flush: () => Promise<void>
  status: () => Readonly<{ problem: string | undefined; lag: number; full: boolean }>
}>

const RETRY_BATCH = 512

export const createJournal = (options: JournalOptions): Journal => {
  let kept: AuditEvent[] = []
  let waiting = 0
  let missing = 0
  let problem: string | undefined
  let draining: Promise<void> | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  let idle: (() => void)[] = []

  const isFull = () => waiting + kept.length >= options.maxWaiting

  const reportGap = () => {
    if (missing === 0 || isFull()) return
    const count = missing
    missing = 0
    options.onGap(count)
  }

  const back = (count: number, fault: string | undefined) => {
    problem = fault
    waiting -= count
    if (waiting === 0) for (const resolve of idle.splice(0)) resolve()
  }

  const send = (events: readonly AuditEvent[]): Promise<void> => {
    const rows = events.map(toRow)
    waiting += rows.length
    return options.append(rows).then(
      () => {
        back(rows.length, undefined)
        reportGap()
      },
      (cause: unknown) => {
        back(rows.length, cause instanceof Error ? cause.message : String(cause))
        throw cause
      },
    )
  }

  /** One row first: while the record is down, each attempt costs little. */
  const sendKept = async () => {
    for (let length = 1; kept.length > 0; length = RETRY_BATCH) {
      const batch = kept.slice(0, length)
      await send(batch)
      const sent = new Set(batch)
      kept = kept.filter((event) => !sent.has(event))
    }
    reportGap()
  }

  const drain = (): Promise<void> => {
    draining ??= sendKept().finally(() => {
      draining = undefined
    })
    return draining
  }

  const scheduleRetry = () => {
    if (retry !== undefined || kept.length === 0) return
    retry = setTimeout(() => {
      retry = undefined
      drain().catch(scheduleRetry)
    }, options.retryAfter)
    retry.unref()
  }

  const hold = (event: AuditEvent) => {
    kept.push(event)
    kept.sort((one, other) => one.seq - other.seq)
    scheduleRetry()
  }

  const commitAfterKept = async (createEvent: () => AuditEvent): Promise<void> => {
    while (kept.length > 0) await drain()
    await send([createEvent()])
  }

  const commit = (createEvent: () => AuditEvent): Promise<void> =>
    kept.length > 0 ? commitAfterKept(createEvent) : send([createEvent()])

  const keep = (event: AuditEvent) => {
    // Outcomes are never given up: there are only as many as were admitted before.
    if (isFull() && event.phase !== 'outcome') {
      missing++
      return
    }
    if (kept.length > 0) return hold(event)
    send([event]).catch(() => hold(event))
  }

  const flush = async () => {
    if (kept.length > 0) await drain().catch(scheduleRetry)
    if (waiting > 0) {
      await new Promise<void>((resolve) => {
        idle = [...idle, resolve]
      })
    }
  }

  const status = () => ({ problem, lag: waiting + kept.length, full: isFull() })

  return { commit, keep, flush, status }
}
