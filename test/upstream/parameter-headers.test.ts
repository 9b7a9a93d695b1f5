import { afterEach, describe, expect, test } from 'bun:test'
import { buildRequest } from '../../src/core/json-rpc.ts'
import { closedAfter } from '../support/closing.ts'
import { type Seen, sse, startUpstream, type UpstreamOptions } from '../support/upstream.ts'
import {
  answerOf,
  modernCall,
  modernRequest,
  never,
  options,
  refusalOf,
  upstreamOf,
} from './conversations.ts'

const closing = closedAfter(afterEach)

const SCHEMA = {
  type: 'object',
  properties: { region: { type: 'string', 'x-mcp-header': 'Region' } },
}
/** A modern server that refuses a call whose headers do not repeat its arguments, as it must. */
const strict = (given: { schema?: object; script?: UpstreamOptions['script'] } = {}) => {
  const tools = { go: { inputSchema: { ...(given.schema ?? SCHEMA) } } }
  const server = startUpstream({
    eras: ['modern'],
    tools,
    script: async (seen) => {
      const scripted = await given.script?.(seen)
      if (scripted !== undefined || seen.message.method !== 'tools/call') return scripted
      const { region } = (seen.message.params as { arguments: { region?: string } }).arguments
      const sent = seen.headers['mcp-param-region']
      if (sent === region) return undefined
      const error = { code: -32020, message: 'the headers and body disagree' }
      return Response.json({ jsonrpc: '2.0', id: seen.message.id, error }, { status: 400 })
    },
  })
  closing.push(server.close)
  return server
}
const open = async (url: string, version = '2026-07-28') => {
  const upstream = upstreamOf(closing, { url, protocolVersion: version })
  const era = version === '2026-07-28' ? 'modern' : 'legacy'
  return { upstream, files: await upstream.open(era, never) }
}
const list = modernRequest('list', 'tools/list')
const bound = (headers: Record<string, string> = {}) =>
  options(never, { 'mcp-method': 'tools/call', ...headers })

describe('headers that repeat arguments', () => {
  test('are computed for clients that send none, once the tool was listed', async () => {
    const server = strict()
    const { files } = await open(server.url)
    await files.send(list, options())
    const reply = await answerOf(await files.send(modernCall(1, 'go', { region: 'eu' }), options()))
    expect(reply).toHaveProperty('result')
    expect(server.calls()).toHaveLength(1)
    expect(server.calls()[0]?.headers['mcp-param-region']).toBe('eu')
  })

  test('are learnt from the refusal of a tool that was not listed, and the call is asked once more', async () => {
    const server = strict()
    const { files } = await open(server.url)
    const replies = await Promise.all(
      [1, 2, 3].map((id) => files.send(modernCall(id, 'go', { region: 'eu' }), options())),
    )
    for (const reply of replies) expect(await answerOf(reply)).toHaveProperty('result')
    expect(server.calls().length).toBeLessThanOrEqual(6)
    expect(server.received('tools/list').length).toBeLessThanOrEqual(3)
  })

  test('a refusal that a new list does not explain is passed on, after one attempt', async () => {
    const server = strict({ schema: { type: 'object' } })
    const { files } = await open(server.url)
    const reply = await answerOf(await files.send(modernCall(1, 'go', { region: 'eu' }), options()))
    expect(reply).toMatchObject({ error: { code: -32020 } })
    expect(server.calls()).toHaveLength(1)
  })

  test('a client of modern HTTP sends its own, which cross as they are', async () => {
    const server = strict()
    const { files } = await open(server.url)
    const headers = { 'mcp-param-region': 'eu', 'mcp-param-other': '=?base64?w6Q=?=' }
    await files.send(modernCall(1, 'go', { region: 'eu' }), bound(headers))
    expect(server.calls()[0]?.headers).toMatchObject(headers)
    // What it does not send is not made up for it: the server refuses, as it would without us.
    const reply = await answerOf(await files.send(modernCall(2, 'go', { region: 'eu' }), bound()))
    expect(reply).toMatchObject({ id: 2, error: { code: -32020 } })
    expect(server.received('tools/list')).toHaveLength(0)
  })

  test('and is refused here when the tool is known and header and body disagree', async () => {
    const server = strict()
    const { files } = await open(server.url)
    await files.send(list, options())
    for (const headers of [{ 'mcp-param-region': 'us' }, {}]) {
      const call = files.send(modernCall(1, 'go', { region: 'eu' }), bound(headers))
      expect((await refusalOf(call)).code).toBe('header_mismatch')
    }
    expect(server.calls()).toHaveLength(0)
    const encoded = `=?base64?${btoa('eu')}?=`
    await files.send(modernCall(1, 'go', { region: 'eu' }), bound({ 'mcp-param-region': encoded }))
    expect(server.calls()).toHaveLength(1)
  })

  test('a header for an argument that the body does not hold is refused when the tool is known', async () => {
    const server = strict()
    const { files } = await open(server.url)
    await files.send(list, options())
    const call = files.send(modernCall(1, 'go', {}), bound({ 'mcp-param-region': 'eu' }))
    expect((await refusalOf(call)).code).toBe('header_mismatch')
    expect(server.calls()).toHaveLength(0)
  })

  test('a client of another era has none that a server could go by', async () => {
    const server = strict()
    const { files } = await open(server.url)
    const forged = options(never, { 'mcp-param-region': 'us', 'mcp-param-other': 'x' })
    await files.send(modernCall(1, 'go', { region: 'eu' }), forged)
    await files.send(modernCall(2, 'go', {}), forged)
    expect(server.calls().map(({ headers }) => headers['mcp-param-region'])).not.toContain('us')
    expect(JSON.stringify(server.seen)).not.toContain('mcp-param-other')
  })

  test('a tool that changed since it was listed refuses nobody', async () => {
    let marked = true
    const server = startUpstream({
      eras: ['modern'],
      script: (seen) => {
        if (seen.message.method !== 'tools/list') return undefined
        return { tools: [{ name: 'echo', inputSchema: marked ? SCHEMA : { type: 'object' } }] }
      },
    })
    closing.push(server.close)
    const { files } = await open(server.url)
    await files.send(list, options())
    marked = false
    const reply = await files.send(modernCall(1, 'echo', { region: 'eu' }), bound())
    expect(await answerOf(reply)).toHaveProperty('result')
  })
})

