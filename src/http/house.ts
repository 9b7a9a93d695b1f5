import type { Source } from '../core/exchange.ts'
import type { Message } from '../core/json-rpc.ts'
import type { Operation } from '../core/operation.ts'
import type { Principal } from '../core/principal.ts'
import type { Era } from '../core/protocol.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { DoorSettings } from './guard.ts'
import type { Sockets } from './source.ts'

/** What one part of the gateway says of itself; the words are for operators, never for strangers. */
export type PartState = 'ok' | 'degraded' | 'down'

/** How the gateway as a whole is doing: as its worst part. */
export const overall = (
  parts: Readonly<Record<string, PartState>>,
): 'ready' | 'degraded' | 'down' =>
  (['down', 'degraded'] as const).find((state) => Object.values(parts).includes(state)) ?? 'ready'

/** The public face of the settings: `GET /config` tells this and nothing else. */
export type PublicConfig = Readonly<{
  auth_enabled: boolean
  keycloak_realm: string | null
  policy_file: string
  audit_log_file: string
  audit_to_stdout: boolean
}>

/** Everything the routes ask of the rest of the house. */
export type House = Readonly<{
  gateway: Gateway
  door: DoorSettings
  classify: (
    message: Message,
    headers: Readonly<{
      protocolVersion: string | undefined
      method: string | undefined
      name: string | undefined
    }>,
  ) => Era
  /** What a message to a server, or to several as one, means to do. @throws GatewayError */
  interpret: (
    server: string,
    era: Era,
    message: Message,
    principal: Principal,
    signal: AbortSignal,
  ) => Operation | Promise<Operation>
  /** The revision that a legacy session agreed on. @throws SessionNotFound for one that is not theirs */
  versionOf: (principal: Principal, server: string, sessionId: string) => string | undefined
  /** `WWW-Authenticate` for a refused caller of the resource that this request asked for. */
  challenger: (request: Request) => (presented: boolean) => string
  /** RFC 9728 document for the resource at this path of ours, such as `/servers/demo/mcp`. */
  resourceMetadata: (request: Request, path: string) => Readonly<Record<string, unknown>>
  /** Where a request came from, and whether that is this machine. */
  sourceOf: (request: Request, sockets: Sockets | null) => Source
  readiness: () => Readonly<Record<string, PartState>>
  config: PublicConfig
  database: string
  version: string
  /** Milliseconds since the epoch. */
  now: () => number
}>
