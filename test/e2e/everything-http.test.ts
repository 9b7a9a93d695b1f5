import { afterAll, beforeAll } from 'bun:test'
import { connectClient } from '../support/clients.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { EVERYTHING_STEPS, INTERACTIVE_STEPS } from './everything-steps.ts'
import { startEverythingHttp } from './servers.ts'
import { tellTwice } from './story.ts'

let upstream: Awaited<ReturnType<typeof startEverythingHttp>>
let gateway: Gateway
beforeAll(async () => {
  upstream = await startEverythingHttp()
  gateway = await startGateway({
    args: ['--no-auth'],
    servers: { everything: { type: 'http', url: upstream.url } },
  })
})
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

for (const kind of ['sdk v1', 'sdk v2 legacy'] as const) {
  for (const [title, steps, interactive] of [
    ['plain', EVERYTHING_STEPS, false],
    ['asked by the server', INTERACTIVE_STEPS, true],
  ] as const) {
    const connect = async () => {
      const url = `${gateway.url}/servers/everything/mcp`
      const [direct, through] = await Promise.all([
        connectClient(kind, { url: upstream.url }, { interactive }),
        connectClient(kind, { url }, { interactive }),
      ])
      return { direct, through }
    }
    tellTwice(`${kind}, ${title}: server-everything over Streamable HTTP`, connect, steps)
  }
}