describe('tools with invalid marks', () => {
  const TOOLS =
    '[{"name":"good","inputSchema":{"type":"object"},"n":12345678901234567890,"x":1.50},' +
    '{"name":"bad","inputSchema":{"type":"object","properties":{"a":{"type":"number","x-mcp-header":"A"}}}}]'
  const script = (seen: Seen) => {
    if (seen.message.method !== 'tools/list') return undefined
    const text = `{"jsonrpc":"2.0","id":${JSON.stringify(seen.message.id)},"result":{"tools":${TOOLS},"big":1e400}}`
    const isStream = seen.message.id === 'stream'
    const note = { jsonrpc: '2.0', method: 'notifications/message', params: {} }
    return isStream
      ? sse([note, `data: ${text}\n\n`])
      : new Response(text, { headers: { 'content-type': 'application/json' } })
  }

  test.each(['list', 'stream'])(
    'are left out and noted; the others stay, value for value (%s)',
    async (id) => {
      const server = startUpstream({ eras: ['modern'], script })
      closing.push(server.close)
      const { upstream, files } = await open(server.url)
      const ask = modernRequest(id, 'tools/list')
      const reply = await files.send(ask, options())
      const text =
        reply.kind === 'stream'
          ? ((await Array.fromAsync(reply.events)).at(-1)?.data ?? '')
          : reply.kind === 'single' && reply.text
      expect(text).toBe(
        `{"jsonrpc":"2.0","id":"${id}","result":{"tools":[{"name":"good","inputSchema":{"type":"object"},"n":12345678901234567890,"x":1.50}],"big":1e400}}`,
      )
      await answerOf(await files.send(ask, options()))
      expect(upstream.log.lines()).toEqual([
        'tool "bad" is left out: its x-mcp-header is not on a string, integer or boolean',
      ])
    },
  )

  test('a legacy session lists what the server lists', async () => {
    const tools = { bad: { inputSchema: { ...SCHEMA, 'x-mcp-header': '' } } }
    const server = startUpstream({ tools })
    closing.push(server.close)
    const { upstream, files } = await open(server.url, '2025-11-25')
    await files.send(
      buildRequest(0, 'initialize', { protocolVersion: '2025-11-25', capabilities: {} }),
      options(),
    )
    const reply = await answerOf(await files.send(buildRequest(1, 'tools/list', {}), options()))
    expect(reply).toMatchObject({ result: { tools: [{ name: 'bad' }] } })
    expect(upstream.log.lines()).toEqual([])
  })
})
