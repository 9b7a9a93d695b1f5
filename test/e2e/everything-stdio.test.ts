import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connectClient } from '../support/clients.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { EVERYTHING_STEPS, INTERACTIVE_STEPS } from './everything-steps.ts'
import { everything, stdioEntry } from './servers.ts'
import { tellTwice } from './story.ts'

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({
    args: ['--no-auth'],
    env: { KEYCLOAK_CLIENT_SECRET: 'not-for-children' },
    servers: { everything: stdioEntry({ ...everything(), env: { GREETING: 'for this child' } }) },
  })
})
afterAll(() => gateway?.close())

for (const kind of ['sdk v1', 'sdk v2 legacy'] as const) {
  for (const [title, steps, interactive] of [
    ['plain', EVERYTHING_STEPS, false],
    ['asked by the server', INTERACTIVE_STEPS, true],
  ] as const) {
    const connect = async () => {
      const url = `${gateway.url}/servers/everything/mcp`
      const [direct, through] = await Promise.all([
        connectClient(kind, everything(), { interactive }),
        connectClient(kind, { url }, { interactive }),
      ])
      return { direct, through }
    }
    tellTwice(`${kind}, ${title}: server-everything over stdio`, connect, steps)
  }
}

describe('a server over stdio', () => {
  test('sees its own environment, and nothing secret of the gateway', async () => {
    const client = await connectClient('sdk v1', { url: `${gateway.url}/servers/everything/mcp` })
    const seen = JSON.stringify(await client.ask('tools/call', { name: 'get-env', arguments: {} }))
    expect(seen).toContain('for this child')
    expect(seen).not.toContain('not-for-children')
    expect(seen).not.toContain(await gateway.operatorToken())
    await client.close()
  })
})
