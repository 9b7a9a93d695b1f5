import { afterAll, beforeAll } from 'bun:test'
import { join } from 'node:path'
import { connectClient } from '../support/clients.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type ModernServer, startModernServer } from '../support/modern-server.ts'
import { FIXTURE_STEPS } from './fixture-steps.ts'
import { stdioEntry } from './servers.ts'
import { tellTwice } from './story.ts'

const program = join(import.meta.dir, '../support/fixture-stdio.ts')

let both: ModernServer
let legacy: ModernServer
let gateway: Gateway
beforeAll(async () => {
  both = startModernServer()
  legacy = startModernServer({ eras: ['legacy'] })
  gateway = await startGateway({
    args: ['--no-auth'],
    servers: {
      legacy: { type: 'http', url: legacy.url },
      process: stdioEntry({ command: process.execPath, args: [program] }),
    },
  })
})
afterAll(async () => {
  await gateway?.close()
  await legacy?.close()
  await both?.close()
})

// The fixture says the same in both eras. So a client that the gateway translates for must see what it
// sees of a server that speaks its own era.
for (const [server, wire] of [
  ['legacy', 'HTTP'],
  ['process', 'stdio'],
]) {
  const connect = async () => {
    const url = `${gateway.url}/servers/${server}/mcp`
    const [direct, through] = await Promise.all([
      connectClient('sdk v2 modern', { url: both.url }, { interactive: true }),
      connectClient('sdk v2 modern', { url }, { interactive: true }),
    ])
    return { direct, through }
  }
  tellTwice(`a modern client, an upstream of the legacy era over ${wire}`, connect, FIXTURE_STEPS)
}
