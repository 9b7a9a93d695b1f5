import { ItemNotFound } from '../core/errors.ts'
import type { GatewayEvent } from '../core/events.ts'
import type { Exchange } from '../core/exchange.ts'
import type { EventDetail, HistoryQuery } from '../core/history.ts'
import type { Incoming } from '../core/incoming.ts'
import type { Operation } from '../core/operation.ts'
import type { Principal } from '../core/principal.ts'
import type { Range } from '../core/snapshot.ts'
import type { Capture } from '../gateway/capture.ts'
import { createTally } from '../gateway/tally.ts'
import { toBodies } from './bodies.ts'
import { createHistoryThread, type HistorySource, type HistoryThread } from './history-thread.ts'
import { watchLoopLag } from './loop-lag.ts'
import { createModernClients } from './modern-clients.ts'
import type { OpenRecord } from './record.ts'
import { type SnapshotParts, takeSnapshot } from './snapshot.ts'

export type ObservatoryOptions = Omit<SnapshotParts, Measured> &
  Readonly<{
    history: HistorySource
    capture: Pick<Capture, 'read'>
    record: SnapshotParts['record'] & Pick<OpenRecord, 'redactBody'>
    /** Milliseconds, monotonic. */
    tick: () => number
  }>

/** What those who may observe the gateway can ask of it besides the live feed. */
export type Observatory = Readonly<{
  /** The answer as JSON text; undefined for operations that ask nothing of the kind. */
  observe: (
    operation: Operation,
    incoming: Incoming,
    principal: Principal,
  ) => Promise<string> | undefined
  /** The record, for who decides its calls again. */
  history: Pick<HistoryThread, 'page' | 'one'>
  /** Takes every event as it is published. */
  add: (event: GatewayEvent) => void
  /** Takes every exchange as it is settled. */
  seen: (exchange: Exchange) => void
  close: () => void
}>

export const openObservatory = (options: ObservatoryOptions): Observatory => {
  const { now, tick } = options
  const tally = createTally(now)
  const lag = watchLoopLag(tick)
  const clients = createModernClients()
  const history = createHistoryThread(options.history, now)
  const parts = {
    ...options,
    startedAt: now(),
    loopLag: lag.worst,
    tally: tally.read,
    clients: clients.list,
  }

  const one = async (id: string): Promise<string> => {
    const text = await history.one(id)
    if (text === undefined) throw new ItemNotFound(`No event ${id} in the record`)
    return withBodies(text, options)
  }

  const answers: Readonly<
    Record<
      string,
      (operation: Operation, incoming: Incoming, principal: Principal) => Promise<string>
    >
  > = {
    'datacline/history': ({ arguments: query }) => history.page((query ?? {}) as HistoryQuery),
    'datacline/event': ({ arguments: query }) => one(String(query?.id)),
    'datacline/snapshot': async ({ arguments: query }, { source }, principal) => {
      // The face checked it by its schema.
      const range = query?.range as Range | undefined
      return JSON.stringify(takeSnapshot(parts, source.local, principal, range))
    },
  }

  return {
    observe: (operation, ...asked) => answers[operation.method]?.(operation, ...asked),
    history,
    add: tally.add,
    seen: clients.seen,
    close() {
      lag.close()
      history.close()
    },
  }
}

type Measured = 'startedAt' | 'loopLag' | 'tally' | 'clients'

/** The detail with what is kept of its exchange, while somebody watches. */
const withBodies = (
  text: string,
  { capture, record }: Pick<ObservatoryOptions, 'capture' | 'record'>,
): string => {
  const detail = JSON.parse(text) as EventDetail
  const captured = capture.read(detail.event.exchange_id)
  if (captured === undefined) return text
  // Beside it and not in it: the rest stays the text that it is.
  const bodies = JSON.stringify(toBodies(captured, record.redactBody))
  return `${text.slice(0, text.lastIndexOf('}'))},"bodies":${bodies}}`
}

const READING: readonly string[] = [
  'datacline/history',
  'datacline/event',
  'datacline/policy-preview',
]

/**
 * Looking has no effect that an intent would have to stand before. Who reads the record leaves one row
 * when it is read; a snapshot, asked every second, leaves none unless it is refused.
 */
export const lookingOnly = <Admit extends (exchange: Exchange) => Promise<void>>(
  record: Readonly<{ admit: Admit; settle: (exchange: Exchange) => void }>,
  seen: (exchange: Exchange) => void,
) => ({
  admit: (exchange: Exchange): Promise<void> => {
    const method = exchange.operation?.method ?? ''
    return method === SNAPSHOT || READING.includes(method)
      ? Promise.resolve()
      : record.admit(exchange)
  },
  settle: (exchange: Exchange): void => {
    seen(exchange)
    if (exchange.operation?.method === SNAPSHOT && exchange.error === undefined) return
    record.settle(exchange)
  },
})

const SNAPSHOT = 'datacline/snapshot'
