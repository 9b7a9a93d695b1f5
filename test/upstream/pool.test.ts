import { afterEach, describe, expect, test } from 'bun:test'
import type { EmbeddedServer } from '../../src/core/conversation.ts'
import type { Era } from '../../src/core/protocol.ts'
import type { ServerEntry } from '../../src/core/server-entry.ts'
import { mayConnect } from '../../src/upstream/addresses.ts'
import type { PoolDependencies } from '../../src/upstream/pool.ts'
import { createRestartGate } from '../../src/upstream/restart-gate.ts'
import { closedAfter } from '../support/closing.ts'
import { until } from '../support/until.ts'
import { sse, stall, startUpstream, type UpstreamOptions } from '../support/upstream.ts'
import {
  answerOf,
  callTool,
  entryOf,
  handshake,
  initialize,
  messagesOf,
  modernCall,
  modernRequest,
  never,
  options,
  poolOf,
  refusalOf,
  textOf,
  upstreamOf,
} from './conversations.ts'

const closing = closedAfter(afterEach)

const upstream = (given: UpstreamOptions = {}) => {
  const server = startUpstream(given)
  closing.push(server.close)
  return server
}
const poolWith = (entries: readonly Partial<ServerEntry>[], world?: Partial<PoolDependencies>) => {
  const pool = poolOf(entries, world)
  closing.push(pool.close)
  return pool
}
const only = (entry: Partial<ServerEntry>, world?: Partial<PoolDependencies>) =>
  upstreamOf(closing, entry, world)

describe('finding out the era of a server behind a URL', () => {
  test('both are recognised, or the one that is spoken', async () => {
    expect(await only({ url: upstream().url }).eras(never)).toEqual(['modern', 'legacy'])
    for (const era of ['modern', 'legacy'] as const) {
      expect(await only({ url: upstream({ eras: [era] }).url }).eras(never)).toEqual([era])
    }
  })

  test('the session that was opened to ask is thrown away', async () => {
    const server = upstream()
    await only({ url: server.url }).eras(never)
    await until(() => server.seen.some(({ verb }) => verb === 'DELETE'))
    expect(server.sessions.size).toBe(0)
  })

  test.each([401, 403, 429, 500, 503])(
    'HTTP %i is no evidence: the question stays open',
    async (status) => {
      const server = upstream({ script: () => new Response('no', { status }) })
      const files = only({ url: server.url })
      expect((await refusalOf(files.eras(never))).code).toBe('upstream_failed')
      expect(server.received('initialize')).toHaveLength(0)
      expect(files.health()).toMatchObject({ state: 'down', eras: [] })
    },
  )

  test('silence is no evidence either', async () => {
    const server = upstream({ script: stall })
    const { code } = await refusalOf(only({ url: server.url, timeout: 30 }).eras(never))
    expect(code).toBe('upstream_timed_out')
  })

  test('an unsupported modern version is modern still', async () => {
    const server = upstream({
      script: ({ message }) =>
        message.method === 'server/discover'
          ? Response.json(
              { jsonrpc: '2.0', id: message.id, error: { code: -32022, message: 'x', data: {} } },
              { status: 400 },
            )
          : undefined,
      eras: ['modern'],
    })
    expect(await only({ url: server.url }).eras(never)).toEqual(['modern'])
  })

  test('a server that speaks nothing we know is said to', async () => {
    const server = upstream({ script: () => new Response('<html>hello</html>') })
    const { message } = await refusalOf(only({ url: server.url }).eras(never))
    expect(message).toContain('speaks neither MCP nor')
  })

  test('it is asked once for all who ask, and again when the answer is too old', async () => {
    const server = upstream()
    let time = 0
    const files = only({ url: server.url }, { now: () => time })
    await Promise.all([files.eras(never), files.eras(never), files.open('modern', never)])
    expect(server.received('server/discover')).toHaveLength(1)
    time = 9 * 60_000
    await files.eras(never)
    expect(server.received('server/discover')).toHaveLength(1)
    time = 11 * 60_000
    await files.eras(never)
    expect(server.received('server/discover')).toHaveLength(2)
  })

  test.each([
    ['a modern server that became legacy', 'modern', 'legacy'],
    ['a legacy server that became modern', 'legacy', 'modern'],
  ] as const)('%s is asked again at the next use', async (_name, before, after) => {
    const eras: Era[] = [before]
    const server = upstream({ eras })
    let time = 0
    const files = only({ url: server.url }, { now: () => time })
    const conversation = await files.open(before, never)
    eras[0] = after
    const message = before === 'modern' ? modernCall(1, 'echo') : initialize()
    time = 60_000
    await conversation.send(message, options()).catch(() => undefined)
    expect(await files.eras(never)).toEqual([after])
  })

  test('a verdict that was found just now is not doubted, however much fails', async () => {
    const server = upstream({
      script: ({ message }) =>
        message.method === 'tools/call' ? new Response('?', { status: 404 }) : undefined,
    })
    let time = 0
    const files = only({ url: server.url }, { now: () => time })
    const conversation = await files.open('modern', never)
    const fail = () => refusalOf(conversation.send(modernCall(1, 'x'), options()))
    time = 4000
    for (let turn = 0; turn < 3; turn++) await fail()
    await files.eras(never)
    expect(server.received('server/discover')).toHaveLength(1)
    time = 6000
    await files.eras(never)
    expect(server.received('server/discover')).toHaveLength(2)
  })

  test('who leaves while it is asked does not spoil it for the others', async () => {
    const server = upstream({
      script: async () => {
        await Bun.sleep(20)
        return undefined
      },
    })
    const files = only({ url: server.url })
    const leaving = new AbortController()
    const gone = refusalOf(files.eras(leaving.signal))
    const stays = files.eras(never)
    leaving.abort()
    expect((await gone).code).toBe('client_left')
    expect(await stays).toEqual(['modern', 'legacy'])
  })

  test('a pinned version is not asked about, and another era is refused', async () => {
    const server = upstream()
    const files = only({ url: server.url, protocolVersion: '2025-06-18' })
    expect(await files.eras(never)).toEqual(['legacy'])
    expect((await refusalOf(files.open('modern', never))).code).toBe('era_unsupported')
    expect(server.seen).toHaveLength(0)
    expect(await only({ url: server.url, protocolVersion: '2026-07-28' }).eras(never)).toEqual([
      'modern',
    ])
  })
})

