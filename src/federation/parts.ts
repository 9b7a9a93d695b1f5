import type { Conversation, Reply, Upstream } from '../core/conversation.ts'
import type { Decision, Permit } from '../core/decision.ts'
import type { JsonObject } from '../core/json-rpc.ts'
import type { Operation } from '../core/operation.ts'
import type { Principal } from '../core/principal.ts'
import type { Resource } from '../core/resource.ts'
import type { ServerGroup } from '../core/server-group.ts'
import type { Seal } from '../lib/seal.ts'

/** What the policy in force says of servers and their items. */
export type Policy = Readonly<{
  decide: (principal: Principal, operation: Operation) => Decision
  /** As `decide`, of what is only asked about. */
  permits: (principal: Principal, operation: Operation) => boolean
  mayUse: (principal: Principal, action: string, resource: Resource) => boolean
  mayUseServer: (principal: Principal, server: string) => boolean
}>

/** One server's reply, and for whom it is. */
export type Part = Readonly<{
  permit: Permit
  operation: Operation
  principal: Principal
  reply: Reply
  /** Where the server is answered when it asked for what it may not have. */
  conversation: Pick<Conversation, 'send'>
  /** The capabilities that the client declared. */
  declared: JsonObject
}>

/** What several servers as one need of the other parts. */
export type FederationParts = Readonly<{
  /** The enabled servers in the order of their file. */
  servers: () => readonly string[]
  groups: () => readonly ServerGroup[]
  /** @throws ServerNotFound */
  upstream: (server: string) => Upstream
  policy: Policy
  /** A part as its reader may see it: without what policy keeps from the reader, or from the server. */
  screen: (part: Part) => Reply
  /** Every entry of a server's listing, asked in the gateway's own name and recorded as such. @throws GatewayError */
  list: (
    server: string,
    principal: Principal,
    method: string,
    signal: AbortSignal,
  ) => Promise<readonly unknown[]>
  /** The tool whose call made a task of this principal; undefined for a task that is not theirs. */
  toolOf: (principal: Principal, server: string, taskId: string) => string | undefined
  seal: Seal
  /** What the gateway says of itself. */
  gateway: Readonly<{ name: string; version: string }>
  /** Milliseconds that one server may keep the others waiting. */
  budget: number
  /** Milliseconds after which a server that was away is tried again, while somebody listens. */
  retry: number
  /** Milliseconds for which it is remembered that a server hung, unless it answers. */
  memory: number
}>
