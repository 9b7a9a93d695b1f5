import type { Conversation, SendOptions } from '../../core/conversation.ts'
import { type GatewayError, Overloaded } from '../../core/errors.ts'
import { failed, sessionGone } from '../faults.ts'
import { createRestartGate } from '../restart-gate.ts'
import { createServerLog } from '../server-log.ts'
import { type Child, startChild } from './child-process.ts'
import { createMultiplexer, type Multiplexer } from './multiplexer.ts'
import { probeDuplex } from './probe-duplex.ts'
import type { TransportFactory } from './transport.ts'

type Running = Readonly<{
  child: Child
  multiplexer: Multiplexer
  isAlive: () => boolean
  /** Ends the process; what is under way ends with `cause`. */
  end: (cause: GatewayError) => Promise<void>
}>

const MAX_SHOWN = 500

/**
 * A server that is a process, spoken to over its standard input and output. Legacy era: one process a
 * session, whose client's own `initialize` goes straight through. Modern era: one process for all, or one
 * for each principal.
 */
export const createStdioTransport: TransportFactory = (entry, { environment, now, limits }) => {
  const gate = createRestartGate(entry.name, limits.restart, now)
  const processes = new Set<Running>()
  const log = createServerLog()
  /** By principal, the least recently used first; one for everybody unless `process: principal`. */
  const shared = new Map<string, Running>()
  const starting = new Map<string, Promise<Running>>()
  let closed = false

  const start = (names: 'own' | 'shared', onCrash: (startedAt: number) => void): Running => {
    if (closed) throw failed(entry.name, 'is no longer configured')
    if (processes.size >= limits.maxProcesses) {
      throw new Overloaded(`Server ${entry.name} has too many processes`, { retryAfter: 5 })
    }
    const startedAt = now()
    let alive = true
    let wanted = true
    const multiplexer = createMultiplexer({
      server: entry.name,
      names,
      timeout: entry.timeout,
      write: (text) => child.write(text),
    })
    const child = startChild(entry, environment, limits.child, {
      onText: (text) => {
        // Often a line meant for standard error.
        if (!multiplexer.receive(text)) log.keep(`stdout: ${text.slice(0, MAX_SHOWN)}`)
      },
      onLost: multiplexer.lost,
      onErrorLine: log.keep,
      onExit: () => {
        alive = false
        multiplexer.fail(failed(entry.name, 'ended'))
        if (wanted) onCrash(startedAt)
      },
    })
    const running: Running = {
      child,
      multiplexer,
      isAlive: () => alive,
      end: async (cause) => {
        wanted = false
        alive = false
        multiplexer.fail(cause)
        await child.stop()
      },
    }
    processes.add(running)
    // Counted until its whole group is gone.
    void child.gone.then(() => processes.delete(running))
    return running
  }

  /** Ends the process of the principal who has been quiet longest, when there is no room for another. */
  const makeRoom = async () => {
    if (processes.size < limits.maxProcesses) return
    const idle = [...shared.values()].find(({ multiplexer }) => !multiplexer.isBusy())
    await idle?.end(failed(entry.name, 'ended'))
  }
  const startShared = async (owner: string): Promise<Running> => {
    try {
      await gate.pass()
      await makeRoom()
      const running = start('shared', gate.crashed)
      shared.set(owner, running)
      void running.child.gone.then(() => {
        if (shared.get(owner) === running) shared.delete(owner)
      })
      return running
    } finally {
      starting.delete(owner)
    }
  }
  const sharedProcess = async ({ owner = '' }: SendOptions): Promise<Running> => {
    const key = entry.process === 'principal' ? owner : ''
    const running = shared.get(key)
    if (running?.isAlive() === true) {
      shared.delete(key)
      shared.set(key, running)
      return running
    }
    const started = starting.get(key) ?? startShared(key)
    starting.set(key, started)
    return started
  }
  const modern: Conversation = {
    era: 'modern',
    send: async (message, options) =>
      (await sharedProcess(options)).multiplexer.send(message, options),
    listen: async (lastEventId, options) =>
      (await sharedProcess(options)).multiplexer.listen(lastEventId, options),
    close: async () => undefined,
  }

  const openOwn = (onCrash: (startedAt: number) => void): Conversation => {
    const running = start('own', onCrash)
    const refuseGone = () => {
      if (!running.isAlive()) throw sessionGone()
    }
    return {
      era: 'legacy',
      send: async (message, options) => {
        refuseGone()
        return running.multiplexer.send(message, options)
      },
      listen: async (lastEventId, options) => {
        refuseGone()
        return running.multiplexer.listen(lastEventId, options)
      },
      close: () => running.end(sessionGone()),
    }
  }

  return {
    // A sibling that ends on a question it does not know has not crashed.
    probe: async () => {
      await gate.pass()
      return probeDuplex(async () => openOwn(() => undefined), limits.probeGrace)
    },
    open: async (era) => {
      if (era === 'modern') return modern
      await gate.pass()
      return openOwn(gate.crashed)
    },
    problem: gate.problem,
    log,
    close: async () => {
      closed = true
      const cause = failed(entry.name, 'is no longer configured')
      await Promise.all([...processes].map(({ end }) => end(cause)))
    },
  }
}
