import type { GatewayEvent } from '../core/events.ts'
import type { Range, Snapshot } from '../core/snapshot.ts'
import { type Counter, count, createCounter, type Measured, measured } from './counter.ts'
import { createCourse } from './course.ts'

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
  /** @param range of the series; 15 minutes unless told */
  read: (range?: Range) => TallySnapshot
}>

/** Milliseconds of one bucket. */
/** Names come from callers: beyond so many, those not heard of for longest are forgotten. */
const NAMES = 1_000
/** More than those are held before any is forgotten, so that they need not be kept in order. */
const SPARE = 100
/** People and tools that are told of. */
const SHOWN = 100
type Person = Counter & {
  -readonly [Key in 'user' | 'issuer' | 'subject' | 'decision']?: GatewayEvent[Key] | undefined
}

/** @param now milliseconds since the epoch */
export const createTally = (now: () => number): Tally => {
  const totals = createCounter('')
  const people = new Map<string, Person>()
  const servers = new Map<string, Counter>()
  const tools = new Map<string, Counter & { server: string; tool: string }>()
  const course = createCourse()
  const open = new Set<string>()
  let head = 0

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
    course.add(event)
    addNamed(event)
  }

  return {
    add,
    read: (range = '15m') => ({
      totals: { ...measured(totals), calls_per_second: course.rate(now()), in_flight: open.size },
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
      series: course.read(range, now()),
      head_seq: head,
    }),
  }
}

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
