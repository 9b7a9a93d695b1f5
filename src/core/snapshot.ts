import { type Static, Type as t } from '@sinclair/typebox'

const Maybe = <T extends Parameters<typeof t.Optional>[0]>(schema: T) => t.Optional(schema)

/** Milliseconds; null while nothing was measured. */
const Latency = t.Object({
  p50_ms: t.Union([t.Number(), t.Null()]),
  p95_ms: t.Union([t.Number(), t.Null()]),
  p99_ms: t.Union([t.Number(), t.Null()]),
})

/** Since the gateway started. A denial is no error, and both are calls. */
const Counts = t.Object({ calls: t.Integer(), denials: t.Integer(), errors: t.Integer() })

const Permission = t.Object({
  resource: t.String(),
  actions: t.Array(t.String()),
  /** `policies/policy.yaml:12`. */
  at: t.String(),
  hits: t.Integer(),
})

const Rule = t.Object({
  name: t.String(),
  description: Maybe(t.String()),
  at: t.String(),
  action: t.Union([t.Literal('allow'), t.Literal('deny')]),
  priority: t.Number(),
  conditions: t.Array(t.Object({ key: t.String(), values: t.Array(t.String()) })),
  hits: t.Integer(),
})

const Policy = t.Object({
  state: t.Union([t.Literal('ok'), t.Literal('missing'), t.Literal('broken')]),
  problem: Maybe(t.String()),
  file: t.String(),
  /** Absolute, for an editor; only told to who is on the gateway's own machine. */
  path: Maybe(t.String()),
  /** SHA-256, hexadecimal; `none` without a file. */
  hash: t.String(),
  default: t.Object({
    action: t.Union([t.Literal('allow'), t.Literal('deny')]),
    at: Maybe(t.String()),
    hits: t.Integer(),
  }),
  roles: t.Array(t.Object({ name: t.String(), permissions: t.Array(Permission) })),
  /** In the order in which they are asked. Hits count since this policy came into force. */
  rules: t.Array(Rule),
})

const Server = t.Composite([
  t.Object({
    name: t.String(),
    type: t.String(),
    /** Its origin; null for a program. */
    url: t.Union([t.String(), t.Null()]),
    enabled: t.Boolean(),
    description: Maybe(t.String()),
    at: Maybe(t.String()),
    state: t.Union([t.Literal('unknown'), t.Literal('up'), t.Literal('down')]),
    problem: Maybe(t.String()),
    eras: t.Array(t.String()),
    last_call_at: Maybe(t.String()),
  }),
  Counts,
  Latency,
])

const Person = t.Composite([
  t.Object({
    user: t.String(),
    issuer: Maybe(t.String()),
    subject: Maybe(t.String()),
    /** Each with where it came from. */
    roles: t.Array(t.String()),
    last_seen: t.String(),
    /** When the token expires with which they were seen last, where it does. */
    token_expires_at: Maybe(t.String()),
  }),
  Counts,
])

/** Characters of a session's id that are shown. */
export const SESSION_ID_SHOWN = 8

/** A legacy session of a client; clients of the modern era have none. */
const Session = t.Object({
  /** The beginning of its id: enough to tell two apart and to end one, and not to use one. */
  id: t.String(),
  /** As the client called itself, which nobody checked. */
  client: Maybe(t.String()),
  /** The revision of the protocol that was agreed on. */
  version: Maybe(t.String()),
  user: Maybe(t.String()),
  issuer: t.String(),
  subject: t.String(),
  server: t.String(),
  started_at: t.String(),
  last_used: t.String(),
  /** Requests and notifications after the one that opened it. */
  calls: t.Integer(),
})

/** A client of the modern era, which has no session: by who called, what it calls itself, and revision. */
const SessionlessClient = t.Composite([
  t.Object({
    /** As the client called itself, which nobody checked. */
    client: Maybe(t.String()),
    /** The revision of the protocol that it spoke last. */
    version: Maybe(t.String()),
    user: t.String(),
    issuer: t.String(),
    subject: t.String(),
    /** The server that it asked last. */
    server: Maybe(t.String()),
    first_seen: t.String(),
    last_seen: t.String(),
  }),
  Counts,
])

const Tool = t.Composite([t.Object({ server: t.String(), tool: t.String() }), Counts, Latency])

/** The times over which a series goes: the length of its steps, in milliseconds, and how many they are. */
export const RANGES = {
  '1m': { step: 1_000, steps: 60 },
  '15m': { step: 10_000, steps: 90 },
  '1h': { step: 60_000, steps: 60 },
  '24h': { step: 900_000, steps: 96 },
} as const
export type Range = keyof typeof RANGES

const RangeSchema = t.Union([t.Literal('1m'), t.Literal('15m'), t.Literal('1h'), t.Literal('24h')])

/** `GET /admin/snapshot?range=1h`: which series is told; the last 15 minutes unless asked. */
export const SnapshotQuerySchema = t.Object(
  { range: t.Optional(RangeSchema) },
  { additionalProperties: false },
)

/** A stretch of time; the newest is last and not over yet. */
const Bucket = t.Composite([t.Object({ at: t.String() }), Counts, Latency])

/** `GET /admin/snapshot`: how the gateway and everything in it is doing at this moment. */
export const SnapshotSchema = t.Object({
  gateway: t.Object({
    version: t.String(),
    started_at: t.String(),
    uptime_ms: t.Integer(),
    auth_enabled: t.Boolean(),
    status: t.Union([t.Literal('ready'), t.Literal('degraded'), t.Literal('down')]),
    parts: t.Record(t.String(), t.String()),
    /** The longest time in the last 15 s that something kept others waiting. */
    event_loop_lag_ms: t.Number(),
    /** Live feeds that are being read. */
    watchers: t.Integer(),
  }),
  /** Who asks, and whether more than looking is permitted. */
  caller: Maybe(t.Object({ user: t.String(), may_admin: t.Boolean() })),
  totals: t.Composite([
    Counts,
    Latency,
    t.Object({ calls_per_second: t.Number(), in_flight: t.Integer() }),
  ]),
  policy: Policy,
  servers: t.Array(Server),
  /** Who was seen since the start, the latest first. */
  people: t.Array(Person),
  /** The last used first. */
  sessions: t.Object({ count: t.Integer(), list: t.Array(Session) }),
  /** Those of the modern era that were seen since the start, the latest first. */
  clients: Maybe(t.Array(SessionlessClient)),
  /** The most called first. */
  tools: t.Array(Tool),
  record: t.Object({
    state: t.Union([t.Literal('up'), t.Literal('down')]),
    problem: Maybe(t.String()),
    /** Rows that are not durable yet. */
    lag: t.Integer(),
    head_seq: t.Integer(),
    sinks: t.Array(t.Object({ name: t.String(), problem: Maybe(t.String()) })),
  }),
  series: t.Object({
    step_ms: t.Integer(),
    buckets: t.Array(Bucket),
    range: Maybe(RangeSchema),
    /** Of all buckets together. */
    total: Maybe(t.Composite([Counts, Latency])),
  }),
})

export type Snapshot = Static<typeof SnapshotSchema>
export type LatencySnapshot = Static<typeof Latency>
export type CountsSnapshot = Static<typeof Counts>
