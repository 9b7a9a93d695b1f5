/** Two clients that count their requests alike, on one shared server: CROSSING_SECONDS, 15 by default. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { type Gateway, startGateway } from '../support/gateway.ts'

const SECONDS = Number(process.env.CROSSING_SECONDS ?? 15)
const IN_FLIGHT = 8

type Question = Readonly<{
  id?: number
  method: string
  params: Readonly<{ protocolVersion?: string; arguments: Readonly<{ ms: number }> }>
}>

/** Echoes its arguments after a while, so that answers come in another order than questions. */
const startEcho = () =>
  Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: async (request) => {
      if (request.method !== 'POST') return new Response(null, { status: 405 })
      const { id, method, params } = (await request.json()) as Question
      const headers = { 'mcp-session-id': crypto.randomUUID() }
      if (method === 'initialize') {
        const { protocolVersion } = params
        const serverInfo = { name: 'echo', version: '1' }
        const result = { protocolVersion, capabilities: { tools: {} }, serverInfo }
        return Response.json({ jsonrpc: '2.0', id, result }, { headers })
      }
      if (id === undefined) return new Response(null, { status: 202 })
      if (method === 'server/discover') {
        const result = { supportedVersions: ['2026-07-28'], capabilities: { tools: {} } }
        return Response.json({ jsonrpc: '2.0', id, result })
      }
      await Bun.sleep(params.arguments.ms)
      const content = [{ type: 'text', text: JSON.stringify(params.arguments) }]
      return Response.json({ jsonrpc: '2.0', id, result: { resultType: 'complete', content } })
    },
  })

let echo: ReturnType<typeof startEcho>
let gateway: Gateway
beforeAll(async () => {
  echo = startEcho()
  const program = join(import.meta.dir, '../support/upstream-stdio.ts')
  gateway = await startGateway({
    args: ['--no-auth'],
    servers: {
      http: { type: 'http', url: `http://127.0.0.1:${echo.port}/mcp` },
      stdio: { type: 'stdio', command: process.execPath, args: [program, '--modern-only'] },
    },
  })
})
afterAll(async () => {
  await gateway?.close()
  await echo?.stop(true)
})

type Headers = Readonly<Record<string, string>>
type Speaker = (method: string, id: number | undefined, params: object) => Promise<Response>

const post = (server: string, body: object, headers: Headers) =>
  fetch(`${gateway.url}/servers/${server}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', ...body }),
  })

const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}

const modern = (server: string): Speaker => {
  const headers = {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': 'wait',
  }
  return (method, id, params) =>
    post(server, { id, method, params: { ...params, _meta: ENVELOPE } }, headers)
}

const legacy = async (server: string): Promise<Speaker> => {
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'twin', version: '1' },
  }
  const hello = await post(server, { id: 0, method: 'initialize', params }, {})
  await hello.text()
  const headers = {
    'mcp-session-id': hello.headers.get('mcp-session-id') ?? '',
    'mcp-protocol-version': '2025-11-25',
  }
  await post(server, { method: 'notifications/initialized' }, headers)
  return (method, id, given) => post(server, { id, method, params: given }, headers)
}

/** Asks without end, always with the ids 1, 2, 3 …, and counts the answers that were not its own. */
const talk = async (name: string, speak: Speaker) => {
  const until = performance.now() + SECONDS * 1000
  const counted = { answers: 0, foreign: [] as string[] }
  let lastId = 0
  const worker = async () => {
    while (performance.now() < until) {
      const id = ++lastId
      const mark = `${name} ${id}`
      const given = { mark, ms: Math.floor(Math.random() * 10) }
      const response = await speak('tools/call', id, { name: 'wait', arguments: given })
      const text = await response.text()
      counted.answers++
      const own = text.includes(`\\"mark\\":\\"${mark}\\"`) && text.includes(`"id":${id}`)
      if (!own) counted.foreign.push(`${mark}: ${text.slice(0, 300)}`)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  return counted
}

describe(`two clients with the same ids on one server, for ${SECONDS} s`, () => {
  test('no answer crosses over, over stdio and over HTTP, in both eras', async () => {
    const pairs = {
      'stdio, modern': [modern('stdio'), modern('stdio')],
      'HTTP, modern': [modern('http'), modern('http')],
      'HTTP, legacy': [await legacy('http'), await legacy('http')],
    } as const
    const spoken = Object.entries(pairs).flatMap(([pair, speakers]) =>
      speakers.map(async (speak, index) => ({ pair, ...(await talk(`${pair} ${index}`, speak)) })),
    )
    for (const { pair, answers, foreign } of await Promise.all(spoken)) {
      console.log(`  ${pair}: ${answers} answers`)
      expect(foreign).toEqual([])
      expect(answers).toBeGreaterThan(IN_FLIGHT * 2)
    }
  })
})
