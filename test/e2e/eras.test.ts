import { afterAll, beforeAll } from 'bun:test'
import { connectClient } from '../support/clients.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type ModernServer, startModernServer } from '../support/modern-server.ts'
import { FIXTURE_STEPS } from './fixture-steps.ts'
import { tellTwice } from './story.ts'

let modern: ModernServer
let legacy: ModernServer
let gateway: Gateway
beforeAll(async () => {
  modern = startModernServer({ eras: ['modern'] })
  legacy = startModernServer({ eras: ['legacy'] })
  gateway = await startGateway({
    args: ['--no-auth'],
    servers: {
      modern: { type: 'http', url: modern.url },
      legacy: { type: 'http', url: legacy.url },
    },
  })
})
afterAll(async () => {
  await gateway?.close()
  await legacy?.close()
  await modern?.close()
})

// The gateway speaks both eras for every server, and this client prefers the modern one. So it sees of
// a legacy server what it sees of the same one in the modern era.
for (const server of ['modern', 'legacy'] as const) {
  const connect = async () => {
    const [direct, through] = await Promise.all([
      connectClient('sdk v2 auto', { url: modern.url }, { interactive: true }),
      connectClient(
        'sdk v2 auto',
        { url: `${gateway.url}/servers/${server}/mcp` },
        { interactive: true },
      ),
    ])
    return { direct, through }
  }
  tellTwice(`a client of both eras, an upstream of the ${server} one`, connect, FIXTURE_STEPS)
}
