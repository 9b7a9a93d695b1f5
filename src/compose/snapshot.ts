import type { UpstreamHealth } from '../core/conversation.ts'
import { toBareOperation } from '../core/operation.ts'
import type { Principal } from '../core/principal.ts'
import type { ServerEntry } from '../core/server-entry.ts'
import { type Range, SESSION_ID_SHOWN, type Snapshot } from '../core/snapshot.ts'
import type { SessionUse } from '../era/sessions.ts'
import type { TallySnapshot } from '../gateway/tally.ts'
import { overall, type PartState } from '../http/house.ts'
import { byPrecedence } from '../policy/compile.ts'
import type { DecisionPoint } from '../policy/decision-point.ts'
import type { PolicyState } from '../policy/policy-store.ts'
import type { Callers } from './callers.ts'
import type { ModernClient, ModernClients } from './modern-clients.ts'
import type { OpenRecord } from './record.ts'
import { shownUrl } from './servers.ts'

/** Where each part of a snapshot comes from. Asked once a snapshot. */
export type SnapshotParts = Readonly<{
  version: string
  authEnabled: boolean
  /** Milliseconds since the epoch. */
  startedAt: number
  now: () => number
  readiness: () => Readonly<Record<string, PartState>>
  loopLag: () => number
  watchers: () => number
  tally: (range: Range | undefined) => TallySnapshot
  policy: () => Readonly<{ point: DecisionPoint; state: PolicyState; path: string }>
  servers: () => readonly Readonly<{ entry: ServerEntry; health: UpstreamHealth | undefined }>[]
  clients: ModernClients['list']
  sessions: () => Readonly<{ count: number; list: readonly SessionUse[] }>
  callers: Pick<Callers, 'find'>
  record: Pick<OpenRecord, 'status' | 'redact'>
}>

/**
 * How everything is doing at this moment, for `GET /admin/snapshot`.
 *
 * @param isLocal whether who asks is on this machine, and may learn where files are
 * @param caller who asks
 * @param range of the series
 */
export const takeSnapshot = (
  parts: SnapshotParts,
  isLocal: boolean,
  caller: Principal,
  range?: Range,
): Snapshot => {
  const { totals, people, tools, series, servers, head_seq } = parts.tally(range)
  const readiness = parts.readiness()
  return {
    gateway: {
      version: parts.version,
      started_at: new Date(parts.startedAt).toISOString(),
      uptime_ms: Math.max(0, parts.now() - parts.startedAt),
      auth_enabled: parts.authEnabled,
      status: overall(readiness),
      parts: { ...readiness },
      event_loop_lag_ms: parts.loopLag(),
      watchers: parts.watchers(),
    },
    caller: {
      user: caller.username,
      may_admin: parts
        .policy()
        .point.permits(caller, toBareOperation('*', 'either', 'datacline/policy-write')),
    },
    totals,
    policy: toPolicy(parts.policy(), isLocal),
    servers: parts.servers().map((server) => toServer(server, servers, parts.record.redact)),
    people: people.map((person) => withExpiry(person, parts.callers)),
    sessions: toSessions(parts.sessions(), people, parts.record.redact),
    clients: parts.clients().map((each) => withName(each, parts.record.redact)),
    tools,
    record: toRecord(parts.record.status(), head_seq),
    series,
  }
}

const toPolicy = (
  { point, state, path }: ReturnType<SnapshotParts['policy']>,
  isLocal: boolean,
): Snapshot['policy'] => {
  const { policy } = point
  const counts = new Map(point.hits().map((hit) => [`${hit.name} ${hit.at}`, hit.count]))
  const hitsOf = (name: string, at: string | undefined) => counts.get(`${name} ${at}`) ?? 0
  const { effect, at } = policy.defaultPolicy
  return {
    state: state.state,
    ...('problem' in state && { problem: state.problem }),
    file: policy.file,
    ...(isLocal && { path }),
    hash: policy.hash,
    default: {
      action: effect,
      ...(at !== undefined && { at }),
      hits: hitsOf('default_policy', at),
    },
    roles: [...policy.roles].map(([name, permissions]) => ({
      name,
      permissions: permissions.map((permission) => ({
        resource: permission.resource,
        actions: [...permission.actions],
        at: permission.at,
        hits: hitsOf(`role:${name}`, permission.at),
      })),
    })),
    rules: policy.rules.toSorted(byPrecedence).map((rule) => ({
      name: rule.name,
      ...(rule.description !== undefined && { description: rule.description }),
      at: rule.at,
      action: rule.effect,
      priority: rule.priority,
      conditions: rule.conditions.map(({ key, entries }) => ({ key, values: [...entries] })),
      hits: hitsOf(rule.name, rule.at),
    })),
  }
}

type Person = Snapshot['people'][number]

const idOf = ({ issuer, subject }: Person): string => `${issuer}|${subject}`

const withExpiry = (person: Person, callers: SnapshotParts['callers']): Person => {
  const expiresAt = callers.find(idOf(person))?.expiresAt
  return expiresAt === undefined
    ? person
    : { ...person, token_expires_at: new Date(expiresAt * 1000).toISOString() }
}

const SESSIONS = 200

const toSessions = (
  { count, list }: ReturnType<SnapshotParts['sessions']>,
  people: readonly Person[],
  redact: (text: string) => string,
): Snapshot['sessions'] => {
  const names = new Map(people.map((person) => [idOf(person), person.user]))
  const shown = list.slice(0, SESSIONS).map(({ session, startedAt, usedAt, calls }) => {
    const { id, owner, server, client, version } = session
    // An issuer is an address, and holds no bar.
    const bar = owner.indexOf('|')
    const user = names.get(owner)
    return {
      id: id.slice(0, SESSION_ID_SHOWN),
      ...(client !== undefined && { client: redact(client) }),
      ...(version !== undefined && { version }),
      ...(user !== undefined && { user }),
      issuer: owner.slice(0, bar),
      subject: owner.slice(bar + 1),
      server,
      started_at: new Date(startedAt).toISOString(),
      last_used: new Date(usedAt).toISOString(),
      calls,
    }
  })
  return { count, list: shown }
}

const withName = (used: ModernClient, redact: (text: string) => string): ModernClient =>
  used.client === undefined ? used : { ...used, client: redact(used.client) }

const NOTHING = { calls: 0, denials: 0, errors: 0, p50_ms: null, p95_ms: null, p99_ms: null }

const toServer = (
  { entry, health }: ReturnType<SnapshotParts['servers']>[number],
  counted: TallySnapshot['servers'],
  redact: (text: string) => string,
): Snapshot['servers'][number] => ({
  name: entry.name,
  type: entry.declaredType,
  url: shownUrl(entry),
  enabled: entry.enabled,
  ...(entry.description !== undefined && { description: entry.description }),
  ...(entry.at !== undefined && { at: entry.at }),
  state: health?.state ?? 'unknown',
  ...(health?.problem !== undefined && { problem: redact(health.problem) }),
  eras: [...(health?.eras ?? [])],
  ...(counted.get(entry.name) ?? NOTHING),
})

const toRecord = (
  { state, problem, lag, sinks }: ReturnType<OpenRecord['status']>,
  head: number,
): Snapshot['record'] => ({
  state,
  ...(problem !== undefined && { problem }),
  lag,
  head_seq: head,
  sinks: sinks.map((sink) => ({
    name: sink.name,
    ...(sink.problem !== undefined && { problem: sink.problem }),
  })),
})
