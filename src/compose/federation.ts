import type { JsonObject } from '../core/json-rpc.ts'
import { principalId } from '../core/principal.ts'
import { createFederation, type Federation } from '../federation/federation.ts'
import type { AskUpstream } from '../gateway/ask-upstream.ts'
import { guardReply } from '../gateway/forward.ts'
import type { Parts } from '../gateway/gateway.ts'
import { everyPage } from '../gateway/plain-answer.ts'
import type { Tasks } from '../gateway/tasks.ts'
import type { Seal } from '../lib/seal.ts'
import type { DecisionPoint } from '../policy/decision-point.ts'
import type { OpenRecord } from './record.ts'
import { forbids } from './server-requests.ts'
import type { LiveServers } from './servers.ts'

/** Milliseconds that one server may keep the others waiting. */
const BUDGET = 5_000
/** Milliseconds after which a server that was away is tried again, while somebody listens. */
const RETRY = 5_000
/** Milliseconds for which a server that did so is asked without anybody waiting for it. */
const MEMORY = 60_000

/** Joins all servers, and those of each group, to one that goes the same way through the house. */
export const openFederation = (options: {
  servers: LiveServers
  policy: () => DecisionPoint
  askUpstream: AskUpstream
  fulfil: Parts['fulfil']
  tasks: Pick<Tasks, 'find'>
  seal: Seal
  gateway: Readonly<{ name: string; version: string }>
  announce: OpenRecord['announce']
}): Federation => {
  const { servers, policy, askUpstream, fulfil, tasks, seal, gateway, announce } = options
  return createFederation({
    servers: servers.names,
    groups: servers.groups,
    upstream: servers.upstream,
    policy: {
      decide: (...asked) => policy().decide(...asked),
      permits: (...asked) => policy().permits(...asked),
      mayUse: (...asked) => policy().mayUse(...asked),
      mayUseServer: (...asked) => policy().mayUseServer(...asked),
    },
    screen: ({ permit, operation, principal, reply, conversation, declared }) => {
      const { server } = operation.resource
      const forbidden = (action: string) => forbids(policy(), principal, server, action)
      const guarded = guardReply(reply, { ...conversation, server }, forbidden, declared)
      return fulfil(permit, guarded, operation, principal)
    },
    async list(server, principal, method, signal) {
      // What an operation acts on must be known before it can be decided, so this goes before its intent.
      await announce({
        code: 'names_learned',
        status: 'success',
        user: principal.username,
        parameters: { mcp_server: server, method },
        error: `server ${server} is asked for ${method}, to learn which name a shortened one stands for`,
      })
      const ask = (params: JsonObject) =>
        askUpstream(servers.upstream(server), principalId(principal), method, params, signal)
      const member = method.split('/')[0] ?? ''
      const { result } = await everyPage(ask, member)
      const entries = (result as JsonObject | undefined)?.[member]
      return Array.isArray(entries) ? entries : []
    },
    toolOf: (...asked) => tasks.find(...asked)?.name,
    seal,
    gateway,
    budget: BUDGET,
    retry: RETRY,
    memory: MEMORY,
  })
}
