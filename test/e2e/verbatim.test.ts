import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Gateway, startGateway } from '../support/gateway.ts'

/** What no SDK would let through: the members and numbers are the upstream's own affair. */
const STRANGE =
  '{"content":[{"type":"hologram","data":{"x-vendor":[1.0,1e400,12345678901234567890,-0]}}],' +
  '"resultType":"complete","x-unknown":null,"_meta":{"com.example/deep":{"a":[{}]},"n":0.10}}'

const ENVELOPE =
  '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",' +
  '"io.modelcontextprotocol/clientCapabilities":{},"com.example/mine":1.50}'

describe('what the gateway need not change', () => {
  let upstream: ReturnType<typeof Bun.serve>
  let gateway: Gateway
  const bodies: string[] = []
  beforeAll(async () => {
    upstream = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: async (request) => {
        const body = await request.text()
        const { id, method } = JSON.parse(body)
        if (method === 'tools/call') bodies.push(body)
        const result =
          method === 'server/discover'
            ? '{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"resultType":"complete","ttlMs":0,"cacheScope":"private"}'
            : STRANGE
        return new Response(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`, {
          headers: { 'content-type': 'application/json' },
        })
      },
    })
    gateway = await startGateway({
      args: ['--no-auth'],
      servers: { strange: { type: 'http', url: `http://127.0.0.1:${upstream.port}/mcp` } },
    })
  })
  afterAll(async () => {
    await gateway?.close()
    await upstream?.stop(true)
  })

  const call = async (idText: string, given: string) => {
    const response = await fetch(`${gateway.url}/servers/strange/mcp`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': 'any',
      },
      body:
        `{"jsonrpc":"2.0","id":${idText},"method":"tools/call",` +
        `"params":{"name":"any","arguments":${given},${ENVELOPE}}}`,
    })
    return await response.text()
  }

  test('unknown members, content kinds and numbers of a result arrive as they were', async () => {
    expect(await call('1', '{}')).toContain(`"result":${STRANGE}`)
  })

  test('arguments arrive as they were, to the last digit', async () => {
    const given = '{"n":9007199254740993,"x":1.0,"e":1E+2,"text":"\\u00e9é","deep":{"":[null]}}'
    await call('2', given)
    expect(bodies.at(-1)).toContain(`"arguments":${given}`)
    expect(bodies.at(-1)).toContain('"com.example/mine":1.50')
  })

  test.each(['"text"', '0', '-7', '12345678901234567890', '""', '1.5'])(
    'the id %s comes back as it was',
    async (idText) => {
      expect(await call(idText, '{}')).toContain(`"id":${idText},`)
    },
  )
})
