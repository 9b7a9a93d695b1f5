import type { Client } from '@modelcontextprotocol/client'
import type { EmbeddedServer } from '../../src/core/conversation.ts'

type Transport = Parameters<Client['connect']>[0]

/** Joins a client of SDK v2 to an embedded server, with nothing in between. */
export const embeddedTransport = (server: EmbeddedServer): Transport => {
  const connection = server.connect((text) => transport.onmessage?.(JSON.parse(text)))
  const transport: Transport = {
    start: async () => {},
    send: async (message) => connection.receive(JSON.stringify(message)),
    close: async () => {
      connection.close()
      transport.onclose?.()
    },
  }
  return transport
}
