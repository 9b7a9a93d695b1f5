import { afterEach, describe, expect, test } from 'bun:test'
import { buildRequest } from '../../src/core/json-rpc.ts'
import { META } from '../../src/core/protocol.ts'
import type { ServerEntry } from '../../src/core/server-entry.ts'
import { toolSegment } from '../../src/upstream/transports/rest.ts'
import { closedAfter } from '../support/closing.ts'
import {
  answerOf,
  callTool,
  initialize,
  modernCall,
  modernRequest,
  never,
  options,
  refusalOf,
  upstreamOf,
} from './conversations.ts'

const closing = closedAfter(afterEach)

type Invoke = (tool: string) => Response
/** A server of the original's dialect. */
const startRest = (invoke: Invoke = () => Response.json({ answer: 42 })) => {
  const seen: { verb: string; path: string; body: string; headers: Record<string, string> }[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: async (request) => {
      const path = request.url.replace(/^http:\/\/[^/]+/, '')
      const body = await request.text()
      seen.push({ verb: request.method, path, body, headers: Object.fromEntries(request.headers) })
      const tool = /^\/api\/tools\/([^/]+)\/invoke$/.exec(path)?.[1]
      if (request.method === 'POST' && tool !== undefined) return invoke(tool)
      if (path === '/api/info') return Response.json({ name: 'calc', version: '7', extra: [1] })
      if (path === '/api/tools') {
        const text =
          '{"tools":[{"name":"add","x-vendor":{"n":12345678901234567890}},{"name":"b","inputSchema":{"type":"object","a":1}}]}'
        return new Response(text, { headers: { 'content-type': 'application/json' } })
      }
      return new Response('not here', { status: 404 })
    },
  })
  closing.push(() => server.stop(true))
  return { url: `http://127.0.0.1:${server.port}/api/`, seen }
}
const overRest = (entry: Partial<ServerEntry>) =>
  upstreamOf(closing, { transport: 'rest', ...entry })

