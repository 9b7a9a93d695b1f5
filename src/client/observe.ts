import type { Static, TSchema } from '@sinclair/typebox'
import {
  type EventDetail,
  EventDetailSchema,
  type HistoryPage,
  HistoryPageSchema,
  type HistoryQuery,
} from '../core/history.ts'
import type { JsonObject } from '../core/json-rpc.ts'
import { type Range, type Snapshot, SnapshotSchema } from '../core/snapshot.ts'
import { firstViolation } from '../lib/schema-violation.ts'
import { ClientFault } from './fault.ts'

type Asked = Readonly<{ signal?: AbortSignal }>

/** What who may observe the gateway can ask of it besides the live feed. */
export type Observing = Readonly<{
  /** `GET /admin/events?…`: a page of the record, newest first. */
  history: (query: HistoryQuery, asked?: Asked) => Promise<HistoryPage>
  /** `GET /admin/events/{id}`: by sequence number, or by the id of its exchange. */
  event: (id: number | string, asked?: Asked) => Promise<EventDetail>
  /** `GET /admin/snapshot`: how everything is doing. */
  snapshot: (asked?: Asked & Readonly<{ range?: Range }>) => Promise<Snapshot>
}>

type Get = (
  path: string,
  options: Asked & Readonly<{ query?: Readonly<Record<string, string>> }>,
) => Promise<JsonObject>

export const createObserving = (get: Get): Observing => ({
  history: async (query, asked = {}) =>
    checked(
      HistoryPageSchema,
      // At least one parameter tells a page from the live feed.
      await get('/admin/events', { ...asked, query: { limit: '100', ...textsOf(query) } }),
    ),
  event: async (id, asked = {}) =>
    checked(EventDetailSchema, await get(`/admin/events/${encodeURIComponent(id)}`, asked)),
  snapshot: async ({ range, ...asked } = {}) =>
    checked(
      SnapshotSchema,
      await get('/admin/snapshot', { ...asked, ...(range !== undefined && { query: { range } }) }),
    ),
})

const textsOf = (query: HistoryQuery): Record<string, string> =>
  Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  )

/** @throws ClientFault `foreign`: a gateway of another version, or none */
export const checked = <S extends TSchema>(schema: S, body: JsonObject): Static<S> => {
  const violation = firstViolation(schema, body)
  if (violation === undefined) return body as Static<S>
  const where = violation.path.join('.')
  throw new ClientFault(
    'foreign',
    `The gateway's answer is not understood: ${where} ${violation.sentence}`,
  )
}
