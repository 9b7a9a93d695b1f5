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
  const known = createBoundedMap<string, ModernClient>(MOST)
  return {
    seen(exchange) {
      const said = envelopeOf(exchange)
      const { principal } = exchange
      if (said === undefined || principal === undefined) return
      const client = clientName(said[META.clientInfo])
      const key = `${principalId(principal)}|${client}`
      const before = known.get(key)
      known.set(key, {
        ...(client !== undefined && { client }),
        ...revisionOf(said),
        user: principal.username,
        issuer: principal.issuer,
        subject: principal.subject,
        ...serverOf(exchange),
        first_seen: before?.first_seen ?? timeOf(exchange),
        last_seen: timeOf(exchange),
        ...counted(before, exchange),
      })
    },
    list: () => [...known.values()].slice(-SHOWN).reverse(),
  }
}

/** The `_meta` of a modern request; undefined for every other exchange. */
const envelopeOf = ({ operation }: Exchange): JsonObject | undefined => {
  const meta = operation?.era === 'modern' ? operation.message?.params?._meta : undefined
  return isObject(meta) ? meta : undefined
}

const revisionOf = (said: JsonObject) => {
  const version = said[META.protocolVersion]
  return typeof version === 'string' ? { version } : {}
}

const serverOf = ({ server, operation }: Exchange) => {
  const name = operation?.resource.server ?? server
  return name === undefined || name === '*' ? {} : { server: name }
}

const timeOf = ({ startedAt }: Exchange): string => new Date(startedAt).toISOString()

const counted = (before: ModernClient | undefined, { error, outcome }: Exchange) => {
  const isDenied = error instanceof AccessDenied
  const isFailed = !isDenied && (error !== undefined || outcome?.status === 'error')
  return {
    calls: (before?.calls ?? 0) + 1,
    denials: (before?.denials ?? 0) + Number(isDenied),
    errors: (before?.errors ?? 0) + Number(isFailed),
  }
}
