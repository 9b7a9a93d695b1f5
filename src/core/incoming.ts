import type { Face, Source } from './exchange.ts'
import type { Operation } from './operation.ts'
import type { Principal } from './principal.ts'

/** A request at one of the faces, before anything of it is believed. */
export type Incoming = Readonly<{
  face: Face
  source: Source
  server: string | undefined
  /** The raw `Authorization` header. */
  authorization: string | undefined
  /** Reads the body into an operation. Called after authentication; throws MalformedJson and its kin. */
  decode: (principal: Principal) => Operation | Promise<Operation>
  /** Legacy sessions: `Mcp-Session-Id`. */
  sessionId: string | undefined
  /** Legacy sessions: `MCP-Protocol-Version`, which must be what the session agreed on. */
  protocolVersion?: string | undefined
  /** Legacy streams: `Last-Event-ID`. */
  lastEventId: string | undefined
  /** Client headers that may cross to an upstream, lower case. */
  headers: Readonly<Record<string, string>>
  /** Aborted when the client leaves. */
  signal: AbortSignal
}>
