import type { Conversation, EmbeddedServer } from '../../core/conversation.ts'
import type { Era } from '../../core/protocol.ts'
import { failed, sessionGone } from '../faults.ts'
import { SILENT } from '../server-log.ts'
import { createMultiplexer } from './multiplexer.ts'
import { probeDuplex } from './probe-duplex.ts'
import type { TransportFactory } from './transport.ts'

/** A server inside this process: one connection a legacy session, one for all of the modern era. */
export const createEmbeddedTransport: TransportFactory = (entry, { embedded, limits }) => {
  const open = new Set<Conversation>()
  let modern: Conversation | undefined
  let closed = false

  const serverOrRefuse = (): EmbeddedServer => {
    const server = closed ? undefined : embedded(entry.name)
    if (server === undefined) throw failed(entry.name, 'is not built in')
    return server
  }
  const connect = (era: Era): Conversation => {
    const multiplexer = createMultiplexer({
      server: entry.name,
      names: era === 'modern' ? 'shared' : 'own',
      timeout: entry.timeout,
      write: (text) => {
        connection.receive(text)
      },
    })
    const connection = serverOrRefuse().connect(multiplexer.receive)
    const conversation: Conversation = {
      era,
      send: multiplexer.send,
      listen: multiplexer.listen,
      close: async () => {
        if (!open.delete(conversation)) return
        multiplexer.fail(sessionGone())
        connection.close()
      },
    }
    open.add(conversation)
    return conversation
  }

  return {
    probe: () => probeDuplex(async (era) => connect(era), limits.probeGrace),
    open: async (era) => {
      if (era === 'legacy') return connect(era)
      // Nobody's leaving ends what everybody shares.
      modern ??= { ...connect(era), close: async () => undefined }
      return modern
    },
    problem: () => undefined,
    log: SILENT,
    close: async () => {
      closed = true
      await Promise.all([...open].map((conversation) => conversation.close()))
    },
  }
}
