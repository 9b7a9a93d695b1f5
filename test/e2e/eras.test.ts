import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
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

const servers = { modern: () => modern, legacy: () => legacy }

for (const [server, upstream] of Object.entries(servers)) {
  const connect = async () => {
    const [direct, through] = await Promise.all([
      connectClient('sdk v2 auto', { url: upstream().url }, { interactive: true }),
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

describe('where the eras do not meet', () => {
  test.each([['sdk v2 modern', 'legacy']] as const)(
    '%s is told at once that the upstream is %s',
    async (kind, server) => {
      const url = `${gateway.url}/servers/${server}/mcp`
      const refusal = await connectClient(kind, { url }).then(
        () => 'connected',
        (error: Error) => error.message,
      )
      expect(refusal).toMatch(/version/i)
    },
  )
})
