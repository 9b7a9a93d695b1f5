import type { Reply } from '../core/conversation.ts'
import type { Decision, Permit } from '../core/decision.ts'
import { AccessDenied, asGatewayError, type GatewayError, MethodNotFound } from '../core/errors.ts'
import type { Exchange, Source } from '../core/exchange.ts'
import type { Incoming } from '../core/incoming.ts'
import type { Operation } from '../core/operation.ts'
import type { Principal } from '../core/principal.ts'
import { spelled } from './spelled.ts'
import { type Spent, whenSpent } from './when-spent.ts'

/** What the gateway needs of the other parts; `compose.ts` joins them. */
export type Parts = Readonly<{
  authenticate: (
    authorization: string | undefined,
    source: Source,
  ) => Principal | Promise<Principal>
  /** What an operation really acts on, where its message alone does not tell. */
  recognise: (principal: Principal, operation: Operation) => Operation
  decide: (principal: Principal, operation: Operation) => Decision
  /** Refuses a server that is not there, or a task that is not the caller's, before anything is admitted. */
  locate: (principal: Principal, operation: Operation) => void
  /** Resolves when the intent is durable. */
  admit: (exchange: Exchange) => Promise<void>
  forward: (
    permit: Permit,
    operation: Operation,
    principal: Principal,
    incoming: Incoming,
  ) => Promise<Reply>
  /** Carries out the permit's obligations on what came back. */
  fulfil: (permit: Permit, reply: Reply, operation: Operation, principal: Principal) => Reply
  /** Records and publishes; never throws, never waits. */
  settle: (exchange: Exchange) => void
  newId: () => string
  /** Milliseconds since the epoch. */
  now: () => number
  /** Milliseconds, monotonic. */
  tick: () => number
}>

/** How a request ended: with a reply, or with a refusal that the face renders. */
export type Answer = Readonly<
  { exchange: Exchange; reply: Reply } | { exchange: Exchange; refusal: GatewayError }
>

export type Gateway = Readonly<{
  /** Takes one request through the house. Never throws. */
  handle: (incoming: Incoming) => Promise<Answer>
  /** Records a request that the door turned away before it became an operation. */
  refuse: (
    origin: Pick<Incoming, 'face' | 'source' | 'server'>,
    refusal: GatewayError,
  ) => Extract<Answer, { refusal: GatewayError }>
}>

/** The policy enforcement point: asks, obeys, and leaves exactly one settled exchange a request. */
export const createGateway = (parts: Parts): Gateway => {
  const open = ({
    face,
    source,
    server,
  }: Pick<Incoming, 'face' | 'source' | 'server'>): Exchange => ({
    id: parts.newId(),
    face,
    startedAt: parts.now(),
    startedTick: parts.tick(),
    source,
    server,
  })

  /** The whole life of one request, top to bottom. */
  const pass = async (exchange: Exchange, incoming: Incoming): Promise<Reply> => {
    exchange.principal = await parts.authenticate(incoming.authorization, incoming.source)
    const meant = await incoming.decode(exchange.principal)
    exchange.operation = parts.recognise(exchange.principal, meant)
    exchange.decision = parts.decide(exchange.principal, exchange.operation)
    if (exchange.decision.effect === 'deny') throw refusalOf(exchange.decision, exchange.operation)
    parts.locate(exchange.principal, exchange.operation)
    await parts.admit(exchange)
    const { principal, operation, decision } = exchange
    const reply = await parts.forward(decision, operation, principal, incoming)
    return spelled(parts.fulfil(decision, reply, operation, principal))
  }

  const close = (exchange: Exchange, spent: Spent) => {
    if (spent.fault) exchange.error = spent.fault
    else exchange.outcome = spent.outcome
    parts.settle(exchange)
  }

  const refused = (exchange: Exchange, refusal: GatewayError) => {
    close(exchange, { fault: refusal })
    return { exchange, refusal }
  }

  return {
    async handle(incoming) {
      const exchange = open(incoming)
      try {
        const reply = await pass(exchange, incoming)
        return { exchange, reply: whenSpent(reply, (spent) => close(exchange, spent)) }
      } catch (cause) {
        return refused(exchange, asGatewayError(cause))
      }
    },
    refuse: (origin, refusal) => refused(open(origin), refusal),
  }
}

/** A method that nobody named is told as the protocol tells it; every other denial as a denial. */
const refusalOf = (decision: Extract<Decision, { effect: 'deny' }>, operation: Operation) =>
  decision.reason.code === 'unknown_method' && decision.scope === 'item'
    ? new MethodNotFound(operation.method, operation.era)
    : new AccessDenied(decision)
