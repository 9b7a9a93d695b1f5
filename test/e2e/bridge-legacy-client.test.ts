import { afterAll, beforeAll } from 'bun:test'
import { connectClient } from '../support/clients.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type ModernServer, startModernServer } from '../support/modern-server.ts'
import { FIXTURE_STEPS } from './fixture-steps.ts'
import { asks, calls, type Step, tellTwice } from './story.ts'

let both: ModernServer
let modernOnly: ModernServer
let gateway: Gateway
beforeAll(async () => {
  both = startModernServer()
  modernOnly = startModernServer({ eras: ['modern'] })
  gateway = await startGateway({
    args: ['--no-auth'],
    servers: { modern: { type: 'http', url: modernOnly.url } },
  })
})
afterAll(async () => {
  await gateway?.close()
  await both?.close()
  await modernOnly?.close()
})

const LOGGING: readonly Step[] = [
  asks('ping', {}, { shows: '{}' }),
  asks('logging/setLevel', { level: 'warning' }, { shows: '{}' }),
  calls('narrate', {}, 'The end.', '"chapter":"error"'),
]

// The fixture says the same in both eras. So a client that the gateway translates for must see what it
// sees of a server that speaks its own era.
for (const kind of ['sdk v1', 'sdk v2 legacy'] as const) {
  const connect = async () => {
    const [direct, through] = await Promise.all([
      connectClient(kind, { url: both.url }, { interactive: true }),
      connectClient(kind, { url: `${gateway.url}/servers/modern/mcp` }, { interactive: true }),
    ])
    return { direct, through }
  }
  const steps = [...FIXTURE_STEPS, ...LOGGING]
  tellTwice(`${kind}: an upstream that speaks only the modern era`, connect, steps)
}