describe('results pass as they are', () => {
  test('F27: every kind of content and isError reach the client', async () => {
    const content = [
      { type: 'text', text: 'no' },
      { type: 'image', data: 'AA==', mimeType: 'image/png' },
      { type: 'resource_link', uri: 'a://b', name: 'b' },
      { type: 'x-new', anything: [1] },
    ]
    const server = upstream({
      tools: { odd: { call: () => ({ content, isError: true, extra: 1 }) } },
    })
    const files = await only({ url: server.url }).open('modern', never)
    expect((await answerOf(await files.send(modernCall(1, 'odd'), options()))).result).toEqual({
      resultType: 'complete',
      content,
      isError: true,
      extra: 1,
    })
  })
})

describe('the servers of the configuration', () => {
  test('F31: a disabled server cannot be had', async () => {
    const pool = poolWith([
      { name: 'a', url: 'http://x/' },
      { name: 'b', url: 'http://x/', enabled: false },
    ])
    expect(pool.list().map(({ name }) => name)).toEqual(['a'])
    expect(pool.get('b')).toBeUndefined()
    expect(pool.get('constructor')).toBeUndefined()
  })

  test('a server whose entry is the same stays, one that changed is another', async () => {
    const pool = poolWith([
      { name: 'a', url: 'http://x/' },
      { name: 'b', url: 'http://x/' },
    ])
    const [a, b] = [pool.get('a'), pool.get('b')]
    pool.replace([
      entryOf({ name: 'a', url: 'http://x/', at: 'mcp_servers.yaml:9' }),
      entryOf({ name: 'b', url: 'http://y/' }),
    ])
    expect(pool.get('a')).toBe(a)
    expect(pool.get('b')).not.toBe(b)
  })

  test('a server that is taken away ends its calls first, and listening streams do not hold it', async () => {
    const { promise: done, resolve: finish } = Promise.withResolvers<string>()
    const server = upstream({ tools: { slow: { call: () => done } } })
    const pool = poolWith([{ url: server.url }])
    const files = await pool.get('files')?.open('modern', never)
    const listening = await files?.send(modernRequest('l', 'subscriptions/listen'), options())
    const running = files?.send(modernCall(1, 'slow'), options())
    await until(() => server.calls().length === 1)
    pool.replace([])
    expect(pool.get('files')).toBeUndefined()
    if (running === undefined || listening === undefined || files === undefined)
      throw new Error('lost')
    finish('done')
    expect(await textOf(await running)).toBe('done')
    expect((await messagesOf(listening)).at(-1)).toHaveProperty('error')
    const late = refusalOf(files.send(modernCall(2, 'slow'), options()))
    expect((await late).code).toBe('upstream_failed')
  })

  test('a stream under way counts as a call, until its time is over', async () => {
    const server = upstream({
      script: ({ message }) =>
        message.method === 'tools/call'
          ? sse([{ jsonrpc: '2.0', method: 'notifications/message', params: {} }], { end: 'open' })
          : undefined,
    })
    const { UPSTREAM_LIMITS } = await import('../../src/upstream/upstream.ts')
    const drain = 60
    const pool = poolWith([{ url: server.url }], { limits: { ...UPSTREAM_LIMITS, drain } })
    const files = await pool.get('files')?.open('modern', never)
    const reply = await files?.send(modernCall(1, 'x'), options())
    const taken = performance.now()
    pool.replace([])
    await until(() => server.aborts() === 1)
    // Timers may fire a moment early.
    expect(performance.now() - taken).toBeGreaterThan(drain - 5)
    if (reply === undefined) throw new Error('lost')
    expect((await messagesOf(reply)).at(-1)).toHaveProperty('error')
  })

  test('health follows what happens, and names no address', async () => {
    let broken = false
    const server = upstream({
      script: () => (broken ? new Response(null, { status: 500 }) : undefined),
    })
    const files = only({ url: server.url, declaredType: 'elasticsearch-mcp' })
    expect(files.type).toBe('elasticsearch-mcp')
    expect(files.health()).toEqual({ state: 'unknown', problem: undefined, eras: [] })
    const conversation = await files.open('modern', never)
    expect(await files.open('modern', never)).toBe(conversation)
    await conversation.send(modernCall(1, 'echo'), options())
    expect(files.health()).toEqual({ state: 'up', problem: undefined, eras: ['modern', 'legacy'] })
    broken = true
    await refusalOf(conversation.send(modernCall(1, 'echo'), options()))
    expect(files.health()).toMatchObject({
      state: 'down',
      problem: 'Server files answered with HTTP 500',
    })
  })
})

