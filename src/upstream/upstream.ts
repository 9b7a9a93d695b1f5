import type { Conversation, Reply, Upstream, UpstreamHealth } from '../core/conversation.ts'
import { EraUnsupported, UpstreamFailed } from '../core/errors.ts'
import type { Message } from '../core/json-rpc.ts'
import type { Era } from '../core/protocol.ts'
import type { ServerEntry } from '../core/server-entry.ts'
import { watchStream } from '../lib/watch-stream.ts'
import { contradicts, eraOfVersion, speaksOtherwise } from './era.ts'
import { clientLeft } from './faults.ts'
import { HTTP_LIMITS } from './http-endpoint.ts'
import { RESTART_LIMITS } from './restart-gate.ts'
import type { ReadableLog } from './server-log.ts'
import { withTraceContext } from './trace-context.ts'
import { CHILD_LIMITS } from './transports/child-process.ts'
import { TRANSPORTS } from './transports/index.ts'
import type { TransportDependencies, UpstreamLimits } from './transports/transport.ts'
import { unlessAborted } from './unless-aborted.ts'
import { createVerdict } from './verdict.ts'

export const UPSTREAM_LIMITS: UpstreamLimits = {
  http: HTTP_LIMITS,
  child: CHILD_LIMITS,
  restart: RESTART_LIMITS,
  maxProcesses: 32,
  processIdle: 30 * 60_000,
  eraLifetime: 10 * 60_000,
  eraSettled: 5000,
  probeGrace: 1000,
  drain: 30_000,
}

/** An upstream with what only this part and the terminal use. */
export type ManagedUpstream = Upstream &
  Readonly<{
    /** The last lines a stdio server wrote to its standard error; what was noted about any other. */
    log: ReadableLog
    /** Closes once the calls under way have ended, or after the drain time. Never throws. */
    retire: () => Promise<void>
  }>

/** Counts calls under way, so that a server can be taken away without cutting them. */
const createCounter = () => {
  let running = 0
  let idle = Promise.withResolvers<void>()
  idle.resolve()
  return {
    enter: () => {
      if (running++ === 0) idle = Promise.withResolvers()
      let left = false
      return () => {
        if (left) return
        left = true
        if (--running === 0) idle.resolve()
      }
    },
    idle: () => idle.promise,
  }
}

/** The server that an entry of mcp_servers.yaml describes. Nothing is contacted before it is used. */
export const createUpstream = (
  entry: ServerEntry,
  dependencies: TransportDependencies,
): ManagedUpstream => {
  const { limits, now } = dependencies
  const transport = TRANSPORTS[entry.transport](entry, dependencies)
  const verdict = createVerdict(transport.probe, {
    now,
    lifetime: limits.eraLifetime,
    settled: limits.eraSettled,
  })
  const pinned: readonly Era[] | undefined =
    entry.protocolVersion === undefined ? undefined : [eraOfVersion(entry.protocolVersion)]
  const calls = createCounter()
  const wrapped = new WeakMap<Conversation, Conversation>()
  let problem: string | undefined
  let reached = false

  const worked = (era: Era, message: Message, reply: Reply) => {
    problem = undefined
    reached = true
    if (contradicts(era, message, reply)) verdict.doubt()
  }
  /** Keeps what a failure says about the server's health and era; a call that took too long says nothing. */
  const noted = (cause: unknown): unknown => {
    if (cause instanceof UpstreamFailed) problem = cause.message
    if (speaksOtherwise(cause)) verdict.doubt()
    return cause
  }
  const eras = async (signal: AbortSignal): Promise<readonly Era[]> => {
    const known = pinned ?? verdict.current()
    if (known !== undefined) return known
    try {
      const spoken = await unlessAborted(verdict.get(), signal, clientLeft)
      reached = true
      return spoken
    } catch (cause) {
      throw noted(cause)
    }
  }

  const watched = (conversation: Conversation): Conversation => {
    const before = wrapped.get(conversation)
    if (before !== undefined) return before
    const send: Conversation['send'] = async (message, options): Promise<Reply> => {
      const leave = message.method === 'subscriptions/listen' ? () => undefined : calls.enter()
      try {
        const reply = await conversation.send(withTraceContext(message, options.headers), options)
        worked(conversation.era, message, reply)
        if (reply.kind === 'stream')
          return { ...reply, events: watchStream(reply.events, { ended: leave }) }
        leave()
        return reply
      } catch (cause) {
        leave()
        throw noted(cause)
      }
    }
    const after: Conversation = { ...conversation, send }
    wrapped.set(conversation, after)
    return after
  }

  const ends: (() => Promise<void>)[] = []
  const close = async () => {
    await Promise.all(ends.map((end) => end()))
    await transport.close()
  }

  const health = (): UpstreamHealth => {
    const trouble = transport.problem() ?? problem
    const state = trouble === undefined ? (reached ? 'up' : 'unknown') : 'down'
    return { state, problem: trouble, eras: pinned ?? verdict.last() ?? [] }
  }

  return {
    name: entry.name,
    type: entry.declaredType,
    eras,
    open: async (era, signal, owner) => {
      const spoken = await eras(signal)
      if (!spoken.includes(era)) {
        throw new EraUnsupported(`Server ${entry.name} does not speak the ${era} era of MCP`)
      }
      try {
        return watched(await transport.open(era, owner))
      } catch (cause) {
        throw noted(cause)
      }
    },
    health,
    beforeClose: (end) => void ends.push(end),
    close,
    log: transport.log,
    retire: async () => {
      let timer: Timer | undefined
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, limits.drain)
      })
      await Promise.race([calls.idle(), limit])
      clearTimeout(timer)
      await close()
    },
  }
}
