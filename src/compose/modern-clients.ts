import { AccessDenied } from '../core/errors.ts'
import type { Exchange } from '../core/exchange.ts'
import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { principalId } from '../core/principal.ts'
import { META } from '../core/protocol.ts'
import type { Snapshot } from '../core/snapshot.ts'
import { clientName } from '../gateway/legacy-sessions.ts'
import { createBoundedMap } from '../lib/bounded-map.ts'

/** The clients of the modern era, which say in each request what they are (MCP 2026-07-28, basic). */
export type ModernClients = Readonly<{
  /** Takes each exchange as it is settled; those of others are left out. */
  seen: (exchange: Exchange) => void
  /** The latest first. */
  list: () => readonly ModernClient[]
}>

export type ModernClient = NonNullable<Snapshot['clients']>[number]

/** Names come from callers: beyond so many, those not heard of for longest are forgotten. */
const MOST = 1_000
const SHOWN = 200

export const createModernClients = (): ModernClients => {
  const known = createBoundedMap<string, Entry>(MOST)
  return {
    seen(exchange) {
      const said = envelopeOf(exchange)
      const { principal } = exchange
      if (said === undefined || principal === undefined) return
      const client = clientName(said[META.clientInfo])
      const key = `${principalId(principal)}|${client}`
      const entry = known.get(key) ?? begun(client, exchange)
      known.set(key, entry)
      entry.version = versionOf(said)
      entry.user = principal.username
      entry.issuer = principal.issuer
      entry.subject = principal.subject
      entry.server = serverOf(exchange)
      entry.lastSeen = exchange.startedAt
      count(entry, exchange)
    },
    list: () => [...known.values()].slice(-SHOWN).reverse().map(toModernClient),
  }
}

/** What is kept of one; times in milliseconds since the epoch, since they are shown far less than set. */
type Entry = {
  readonly client: string | undefined
  readonly firstSeen: number
  lastSeen: number
  version: string | undefined
  user: string
  issuer: string
  subject: string
  server: string | undefined
  calls: number
  denials: number
  errors: number
}

const begun = (client: string | undefined, { startedAt }: Exchange): Entry => ({
  client,
  firstSeen: startedAt,
  lastSeen: startedAt,
  version: undefined,
  user: '',
  issuer: '',
  subject: '',
  server: undefined,
  calls: 0,
  denials: 0,
  errors: 0,
})

/** The `_meta` of a modern request; undefined for every other exchange. */
const envelopeOf = ({ operation }: Exchange): JsonObject | undefined => {
  const meta = operation?.era === 'modern' ? operation.message?.params?._meta : undefined
  return isObject(meta) ? meta : undefined
}

const versionOf = (said: JsonObject): string | undefined => {
  const version = said[META.protocolVersion]
  return typeof version === 'string' ? version : undefined
}

const serverOf = ({ server, operation }: Exchange): string | undefined => {
  const name = operation?.resource.server ?? server
  return name === '*' ? undefined : name
}

const count = (entry: Entry, { error, outcome }: Exchange): void => {
  const isDenied = error instanceof AccessDenied
  entry.calls++
  if (isDenied) entry.denials++
  else if (error !== undefined || outcome?.status === 'error') entry.errors++
}

const toModernClient = (entry: Entry): ModernClient => {
  const { client, version, server, firstSeen, lastSeen, ...shown } = entry
  return {
    ...(client !== undefined && { client }),
    ...(version !== undefined && { version }),
    ...(server !== undefined && { server }),
    first_seen: new Date(firstSeen).toISOString(),
    last_seen: new Date(lastSeen).toISOString(),
    ...shown,
  }
}
