import { afterAll, beforeAll } from 'bun:test'
import { type ClientKind, connectClient } from '../support/clients.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type ModernServer, startModernServer } from '../support/modern-server.ts'
import { FIXTURE_STEPS } from './fixture-steps.ts'
import { gatewayExists, tellTwice } from './story.ts'

let both: ModernServer
let modernOnly: ModernServer
let gateway: Gateway
beforeAll(async () => {
  if (!gatewayExists) return
  both = startModernServer()
  modernOnly = startModernServer({ modernOnly: true })
  gateway = await startGateway({
    args: ['--no-auth'],
    servers: {
      modern: { type: 'http', url: modernOnly.url },
      legacy: { type: 'http', url: both.url, protocol_version: '2025-11-25' },
    },
  })
})
afterAll(async () => {
  await gateway?.close()
  await both?.close()
  await modernOnly?.close()
})

// The fixture says the same in both eras. So a client that the gateway translates for must see what it
// sees of a server that speaks its own era.
const PAIRINGS: readonly [ClientKind, string][] = [
  ['sdk v1', 'modern'],
  ['sdk v2 legacy', 'modern'],
  ['sdk v2 modern', 'legacy'],
]

for (const [kind, server] of PAIRINGS) {
  const connect = async () => {
    const [direct, through] = await Promise.all([
      connectClient(kind, { url: both.url }, { interactive: true }),
      connectClient(kind, { url: `${gateway.url}/servers/${server}/mcp` }, { interactive: true }),
    ])
    return { direct, through }
  }
  tellTwice(`${kind}: an upstream that speaks only the ${server} era`, connect, FIXTURE_STEPS)
}