describe("the original's REST dialect", () => {
  test('is presented in either era', async () => {
    const { url } = startRest()
    const upstream = overRest({ url })
    const legacy = await upstream.open('legacy', never)
    expect(await answerOf(await legacy.send(initialize(1), options()))).toEqual({
      jsonrpc: '2.0',
      id: 1,
      result: {
        protocolVersion: '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: 'calc', version: '7' },
        _meta: { 'dev.datacline/info': { name: 'calc', version: '7', extra: [1] } },
      },
    })
    expect(await answerOf(await legacy.send(buildRequest(2, 'ping', {}), options()))).toMatchObject(
      { result: {} },
    )
    const modern = await upstream.open('modern', never)
    const discovered = await answerOf(
      await modern.send(modernRequest(3, 'server/discover'), options()),
    )
    expect(discovered.result).toMatchObject({
      resultType: 'complete',
      supportedVersions: ['2026-07-28'],
      _meta: { [META.serverInfo]: { name: 'calc', version: '7' } },
    })
  })

  test('lists tools as they are, with the schema that MCP needs', async () => {
    const { url } = startRest()
    const files = await overRest({ url }).open('legacy', never)
    const reply = await files.send(buildRequest(1, 'tools/list', {}), options())
    expect(reply).toEqual({
      kind: 'single',
      text: '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"add","x-vendor":{"n":12345678901234567890},"inputSchema":{"type":"object"}},{"name":"b","inputSchema":{"type":"object","a":1}}]}}',
    })
  })

  test('F26: whatever JSON a tool gives is its result, number for number', async () => {
    for (const json of [
      '42',
      '"text"',
      'null',
      '[1,2]',
      '{"ms":1.50,"id":12345678901234567890}',
      '1e400',
    ]) {
      const { url } = startRest(() => new Response(json))
      const files = await overRest({ url }).open('modern', never)
      const reply = await files.send(modernCall(1, 'add', { a: 1 }), options())
      if (reply.kind !== 'single') throw new Error('not single')
      expect(reply.text).toContain(`"structuredContent":${json},`)
      const { result } = JSON.parse(reply.text)
      expect(result).toMatchObject({ resultType: 'complete', isError: false })
      expect(result.content).toEqual([{ type: 'text', text: json }])
    }
  })

  test('the arguments are the body, as the client wrote them', async () => {
    const { url, seen } = startRest()
    const files = await overRest({ url }).open('legacy', never)
    const text =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"n":1.0, "big":12345678901234567890}}}'
    const params = { name: 'add', arguments: {} }
    await files.send(
      { kind: 'request', text, idText: '1', method: 'tools/call', params },
      options(),
    )
    await files.send(buildRequest(2, 'tools/call', { name: 'add' }), options())
    expect(seen.map(({ body }) => body)).toEqual(['{"n":1.0, "big":12345678901234567890}', '{}'])
  })

  test('F3: a tool name is exactly one path segment', async () => {
    const names = [
      '../../admin/x',
      '..',
      '.',
      '%2e%2e',
      '..%2f..%2fadmin',
      'a/b',
      'a?b=c',
      'a#b',
      'a\\..\\b',
      'ä b',
      '\ud800',
      '',
    ]
    for (const name of names) {
      const tools: string[] = []
      const { url, seen } = startRest((tool) => {
        tools.push(tool)
        return Response.json(1)
      })
      const files = await overRest({ url }).open('legacy', never)
      const answer = await answerOf(await files.send(callTool(1, name), options()))
      if (tools.length === 0) {
        expect(answer).toMatchObject({ error: { code: -32602 } })
        expect(seen).toHaveLength(0)
      } else expect(decodeURIComponent(tools[0] ?? '')).toBe(name)
    }
    expect(() => toolSegment('..')).toThrow('Unknown tool')
    expect(toolSegment('../../admin/x')).toBe('..%2F..%2Fadmin%2Fx')
  })

  test('an unknown tool is -32602, another 4xx is the tool speaking, 5xx is the server failing', async () => {
    let status = 404
    const { url } = startRest(() => Response.json({ detail: 'b must not be 0' }, { status }))
    const files = await overRest({ url }).open('legacy', never)
    const call = () => files.send(callTool(1, 'add'), options())
    expect(await answerOf(await call())).toMatchObject({
      error: { code: -32602, message: 'Unknown tool: add' },
    })
    status = 422
    expect(await answerOf(await call())).toMatchObject({
      result: { isError: true, content: [{ text: '{"detail":"b must not be 0"}' }] },
    })
    status = 503
    expect(await refusalOf(call())).toEqual({
      code: 'upstream_failed',
      message: 'Server files answered with HTTP 503',
    })
  })

  test('what the dialect does not have is a method not found', async () => {
    const { url, seen } = startRest()
    const upstream = overRest({ url })
    for (const [era, request] of [
      ['legacy', buildRequest('x', 'resources/list', {})],
      ['legacy', buildRequest('x', 'constructor', {})],
      ['modern', modernRequest('x', 'initialize')],
    ] as const) {
      const answer = await answerOf(
        await (await upstream.open(era, never)).send(request, options()),
      )
      expect(answer).toMatchObject({ id: 'x', error: { code: -32601 } })
    }
    expect(seen).toHaveLength(0)
  })

  test('the URL and the credential of the entry are used, the caller’s are not', async () => {
    const { url, seen } = startRest()
    const files = await overRest({
      url: `${url}?key=1`,
      credentialHeaders: { 'X-API-Key': 'ours' },
    }).open('legacy', never)
    await files.send(callTool(1, 'add'), { ...options(), headers: { authorization: 'theirs' } })
    expect(seen[0]?.path).toBe('/api/tools/add/invoke?key=1')
    expect(seen[0]?.headers).toMatchObject({ 'x-api-key': 'ours' })
    expect(seen[0]?.headers).not.toHaveProperty('authorization')
  })

  test('is found behind a server registered as http', async () => {
    const { url, seen } = startRest()
    const upstream = overRest({ transport: 'http', url })
    expect(await upstream.eras(never)).toEqual(['modern', 'legacy'])
    expect(seen.map(({ verb, path }) => `${verb} ${path}`)).toEqual([
      'POST /api/',
      'POST /api/',
      'GET /api/',
      'GET /api/tools',
    ])
    const files = await upstream.open('legacy', never)
    expect(await answerOf(await files.send(callTool(1, 'add'), options()))).toHaveProperty('result')
  })
})
