import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Era } from '../../src/core/protocol.ts'
import { parseLossless } from '../../src/lib/lossless-json.ts'
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

/** JSON text without spaces, of values that parsers like to change. */
const NUMBERS = ['1e400', '-1E-400', '-0', '1.0', '0.10', '1E+2', '9007199254740993', '1e0']
const key = fc.string({ unit: 'grapheme', maxLength: 8 }).map((text) => `k${text}`)
const { value } = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom('null', 'true', 'false', ...NUMBERS),
    fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
    fc.string({ unit: 'binary', maxLength: 20 }).map((text) => JSON.stringify(text)),
    tie('array'),
    tie('object'),
  ),
  array: fc.array(tie('value'), { maxLength: 4 }).map((values) => `[${values.join()}]`),
  object: fc
    .uniqueArray(fc.tuple(key, tie('value')), { maxLength: 4, selector: ([name]) => name })
    .map(
      (members) => `{${members.map(([name, inner]) => `${JSON.stringify(name)}:${inner}`).join()}}`,
    ),
}))

/** Gives back the argument `v` wherever a result may hold a value, known to the protocol or not. */
const echoed = (given: string) =>
  `{"content":[{"type":"hologram","data":${given}}],"structuredContent":{"v":${given}},` +
  `"x-unknown":${given},"_meta":{"com.example/echo":${given}}}`

const startEcho = (era: Era) =>
  Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: async (request) => {
      if (request.method !== 'POST') return new Response(null, { status: 405 })
      // biome-ignore lint/suspicious/noExplicitAny: whatever came.
      const { id, method, params } = parseLossless(await request.text()) as any
      if (id === undefined) return new Response(null, { status: 202 })
      const json = (member: string, text: string) =>
        new Response(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"${member}":${text}}`, {
          headers: { 'content-type': 'application/json' },
        })
      const answers: Record<string, string> = {
        'tools/call': echoed(JSON.stringify(params?.arguments?.v ?? null)),
        'tools/list': '{"tools":[{"name":"any","inputSchema":{"type":"object"}}]}',
        [era === 'modern' ? 'server/discover' : 'initialize']:
          '{"supportedVersions":["2026-07-28"],"protocolVersion":"2025-11-25",' +
          '"capabilities":{"tools":{}},"serverInfo":{"name":"echo","version":"1"}}',
      }
      const answer = answers[method]
      if (answer === undefined) return json('error', '{"code":-32601,"message":"Not found"}')
      const modern =
        era === 'modern' ? '"resultType":"complete","ttlMs":0,"cacheScope":"private",' : ''
      return json('result', `{${modern}${answer.slice(1)}`)
    },
  })

type Face = Readonly<{ name: string; path: string; era: Era; tool: string }>

const FACES: readonly Face[] = [
  ...(['modern', 'legacy'] as const).flatMap((era) => [
    { name: `a ${era} client, a modern server`, path: '/servers/modern/mcp', era, tool: 'any' },
    { name: `a ${era} client, a legacy server`, path: '/servers/legacy/mcp', era, tool: 'any' },
    { name: `a ${era} client, all servers as one`, path: '/mcp', era, tool: 'modern__any' },
    { name: `a ${era} client, old ones among them`, path: '/mcp', era, tool: 'legacy__any' },
  ]),
]

describe('any value whatever, through', () => {
  let upstreams: Readonly<Record<Era, ReturnType<typeof startEcho>>>
  let gateway: Gateway
  beforeAll(async () => {
    upstreams = { modern: startEcho('modern'), legacy: startEcho('legacy') }
    const entry = (era: Era) => ({
      type: 'http',
      url: `http://127.0.0.1:${upstreams[era].port}/mcp`,
    })
    gateway = await startGateway({
      args: ['--no-auth'],
      servers: { modern: entry('modern'), legacy: entry('legacy') },
    })
  })
  afterAll(async () => {
    await gateway?.close()
    await upstreams?.modern.stop(true)
    await upstreams?.legacy.stop(true)
  })

  const post = (path: string, headers: Readonly<Record<string, string>>, body: string) =>
    fetch(gateway.url + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body,
    })

  const initialize = async (path: string) => {
    const params =
      '{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"v","version":"1"}}'
    const body = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":${params}}`
    const hello = await post(path, {}, body)
    await hello.text()
    const session: Record<string, string> = { 'mcp-protocol-version': '2025-11-25' }
    const id = hello.headers.get('mcp-session-id')
    if (id !== null) session['mcp-session-id'] = id
    await (
      await post(path, session, '{"jsonrpc":"2.0","method":"notifications/initialized"}')
    ).text()
    return session
  }

  test.each(FACES)('$name', async ({ path, era, tool }) => {
    const headers =
      era === 'legacy'
        ? await initialize(path)
        : { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': tool }
    const envelope = era === 'modern' ? `,${ENVELOPE}` : ''
    await fc.assert(
      fc.asyncProperty(value, async (given) => {
        const params = `{"name":"${tool}","arguments":{"v":${given}}${envelope}}`
        const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`
        const text = await (await post(path, headers, body)).text()
        expect(text).toContain(`{"type":"hologram","data":${given}}`)
        expect(text).toContain(`"structuredContent":{"v":${given}}`)
        expect(text).toContain(`"x-unknown":${given}`)
        expect(text).toContain(`"com.example/echo":${given}`)
      }),
      { numRuns: 60 },
    )
  })

  test('the REST face', async () => {
    await fc.assert(
      fc.asyncProperty(value, async (given) => {
        const body = `{"tool_name":"any","parameters":{"v":${given}}}`
        const text = await (await post('/mcp/invoke?mcp_server=modern', {}, body)).text()
        expect(text).toContain(`"result":{"v":${given}}`)
      }),
      { numRuns: 60 },
    )
  })
})
