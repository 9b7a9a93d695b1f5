import type { Decision } from './decision.ts'
import type { GatewayError } from './errors.ts'
import type { Operation } from './operation.ts'
import type { Principal } from './principal.ts'

/** Through which door a request came. */
export type Face = 'mcp' | 'rest' | 'admin'

/** Where a request came from, as far as the socket tells. */
export type Source = Readonly<{
  /** The peer's address; undefined when there is no socket. */
  address: string | undefined
  /** Peer on loopback, loopback `Host`, and no forwarding header: only then is a caller local. */
  local: boolean
}>

/** How an answered operation ended. */
export type Outcome = Readonly<{
  status: 'success' | 'error' | 'cancelled'
  /** The HTTP status the client got. */
  responseStatus: number
  /** The tool's or upstream's own error in one sentence. */
  error: string | undefined
}>

/**
 * One passage through the house, whole. The only mutable object that travels: the gateway fills it as
 * the path is walked, everyone else reads it.
 */
export type Exchange = {
  readonly id: string
  readonly face: Face
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** Milliseconds, monotonic; only differences mean anything. */
  readonly startedTick: number
  readonly source: Source
  /** The server named by the path, also when the rest could not be read. */
  readonly server: string | undefined
  principal?: Principal
  operation?: Operation
  decision?: Decision
  outcome?: Outcome
  error?: GatewayError
}
