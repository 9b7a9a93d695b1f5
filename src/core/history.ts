import { type Static, type TSchema, Type as t } from '@sinclair/typebox'
import type { GatewayEvent } from './events.ts'

const oneOf = (...words: readonly string[]) => t.Union(words.map((word) => t.Literal(word)))
const text = t.Optional(t.String())

/**
 * What every event has, and the types of what it may have; members that are not named here pass.
 * `decision` is looked at only as far as what reads it relies on.
 */
const EventSchema = t.Object({
  seq: t.Integer({ minimum: 1 }),
  phase: oneOf('intent', 'outcome', 'refusal', 'event'),
  exchange_id: t.String(),
  timestamp: t.String(),
  level: oneOf('INFO', 'WARNING', 'ERROR'),
  event_type: t.String(),
  status: oneOf('pending', 'success', 'error', 'denied', 'cancelled', 'refused', 'unknown'),
  user: text,
  source_address: text,
  face: text,
  era: text,
  method: text,
  action: text,
  mcp_server: text,
  tool_name: text,
  policy_decision: text,
  code: text,
  error: text,
  duration_ms: t.Optional(t.Number()),
  response_status: t.Optional(t.Number()),
  decision: t.Optional(
    t.Object({
      text: t.String(),
      roles: t.Array(t.String()),
      compared: t.Array(
        t.Object({
          key: t.String(),
          expected: t.String(),
          actual: t.String(),
          holds: t.Boolean(),
        }),
      ),
      nearMisses: t.Array(t.Object({ name: t.String(), because: t.String() })),
    }),
  ),
}) satisfies TSchema

/** One event, checked as `EventSchema` says: the type is the record's own. */
export const GatewayEventSchema = t.Unsafe<GatewayEvent>(EventSchema)

/** `GET /admin/events?…`: a page of the record. */
export const HistoryPageSchema = t.Object({
  /** Newest first; one event an exchange: its outcome with its decision, or what there is of it. */
  events: t.Array(GatewayEventSchema),
  /** Give it as `before` for what is older; null when nothing is. A page may be short and not the last. */
  next_before: t.Union([t.Integer(), t.Null()]),
  /** The highest sequence number in the record. */
  head_seq: t.Integer(),
})

export type HistoryPage = Readonly<Static<typeof HistoryPageSchema>>

const BodySchema = t.Object({
  /** JSON text, its secrets masked and its longest parts left out; undefined when it was not kept. */
  text: t.Optional(t.String()),
  /** Of the message as it crossed. */
  characters: t.Integer(),
})

/** An exchange as it crossed the gateway. Only there while somebody watches the feed with `?bodies=1`. */
const BodiesSchema = t.Object({
  /** The client's headers that may cross to a server: never credentials. */
  headers: t.Record(t.String(), t.String()),
  request: t.Optional(BodySchema),
  /** What came back, the answer last. */
  replies: t.Array(BodySchema),
  /** Messages that came before those. */
  dropped: t.Integer(),
})

export type Body = Readonly<Static<typeof BodySchema>>
export type Bodies = Readonly<Static<typeof BodiesSchema>>

/** `GET /admin/events/{id}`. */
export const EventDetailSchema = t.Object({
  /** As a page of the record has it. */
  event: GatewayEventSchema,
  /** The rows of its exchange as they were written, oldest first. */
  rows: t.Array(GatewayEventSchema),
  bodies: t.Optional(BodiesSchema),
})

export type EventDetail = Readonly<Static<typeof EventDetailSchema>>

/** Events a page has unless told, and at most. */
export const PAGE = { usual: 100, most: 500 } as const

/** What is asked of the record. Bounds are exclusive. */
export type HistoryQuery = Readonly<{
  /** The filter grammar of core/filter.ts. */
  filter?: string | undefined
  before?: number | undefined
  after?: number | undefined
  limit?: number | undefined
}>
