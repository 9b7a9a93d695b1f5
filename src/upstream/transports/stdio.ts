import type { Conversation, SendOptions } from '../../core/conversation.ts'
import { failed, sessionGone } from '../faults.ts'
import { createKeyMask } from '../key-mask.ts'
import { createRestartGate } from '../restart-gate.ts'
import { createServerLog } from '../server-log.ts'
import { type Child, startChild } from './child-process.ts'
import { createMultiplexer, type Multiplexer } from './multiplexer.ts'
import { probeDuplex } from './probe-duplex.ts'
import { createProcessRoom, type Occupant } from './process-room.ts'
import type { TransportFactory } from './transport.ts'

type Running = Occupant &
  Readonly<{ child: Child; multiplexer: Multiplexer; isAlive: () => boolean }>

/** Characters of a line that are kept. */
const MAX_SHOWN = 500
const MAX_ERROR_LINE = 2000
/** Milliseconds between two looks for processes that nobody uses; shorter where they are kept shorter. */
const SWEEPING = 60_000

/**
 * A server that is a process, spoken to over its standard input and output. Legacy era: one process a
 * session, whose client's own `initialize` goes straight through. Modern era: one process for all, or one
 * for each principal.
 */
export const createStdioTransport: TransportFactory = (entry, { environment, now, limits }) => {
  const gate = createRestartGate(entry.name, limits.restart, now)
  const log = createServerLog()
  const room = createProcessRoom(entry.name, limits.maxProcesses)
  /** By principal, the least recently used first; one for everybody unless `process: principal`. */
  const shared = new Map<string, Running>()
  const starting = new Map<string, Promise<Running>>()
  let closed = false
  let sweeping: ReturnType<typeof setInterval> | undefined

  const start = (
    names: 'own' | 'shared',
    owner: string | undefined,
    onCrash: (startedAt: number) => void,
  ): Running => {
    if (closed) throw failed(entry.name, 'is no longer configured')
    room.assertFree(owner)
    const startedAt = now()
    let usedAt = startedAt
    const [maskedOutput, maskedError] = [createKeyMask(), createKeyMask()]
    let alive = true
    let wanted = true
    const multiplexer = createMultiplexer({
      server: entry.name,
      names,
      timeout: entry.timeout,
      write: (text) => {
        usedAt = now()
        child.write(text)
      },
    })
    const child = startChild(entry, environment, limits.child, {
      onText: (text) => {
        // What a server says to nobody is no use of it.
        if (multiplexer.isBusy()) usedAt = now()
        // Often a line meant for standard error.
        if (multiplexer.receive(text)) return
        log.keep(`stdout: ${maskedOutput(text).slice(0, MAX_SHOWN)}`)
      },
      onLost: multiplexer.lost,
      onErrorLine: (line) => log.keep(maskedError(line).slice(0, MAX_ERROR_LINE)),
      onExit: () => {
        alive = false
        multiplexer.fail(failed(entry.name, 'ended'))
        if (wanted) onCrash(startedAt)
      },
    })
    const running: Running = {
      owner,
      child,
      multiplexer,
      isAlive: () => alive,
      quietFor: () => (multiplexer.isBusy() ? 0 : now() - usedAt),
      end: async (cause) => {
        wanted = false
        alive = false
        multiplexer.fail(cause)
        await child.stop()
        await child.gone
      },
    }
    // Counted until its whole group is gone.
    room.add(running, child.gone)
    return running
  }

  /** Ends the process of the principal who has been quiet longest, when there is no room for another. */
  const endQuietest = async () => {
    if (!room.isFull()) return
    const idle = [...shared.values()].find(({ multiplexer }) => !multiplexer.isBusy())
    await idle?.end(failed(entry.name, 'ended'))
  }
  const sweep = () => {
    for (const running of shared.values()) {
      if (running.quietFor() >= limits.processIdle) {
        void running.end(failed(entry.name, 'ended'))
      }
    }
  }
  const startShared = async (key: string): Promise<Running> => {
    const owner = key === '' ? undefined : key
    try {
      await gate.pass()
      await room.makeRoom(owner)
      await endQuietest()
      const running = start('shared', owner, gate.crashed)
      shared.set(key, running)
      void running.child.gone.then(() => {
        if (shared.get(key) === running) shared.delete(key)
      })
      if (entry.process === 'principal') {
        sweeping ??= setInterval(sweep, Math.min(SWEEPING, limits.processIdle))
        sweeping.unref()
      }
      return running
    } finally {
      starting.delete(key)
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

  const openOwn = (
    owner: string | undefined,
    onCrash: (startedAt: number) => void,
  ): Conversation => {
    const running = start('own', owner, onCrash)
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
      return probeDuplex(async () => openOwn(undefined, () => undefined), limits.probeGrace)
    },
    open: async (era, owner) => {
      if (era === 'modern') return modern
      await gate.pass()
      await room.makeRoom(owner)
      return openOwn(owner, gate.crashed)
    },
    problem: gate.problem,
    log,
    close: async () => {
      closed = true
      const cause = failed(entry.name, 'is no longer configured')
      clearInterval(sweeping)
      await room.close(cause)
    },
  }
}
