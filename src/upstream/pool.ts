import type { EmbeddedServer } from '../core/conversation.ts'
import type { ServerEntry } from '../core/server-entry.ts'
import type { UpstreamLimits } from './transports/transport.ts'
import { createUpstream, type ManagedUpstream, UPSTREAM_LIMITS } from './upstream.ts'

/** What the servers behind the gateway are given from outside. */
export type PoolDependencies = Readonly<{
  /** The server inside this process with that name. */
  embedded: (name: string) => EmbeddedServer | undefined
  /** The gateway's own environment; only PATH, HOME and the like of it reach stdio servers. */
  environment: Readonly<Record<string, string | undefined>>
  /** Milliseconds; only differences mean anything. */
  now: () => number
  /** PEM certificates to trust instead of the system's. */
  authorities?: string
  limits?: Partial<UpstreamLimits>
}>

export type Pool = Readonly<{
  /** An enabled server; undefined for all others. */
  get: (name: string) => ManagedUpstream | undefined
  list: () => readonly ManagedUpstream[]
  /**
   * Takes these entries instead of those before. Servers whose entry is the same keep their connections
   * and processes; those removed or changed are closed when the calls under way have ended.
   */
  replace: (entries: readonly ServerEntry[]) => void
  /** Closes every server, also those that are still being drained. Never throws. */
  close: () => Promise<void>
}>

type Member = Readonly<{ entry: string; upstream: ManagedUpstream }>

/** Every server behind the gateway, by name. */
export const createPool = (given: PoolDependencies): Pool => {
  const dependencies = {
    embedded: given.embedded,
    environment: given.environment,
    now: given.now,
    authorities: given.authorities,
    limits: { ...UPSTREAM_LIMITS, ...given.limits },
  }
  const retiring = new Set<ManagedUpstream>()
  let members: ReadonlyMap<string, Member> = new Map()

  const retire = async (upstream: ManagedUpstream) => {
    retiring.add(upstream)
    await upstream.retire()
    retiring.delete(upstream)
  }
  const keepOrCreate = (entry: ServerEntry): Member => {
    // Where an entry stands in its file changes nothing about the server.
    const text = JSON.stringify({ ...entry, at: undefined })
    const before = members.get(entry.name)
    if (before?.entry === text) return before
    return { entry: text, upstream: createUpstream(entry, dependencies) }
  }

  return {
    get: (name) => members.get(name)?.upstream,
    list: () => [...members.values()].map(({ upstream }) => upstream),
    replace: (entries) => {
      const enabled = entries.filter((entry) => entry.enabled)
      const next = new Map(enabled.map((entry) => [entry.name, keepOrCreate(entry)]))
      const kept = new Set([...next.values()])
      const left = [...members.values()].filter((member) => !kept.has(member))
      members = next
      for (const { upstream } of left) void retire(upstream)
    },
    close: async () => {
      const all = [...members.values()].map(({ upstream }) => upstream)
      members = new Map()
      await Promise.all([...all, ...retiring].map((upstream) => upstream.close()))
    },
  }
}
