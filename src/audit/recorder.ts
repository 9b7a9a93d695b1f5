import { RecordUnavailable } from '../core/errors.ts'
import type { AuditEvent, GatewayEvent } from '../core/events.ts'
import type { Exchange } from '../core/exchange.ts'
import { createDeadline } from './deadline.ts'
import { toLine } from './event-line.ts'
import { createJournal, type JournalOptions } from './journal.ts'
import { type Note, type Subject, toIntent, toNoted, toSettled, toSubject } from './project.ts'
import type { Redactor } from './redact.ts'
import type { LineSink, SinkStatus } from './sinks/line-sink.ts'

export type RecorderOptions = Readonly<{
  append: JournalOptions['append']
  firstSequence: number
  sinks: readonly LineSink[]
  redactor: Redactor
  /** Tells those who watch; must return at once. */
  publish: (event: GatewayEvent) => void
  /** Milliseconds since the epoch. */
  now: () => number
  /** Milliseconds, monotonic. */
  tick: () => number
  /** Milliseconds that an intent may take to become durable. */
  writeTimeout?: number
  maxWaiting?: number
  retryAfter?: number
}>

export type RecordStatus = Readonly<{
  state: 'up' | 'down'
  /** Why nothing can be recorded, in one sentence; undefined while all is well. */
  problem: string | undefined
  /** Rows that are not durable yet. */
  lag: number
  sinks: readonly (SinkStatus & Readonly<{ name: string }>)[]
}>

export type Recorder = Readonly<{
  /**
   * Records that an operation is about to be forwarded; resolves when that is durable.
   *
   * @throws RecordUnavailable
   */
  admit: (exchange: Exchange) => Promise<void>
  /** Records how an exchange ended, once, and tells those who watch. Never throws, never waits. */
  settle: (exchange: Exchange) => void
  /** Records something that was no exchange. Never throws, never waits. */
  note: (note: Note) => void
  /**
   * Records what the gateway is about to do in its own name; resolves when that is durable.
   *
   * @throws RecordUnavailable
   */
  announce: (note: Note) => Promise<void>
  /** Resolves when everything is written that can be. */
  flush: () => Promise<void>
  status: () => RecordStatus
  /** Flushes, then closes the sinks. What appends rows is closed by who opened it. */
  close: () => Promise<void>
}>

/** The record: intent before, outcome after, refusals and events, each with its sequence number. */
export const createRecorder = (options: RecorderOptions): Recorder => {
  const { redactor, sinks } = options
  const admitted = new WeakMap<Exchange, Subject>()
  const settled = new WeakSet<Exchange>()
  const deadline = createDeadline(options.writeTimeout ?? 5000)
  let sequence = options.firstSequence

  const timeText = createTimeText(options.now)
  const stamp = () => ({ seq: sequence++, timestamp: timeText() })

  const tell = (event: AuditEvent) => {
    try {
      options.publish(event)
    } catch {
      // Whoever watches must not be able to stop what is watched.
    }
  }

  const show = (event: AuditEvent) => {
    const line = toLine(event)
    for (const sink of sinks) sink.write(line)
    tell(event)
  }
  const record = (event: AuditEvent) => {
    journal.keep(event)
    show(event)
  }

  const note = (noted: Note) => record(toNoted(noted, stamp(), redactor))

  const journal = createJournal({
    append: options.append,
    maxWaiting: options.maxWaiting ?? 10_000,
    retryAfter: options.retryAfter ?? 1000,
    onGap: (missing) =>
      note({ code: 'record_gap', status: 'error', error: `${missing} rows could not be recorded` }),
  })

  const problem = (): string | undefined => {
    if (deadline.isPassed()) return 'the record does not answer'
    return journal.status().problem
  }

  const assertOpen = () => {
    if (deadline.isPassed()) throw new Error('an earlier write has not come back')
    if (journal.status().full) throw new Error('too many rows wait to be written')
  }

  /** @throws RecordUnavailable */
  const commit = async (createEvent: () => AuditEvent): Promise<void> => {
    try {
      assertOpen()
      await deadline.meet((isOver) =>
        journal.commit(() => {
          // Given up while older rows went first: it must not appear as if it were still coming.
          if (isOver()) throw new Error('given up')
          return createEvent()
        }),
      )
    } catch (cause) {
      throw new RecordUnavailable('The record is unavailable', { cause, retryAfter: 1 })
    }
  }

  const admit = async (exchange: Exchange): Promise<void> => {
    const subject = toSubject(exchange, redactor)
    await commit(() => {
      const event = toIntent(subject, stamp())
      tell(event)
      return event
    })
    admitted.set(exchange, subject)
  }

  const announce = (noted: Note): Promise<void> =>
    commit(() => {
      const event = toNoted(noted, stamp(), redactor)
      show(event)
      return event
    })

  const settle = (exchange: Exchange): void => {
    if (settled.has(exchange)) return
    settled.add(exchange)
    const subject = admitted.get(exchange)
    const settling = {
      admitted: subject !== undefined,
      duration: options.tick() - exchange.startedTick,
      redactor,
    }
    record(toSettled(exchange, subject ?? toSubject(exchange, redactor), stamp(), settling))
  }

  const flush = async () => {
    await Promise.all([journal.flush(), ...sinks.map((sink) => sink.flush())])
  }

  const status = (): RecordStatus => ({
    state: problem() === undefined ? 'up' : 'down',
    problem: problem(),
    lag: journal.status().lag,
    sinks: sinks.map((sink) => ({ name: sink.name, ...sink.status() })),
  })

  const close = async () => {
    await journal.flush()
    await Promise.all(sinks.map((sink) => sink.close()))
  }

  return { admit, settle, note, announce, flush, status, close }
}

/** The time as ISO 8601; many rows fall into one millisecond. */
const createTimeText = (now: () => number): (() => string) => {
  let last: number | undefined
  let text = ''
  return () => {
    const time = now()
    if (time !== last) text = new Date(time).toISOString()
    last = time
    return text
  }
}