describe('a server inside this process', () => {
  const received: string[] = []
  const embedded: EmbeddedServer = {
    connect: (deliver) => ({
      receive: (text) => {
        received.push(text)
        const { id, method, params } = JSON.parse(text)
        if (id === undefined) return
        const reply = (result: unknown) => deliver(JSON.stringify({ jsonrpc: '2.0', id, result }))
        if (method === 'server/discover') return reply({ supportedVersions: ['2026-07-28'] })
        if (method === 'initialize') return reply({ protocolVersion: params.protocolVersion })
        if (params.name !== 'silent') reply({ content: [{ type: 'text', text: params.name }] })
      },
      close: () => received.push('closed'),
    }),
  }
  const demo = { name: 'demo', transport: 'embedded' as const }
  const given = { embedded: (name: string) => (name === 'demo' ? embedded : undefined) }

  test('is spoken to in both eras, and leaving cancels in the modern one', async () => {
    const server = only(demo, given)
    expect(await server.eras(never)).toEqual(['modern', 'legacy'])
    const modern = await server.open('modern', never)
    const both = await Promise.all(
      ['a', 'b'].map(async (name) => textOf(await modern.send(modernCall(1, name), options()))),
    )
    expect(both).toEqual(['a', 'b'])
    const legacy = await handshake(await server.open('legacy', never))
    expect(await textOf(await legacy.send(callTool('i', 'c'), options()))).toBe('c')
    const leaving = new AbortController()
    const gone = refusalOf(modern.send(modernCall(1, 'silent'), options(leaving.signal)))
    received.length = 0
    leaving.abort()
    expect((await gone).code).toBe('client_left')
    expect(received[0]).toContain('notifications/cancelled')
    received.length = 0
    await legacy.close()
    expect(received).toEqual(['closed'])
    expect((await refusalOf(legacy.send(callTool(1, 'c'), options()))).code).toBe(
      'session_not_found',
    )
  })

  test('that is not there fails', async () => {
    expect((await refusalOf(only({ ...demo, name: 'other' }, given).eras(never))).code).toBe(
      'upstream_failed',
    )
  })
})

describe('addresses that are never contacted', () => {
  test.each([
    ['169.254.169.254', false],
    ['::ffff:169.254.169.254', false],
    ['::ffff:a9fe:a9fe', false],
    ['[fe80::1%eth0]', false],
    ['febf::1', false],
    ['fd00:ec2::254', false],
    ['64:ff9b::a9fe:a9fe', false],
    ['2002:a9fe:a9fe::1', false],
    ['100.100.100.200', false],
    ['127.0.0.1', true],
    ['::1', true],
    ['10.0.0.1', true],
    ['192.168.1.1', true],
    ['fd00::1', true],
    ['fec0::1', true],
    ['8.8.8.8', true],
    ['example.com', true],
  ])('%s', (address, allowed) => {
    expect(mayConnect(address)).toBe(allowed)
  })
})

describe('restarting', () => {
  test('the wait doubles, is bounded, and a long run makes good', async () => {
    let time = 0
    const gate = createRestartGate(
      'files',
      { first: 2000, longest: 30_000, forgiven: 60_000, perMinute: 3 },
      () => time,
    )
    const waitAfterCrash = async (startedAt: number) => {
      gate.crashed(startedAt)
      const { retryAfter } =
        (await gate.pass().catch((cause: { retryAfter?: number }) => cause)) ?? {}
      return retryAfter
    }
    expect(await waitAfterCrash(0)).toBe(2)
    expect(await waitAfterCrash(0)).toBe(4)
    expect(gate.problem()).toBeUndefined()
    expect(await waitAfterCrash(0)).toBe(8)
    expect(await waitAfterCrash(0)).toBe(30)
    expect(gate.problem()).toContain('keeps ending')
    time = 31_000
    expect(gate.problem()).toBeUndefined()
    await gate.pass()
    time = 100_000
    expect(await waitAfterCrash(31_000)).toBe(2)
  })
})
