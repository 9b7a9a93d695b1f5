import type { GatewayEvent } from '../core/events.ts'
import type { CountsSnapshot, LatencySnapshot, Snapshot } from '../core/snapshot.ts'
import { createLatency, type Latency } from './latency.ts'

export type Measured = CountsSnapshot & LatencySnapshot

/** What was counted since the start. */
export type TallySnapshot = Pick<Snapshot, 'totals' | 'people' | 'tools' | 'series'> &
  Readonly<{
    servers: ReadonlyMap<string, Measured & Readonly<{ last_call_at: string }>>
    head_seq: number
  }>

/** Counts what the record tells, so that nobody has to search it for what is asked every second. */
export type Tally = Readonly<{
  /** Takes one event as it is published. Never throws, never waits. */
  add: (event: GatewayEvent) => void
  read: () => TallySnapshot
}>

/** Milliseconds of one bucket. */
const STEP = 10_000
const BUCKETS = 90
/** Names come from callers: beyond so many, those not heard of for longest are forgotten. */
const NAMES = 1_000
/** More than those are held before any is forgotten, so that they need not be kept in order. */
const SPARE = 100
/** People and tools that are told of. */
const SHOWN = 100
/** Whole steps over which the rate is told, besides the present one. */
const RATE_STEPS = 3

type Counter = { calls: number; denials: number; errors: number; latency: Latency; at: string }
type Person = Counter & {
  -readonly [Key in 'user' | 'issuer' | 'subject' | 'decision']?: GatewayEvent[Key] | undefined
}

/** @param now milliseconds since the epoch */
export const createTally = (now: () => number): Tally => {
  const totals = createCounter('')
  const people = new Map<string, Person>()
  const servers = new Map<string, Counter>()
  const tools = new Map<string, Counter & { server: string; tool: string }>()
  const buckets = new Map<number, Counter>()
  const open = new Set<string>()
  let head = 0

  const bucketOf = (time: number): Counter => {
    const start = Math.floor(time / STEP) * STEP
    const known = buckets.get(start)
    if (known !== undefined) return known
    for (const old of buckets.keys()) if (old <= start - BUCKETS * STEP) buckets.delete(old)
    const fresh = createCounter(new Date(start).toISOString())
    buckets.set(start, fresh)
    return fresh
  }

  const addNamed = (event: GatewayEvent) => {
    const { mcp_server: server, tool_name: tool, timestamp, user } = event
    if (user !== undefined) {
      const key = `${event.issuer ?? ''}|${event.subject ?? user}`
      const person = entryOf(people, key, (): Person => createCounter(timestamp))
      identify(person, event)
      count(person, event)
    }
    if (server === undefined || server === '*') return
    count(
      entryOf(servers, server, () => createCounter(timestamp)),
      event,
    )
    if (tool === undefined) return
    const named = () => ({ ...createCounter(timestamp), server, tool })
    count(entryOf(tools, `${server}:${tool}`, named), event)
  }

  const add = (event: GatewayEvent) => {
    head = Math.max(head, event.seq)
    if (event.phase === 'event' || event.face === 'admin') return
    if (event.phase === 'intent') {
      open.add(event.exchange_id)
      return
    }
    open.delete(event.exchange_id)
    count(totals, event)
    count(bucketOf(Date.parse(event.timestamp)), event)
    addNamed(event)
  }

  const series = (): Snapshot['series'] => {
    const last = Math.floor(now() / STEP) * STEP
    const starts = Array.from(
      { length: BUCKETS },
      (_, index) => last - (BUCKETS - 1 - index) * STEP,
    )
    return {
      step_ms: STEP,
      buckets: starts.map((start) => {
        const counter = buckets.get(start) ?? EMPTY
        return { at: new Date(start).toISOString(), ...measured(counter) }
      }),
    }
  }

  /** Over the last whole steps and what there is of the present one. */
  const rate = (): number => {
    const from = Math.floor(now() / STEP) * STEP - RATE_STEPS * STEP
    let calls = 0
    for (const [start, counter] of buckets) if (start >= from) calls += counter.calls
    return Math.round((calls / Math.max(1, (now() - from) / 1_000)) * 10) / 10
  }

  return {
    add,
    read: () => ({
      totals: { ...measured(totals), calls_per_second: rate(), in_flight: open.size },
      people: latest(people)
        .slice(0, SHOWN)
        .map(([, person]) => toPerson(person)),
      tools: [...tools.values()]
        .sort((one, other) => other.calls - one.calls)
        .slice(0, SHOWN)
        .map((each) => ({ server: each.server, tool: each.tool, ...measured(each) })),
      servers: new Map(
        [...servers].map(([name, each]) => [name, { ...measured(each), last_call_at: each.at }]),
      ),
      series: series(),
      head_seq: head,
    }),
  }
}

const createCounter = (at: string): Counter => ({
  calls: 0,
  denials: 0,
  errors: 0,
  latency: createLatency(),
  at,
})

const EMPTY = createCounter('')

/** The entry of that name; those longest unheard of make room for a new one. */
const entryOf = <T extends Counter>(entries: Map<string, T>, name: string, create: () => T): T => {
  const known = entries.get(name)
  if (known !== undefined) return known
  const entry = create()
  entries.set(name, entry)
  if (entries.size > NAMES + SPARE) {
    for (const [old] of latest(entries).slice(NAMES)) entries.delete(old)
  }
  return entry
}

/** The latest first; of two that were heard of in the same millisecond, the newer entry. */
const latest = <T extends Counter>(entries: ReadonlyMap<string, T>): [string, T][] =>
  [...entries]
    .reverse()
    .sort(([, one], [, other]) => (one.at < other.at ? 1 : one.at > other.at ? -1 : 0))

const DENIALS: readonly string[] = ['denied', 'refused']

const count = (counter: Counter, event: GatewayEvent): void => {
  counter.calls++
  counter.at = event.timestamp
  if (DENIALS.includes(event.status)) counter.denials++
  if (event.status === 'error') counter.errors++
  // What was refused tells nothing of how long calls take.
  if (event.phase === 'outcome') counter.latency.add(event.duration_ms ?? 0)
}

const measured = ({ calls, denials, errors, latency }: Counter): Measured => ({
  calls,
  denials,
  errors,
  ...latency.read(),
})

const identify = (person: Person, { user, issuer, subject, decision }: GatewayEvent): void => {
  person.user = user
  person.issuer = issuer
  person.subject = subject
  if (decision !== undefined) person.decision = decision
}

const toPerson = (person: Person): Snapshot['people'][number] => ({
  user: person.user ?? '',
  ...(person.issuer !== undefined && { issuer: person.issuer }),
  ...(person.subject !== undefined && { subject: person.subject }),
  roles: [...(person.decision?.roles ?? [])],
  last_seen: person.at,
  calls: person.calls,
  denials: person.denials,
  errors: person.errors,
})
