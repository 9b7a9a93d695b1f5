import type { Conversation, EmbeddedServer } from '../../core/conversation.ts'
import type { Era } from '../../core/protocol.ts'
import type { ServerEntry } from '../../core/server-entry.ts'
import type { HttpLimits } from '../http-endpoint.ts'
import type { RestartLimits } from '../restart-gate.ts'
import type { ReadableLog } from '../server-log.ts'
import type { ChildLimits } from './child-process.ts'

/** Every bound of the upstream part; times in milliseconds. */
export type UpstreamLimits = Readonly<{
  http: HttpLimits
  child: ChildLimits
  restart: RestartLimits
  /** Processes of one stdio server. */
  maxProcesses: number
  /** How long the process of one principal is kept while nobody uses it. */
  processIdle: number
  /** How long the eras of a server are remembered. */
  eraLifetime: number
  /** How long they are not asked about again, although an answer speaks against them. */
  eraSettled: number
  /** What the second of two probes gets once the first has answered. */
  probeGrace: number
  /** How long calls under way may go on when their server is taken out of the configuration. */
  drain: number
}>

/** What transports are given from outside. */
export type TransportDependencies = Readonly<{
  /** The server inside this process with that name. */
  embedded: (name: string) => EmbeddedServer | undefined
  /** The gateway's own environment; only a few names of it reach stdio servers. */
  environment: Readonly<Record<string, string | undefined>>
  /** Milliseconds; only differences mean anything. */
  now: () => number
  /** PEM certificates to trust instead of the system's; undefined for the system's. */
  authorities: string | undefined
  limits: UpstreamLimits
}>

/** How bytes reach one server. */
export type Transport = Readonly<{
  /** Finds out which eras it speaks. @throws UpstreamFailed, UpstreamTimedOut when that cannot be told */
  probe: () => Promise<readonly Era[]>
  /**
   * A new conversation; for the modern era always the same one.
   *
   * @param owner the principal who has it; undefined for the gateway's own errands
   * @throws GatewayError
   */
  open: (era: Era, owner?: string) => Promise<Conversation>
  /** Why it cannot be used just now; undefined while it can, as far as is known. */
  problem: () => string | undefined
  /** The last lines a process wrote to its standard error, or what was noted about the server. */
  log: ReadableLog
  close: () => Promise<void>
}>

export type TransportFactory = (
  entry: ServerEntry,
  dependencies: TransportDependencies,
) => Transport
