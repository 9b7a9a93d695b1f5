import type { Reply } from '../../src/core/conversation.ts'
import { type Deny, deny, permit, type Reason } from '../../src/core/decision.ts'
import type { Exchange } from '../../src/core/exchange.ts'
import type { Incoming } from '../../src/core/incoming.ts'
import { buildRequest } from '../../src/core/json-rpc.ts'
import { toOperation } from '../../src/core/operation.ts'
import { localPrincipal } from '../../src/core/principal.ts'
import type { Parts } from '../../src/gateway/gateway.ts'

export const reason = (text = 'because', over: Partial<Reason> = {}): Reason => ({
  code: 'rule',
  text,
  rule: undefined,
  at: undefined,
  roles: [],
  compared: [],
  nearMisses: [],
  advice: undefined,
  policyHash: 'none',
  ...over,
})

export const denied = (scope: Deny['scope'] = 'item') => deny(reason('denied by rule: R'), scope)

/** Parts of harmless defaults that remember what happened; override the one that the test is about. */
export const parts = (over: Partial<Parts> = {}) => {
  const steps: string[] = []
  const settled: Exchange[] = []
  let ids = 0
  const all: Parts = {
    authenticate: () => localPrincipal('anonymous', 'local-developer'),
    recognise: (_principal, operation) => operation,
    decide: () => permit(reason()),
    locate: () => {},
    admit: async () => {
      steps.push('admit')
    },
    forward: async (): Promise<Reply> => {
      steps.push('forward')
      return { kind: 'single', text: '{"jsonrpc":"2.0","id":1,"result":{}}' }
    },
    fulfil: (_permit, reply) => reply,
    settle: (exchange) => {
      steps.push('settle')
      settled.push(exchange)
    },
    newId: () => `x${++ids}`,
    now: () => 0,
    tick: () => 0,
    ...over,
  }
  return { all, steps, settled }
}

export const incoming = (over: Partial<Incoming> = {}): Incoming => ({
  face: 'mcp',
  source: { address: '127.0.0.1', local: true },
  server: 'demo',
  authorization: undefined,
  decode: () =>
    toOperation('demo', 'legacy', buildRequest(1, 'tools/call', { name: 'echo', arguments: {} })),
  sessionId: undefined,
  lastEventId: undefined,
  headers: {},
  signal: new AbortController().signal,
  ...over,
})
