import { afterEach, describe, expect, test } from 'bun:test'
import { buildNotification, type Message } from '../../src/core/json-rpc.ts'
import type { Era } from '../../src/core/protocol.ts'
import type { ServerEntry } from '../../src/core/server-entry.ts'
import { createHttpEndpoint, HTTP_LIMITS } from '../../src/upstream/http-endpoint.ts'
import { createHttpConversation } from '../../src/upstream/transports/streamable-http.ts'
import { closedAfter } from '../support/closing.ts'
import { plainResponse, startRawServer } from '../support/raw-server.ts'
import { until } from '../support/until.ts'
import { answer, sse, stall, startUpstream, type UpstreamOptions } from '../support/upstream.ts'
import {
  answerOf,
  callTool,
  entryOf,
  eventsOf,
  handshake,
  initialize,
  messagesOf,
  modernCall,
  modernRequest,
  options,
  refusalOf,
  textOf,
} from './conversations.ts'

const closing = closedAfter(afterEach)

const speak = (era: Era, given: Partial<ServerEntry>, limits = {}) => {
  const entry = entryOf(given)
  const endpoint = createHttpEndpoint(entry, {
    limits: { ...HTTP_LIMITS, ...limits },
    now: () => performance.now(),
    authorities: undefined,
  })
  closing.push(endpoint.close)
  return createHttpConversation(era, endpoint, entry.timeout)
}
const upstream = (given: UpstreamOptions = {}) => {
  const server = startUpstream(given)
  closing.push(server.close)
  return server
}
const isCall = (seen: { message: { method?: unknown } }) => seen.message.method === 'tools/call'
const progress = (n: number) => ({
  jsonrpc: '2.0',
  method: 'notifications/progress',
  params: { progressToken: 1, progress: n },
})

describe('the modern era', () => {
  test('the standard headers are computed from the body, and a name beyond ASCII is encoded', async () => {
    const server = upstream()
    const files = speak('modern', { url: server.url })
    expect(await textOf(await files.send(modernCall(1, 'echo', { a: 1 }), options()))).toBe(
      '{"a":1}',
    )
    await files.send(modernCall(2, 'löschen'), options())
    await files.send(modernRequest(3, 'resources/read', { uri: 'test://a' }), options())
    const [first, second, third] = server.seen.map(({ headers }) => headers)
    expect(first).toMatchObject({
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'echo',
    })
    expect(second?.['mcp-name']).toBe('=?base64?bMO2c2NoZW4=?=')
    expect(third?.['mcp-name']).toBe('test://a')
  })

  test('a message crosses as the very text that came, and so does its answer', async () => {
    const result = '{"content":[],"n":12345678901234567890,"x":1.50,"_meta":{"a/b":null}}'
    const server = upstream({
      script: (seen) =>
        isCall(seen)
          ? new Response(`{"jsonrpc":"2.0","id":12345678901234567000,"result":${result}}`, {
              headers: { 'content-type': 'application/json; charset=utf-8' },
            })
          : undefined,
    })
    const files = speak('modern', { url: server.url })
    const text =
      '{ "jsonrpc":"2.0","id":12345678901234567890,"method":"tools/call","params":{"name":"t","x":1e400}}'
    const message: Message = {
      kind: 'request',
      text,
      idText: '12345678901234567890',
      method: 'tools/call',
      params: { name: 't' },
    }
    const reply = await files.send(message, options())
    expect(server.seen[0]?.text).toBe(text)
    expect(reply).toEqual({
      kind: 'single',
      text: `{"jsonrpc":"2.0","id":12345678901234567890,"result":${result}}`,
    })
  })

  test('progress is passed on while the call runs, then the answer', async () => {
    const server = upstream({
      script: (seen) => sse([progress(1), progress(2), answer(seen, { ok: true })], { gap: 15 }),
    })
    const reply = await speak('modern', { url: server.url }).send(
      modernCall('a', 'slow'),
      options(),
    )
    if (reply.kind !== 'stream') throw new Error('not a stream')
    const reader = reply.events.getReader()
    expect(JSON.parse((await reader.read()).value?.data ?? '')).toEqual(progress(1))
    reader.releaseLock()
    expect(await messagesOf(reply)).toEqual([
      progress(2),
      { jsonrpc: '2.0', id: 'a', result: { ok: true } },
    ])
  })

  test('a stream that begins with the answer is one answer, and its connection is kept', async () => {
    let onOne = 0
    const server = startRawServer((reply, { requests }) => {
      onOne = Math.max(onOne, requests)
      const body = 'data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n'
      reply(
        'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n',
      )
      reply(`${body.length.toString(16)}\r\n${body}\r\n`)
      setTimeout(() => reply('0\r\n\r\n'), 2)
    })
    closing.push(server.close)
    const files = speak('modern', { url: `http://127.0.0.1:${server.port}/` })
    // The end of a stream is read after its answer was given: another connection may be used meanwhile.
    await until(async () => {
      expect((await files.send(modernCall(1, 'x'), options())).kind).toBe('single')
      return onOne >= 3
    })
  })

  test('answers to other ids, requests of the server and what is no JSON-RPC never reach the client', async () => {
    const server = upstream({
      script: (seen) =>
        sse([
          'data: {"half\n\n',
          { jsonrpc: '2.0', id: 99, result: { secret: true } },
          { jsonrpc: '2.0', id: 's1', method: 'sampling/createMessage', params: {} },
          'event: endpoint\ndata: {"jsonrpc":"2.0","id":1,"result":{"wrong":1}}\n\n',
          progress(1),
          answer(seen, { right: 1 }),
          answer(seen, { late: 1 }),
        ]),
    })
    const reply = await speak('modern', { url: server.url }).send(modernCall(1, 'x'), options())
    expect(await messagesOf(reply)).toEqual([
      progress(1),
      { jsonrpc: '2.0', id: 1, result: { right: 1 } },
    ])
  })

  test.each(['close', 'break'] as const)(
    'a stream that ends without its answer (%s) ends with an error that names the server',
    async (end) => {
      const server = upstream({ script: () => sse([progress(1)], { end }) })
      const reply = await speak('modern', { url: server.url }).send(modernCall(7, 'x'), options())
      const messages = await messagesOf(reply)
      expect(messages).toHaveLength(2)
      expect(messages[1]).toMatchObject({ id: 7, error: { code: -32603 } })
      expect(JSON.stringify(messages[1])).toContain('Server files ')
      expect(JSON.stringify(messages[1])).not.toContain('127.0.0.1')
    },
  )

  test('an event beyond the limit ends the call with an error, not the gateway', async () => {
    const server = upstream({
      script: () => sse([progress(1), { big: 'x'.repeat(5000) }], { gap: 10 }),
    })
    const files = speak('modern', { url: server.url }, { maxAnswerBytes: 1000 })
    const messages = await messagesOf(await files.send(modernCall(1, 'x'), options()))
    expect(messages[1]).toHaveProperty('error')
  })

  test('a client that leaves closes the connection to the server at once, whatever has come', async () => {
    const server = upstream({
      script: (seen) =>
        seen.text.includes('"silent"') ? stall(seen) : sse([progress(1)], { end: 'open' }),
    })
    const files = speak('modern', { url: server.url })
    const silent = new AbortController()
    const waiting = refusalOf(files.send(modernCall(1, 'silent'), options(silent.signal)))
    await until(() => server.seen.length === 1)
    silent.abort()
    expect((await waiting).code).toBe('client_left')
    await until(() => server.aborts() === 1)

    const streaming = await files.send(modernCall(2, 'x'), options())
    if (streaming.kind !== 'stream') throw new Error('not a stream')
    await streaming.events.cancel()
    await until(() => server.aborts() === 2)

    const leaving = new AbortController()
    const third = await files.send(modernCall(3, 'x'), options(leaving.signal))
    leaving.abort()
    expect((await messagesOf(third)).at(-1)).toHaveProperty('error')
    await until(() => server.aborts() === 3)
  })

  test('a listening stream is given at once and outlives the timeout', async () => {
    const server = upstream({ script: (seen) => (isCall(seen) ? stall(seen) : undefined) })
    const files = speak('modern', { url: server.url, timeout: 600 })
    const controller = new AbortController()
    const message = modernRequest('sub', 'subscriptions/listen', { notifications: {} })
    const reply = await files.send(message, options(controller.signal))
    if (reply.kind !== 'stream') throw new Error('not a stream')
    const reader = reply.events.getReader()
    expect((await reader.read()).value?.data).toContain('acknowledged')
    const more = reader.read()
    // What begins later and has the same timeout is over.
    expect((await refusalOf(files.send(modernCall(1, 'slow'), options()))).code).toBe(
      'upstream_timed_out',
    )
    const turn = new Promise((resolve) => setImmediate(resolve, 'open'))
    expect(await Promise.race([more.then(() => 'ended'), turn])).toBe('open')
    await until(() => server.aborts() === 1)
    controller.abort()
    await until(() => server.aborts() === 2)
  })

  test('HTTP errors with a JSON-RPC error for this request are passed on as they are', async () => {
    const server = upstream()
    const reply = await speak('modern', { url: server.url }).send(
      modernRequest(5, 'initialize'),
      options(),
    )
    expect(await answerOf(reply)).toMatchObject({ id: 5, error: { code: -32601 } })
  })
})

describe('a legacy session', () => {
  test('its id and version go with every later message, and the client never sees the id', async () => {
    const server = upstream()
    const files = speak('legacy', { url: server.url })
    const opened = await files.send(initialize(), options())
    const [session] = server.sessions
    expect(JSON.stringify(opened)).not.toContain(session)
    expect(opened).not.toHaveProperty('sessionId')
    const accepted = await files.send(buildNotification('notifications/initialized'), options())
    expect(accepted).toEqual({ kind: 'accepted' })
    expect(await textOf(await files.send(callTool(1, 'echo'), options()))).toBe('{}')
    expect(server.seen[0]?.headers).not.toHaveProperty('mcp-session-id')
    for (const { headers } of server.seen.slice(1)) {
      expect(headers).toMatchObject({
        'mcp-session-id': session,
        'mcp-protocol-version': '2025-11-25',
      })
      expect(headers).not.toHaveProperty('mcp-method')
    }
  })

  test('the id is learnt from an initialize answered as a stream too', async () => {
    const server = upstream({
      script: (seen) => {
        if (seen.message.method !== 'initialize') return new Response(null, { status: 202 })
        const response = sse([answer(seen, { protocolVersion: '2025-06-18', capabilities: {} })])
        response.headers.set('mcp-session-id', 'abc')
        return response
      },
    })
    const files = speak('legacy', { url: server.url })
    await handshake(files)
    expect(server.seen[1]?.headers).toMatchObject({
      'mcp-session-id': 'abc',
      'mcp-protocol-version': '2025-06-18',
    })
  })

  test('a forgotten session is a session not found', async () => {
    const server = upstream()
    const files = await handshake(speak('legacy', { url: server.url }))
    server.forgetSessions()
    expect((await refusalOf(files.send(callTool(1, 'echo'), options()))).code).toBe(
      'session_not_found',
    )
    expect((await refusalOf(files.listen(undefined, options()))).code).toBe('session_not_found')
  })

  test('closing ends the session at the server, once', async () => {
    const server = upstream()
    const files = await handshake(speak('legacy', { url: server.url }))
    await files.close()
    await files.close()
    expect(server.sessions.size).toBe(0)
    expect(server.seen.filter(({ verb }) => verb === 'DELETE')).toHaveLength(1)
    expect((await refusalOf(files.send(callTool(1, 'echo'), options()))).code).toBe(
      'session_not_found',
    )
  })

  test('requests of the server come with the call that they belong to', async () => {
    const ask = { jsonrpc: '2.0', id: 1, method: 'elicitation/create', params: { message: '?' } }
    const server = upstream({
      script: (seen) => (isCall(seen) ? sse([ask, answer(seen, { content: [] })]) : undefined),
    })
    const files = await handshake(speak('legacy', { url: server.url }))
    expect(await messagesOf(await files.send(callTool(1, 'x'), options()))).toEqual([
      ask,
      { jsonrpc: '2.0', id: 1, result: { content: [] } },
    ])
  })

  test('event ids and retry are kept, and a stream closed for polling ends without an error', async () => {
    const server = upstream({
      script: (seen) => (isCall(seen) ? sse(['id: 5_1\nretry: 250\ndata:\n\n']) : undefined),
    })
    const files = await handshake(speak('legacy', { url: server.url }))
    expect(await eventsOf(await files.send(callTool(1, 'x'), options()))).toEqual([
      { data: '', id: '5_1', retry: 250 },
    ])
  })

  test('the GET stream brings what belongs to no request, and resumes where it was told', async () => {
    const server = upstream()
    const files = await handshake(speak('legacy', { url: server.url, timeout: 400 }))
    const controller = new AbortController()
    const reply = await files.listen('41', options(controller.signal))
    if (reply.kind !== 'stream') throw new Error('not a stream')
    // Longer than a call may be silent, which itself is long enough for the handshake when busy.
    await Bun.sleep(500)
    const changed = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' }
    server.notify(changed)
    const reader = reply.events.getReader()
    expect(JSON.parse((await reader.read()).value?.data ?? '')).toEqual(changed)
    expect(server.seen.at(-1)?.headers['last-event-id']).toBe('41')
    await reader.cancel()
    await until(() => server.aborts() === 1)
  })

  test('a server without a GET stream is a method not allowed', async () => {
    const server = upstream({
      script: ({ verb }) => (verb === 'GET' ? new Response(null, { status: 405 }) : undefined),
    })
    const files = await handshake(speak('legacy', { url: server.url }))
    expect((await refusalOf(files.listen(undefined, options()))).code).toBe('method_not_allowed')
  })

  test('a call that times out is cancelled at the server', async () => {
    const server = upstream({ script: (seen) => (isCall(seen) ? stall(seen) : undefined) })
    const files = await handshake(speak('legacy', { url: server.url, timeout: 400 }))
    expect((await refusalOf(files.send(callTool('x1', 'slow'), options()))).code).toBe(
      'upstream_timed_out',
    )
    await until(() => server.received('notifications/cancelled').length === 1)
    expect(server.received('notifications/cancelled')[0]?.message.params).toMatchObject({
      requestId: 'x1',
    })
  })

  test('a request that its client cancelled ends without an answer', async () => {
    const server = upstream({ script: (seen) => (isCall(seen) ? stall(seen) : undefined) })
    const files = await handshake(speak('legacy', { url: server.url }))
    const running = files.send(callTool(9, 'slow'), options())
    await until(() => server.calls().length === 1)
    const cancel = buildNotification('notifications/cancelled', { requestId: 9 })
    expect(await files.send(cancel, options())).toEqual({ kind: 'accepted' })
    expect(await messagesOf(await running)).toEqual([])
  })

  test('a client that leaves does not cancel: only the response is dropped', async () => {
    const server = upstream({ script: (seen) => (isCall(seen) ? stall(seen) : undefined) })
    const files = await handshake(speak('legacy', { url: server.url }))
    const controller = new AbortController()
    const running = refusalOf(files.send(callTool(9, 'slow'), options(controller.signal)))
    await until(() => server.calls().length === 1)
    controller.abort()
    expect((await running).code).toBe('client_left')
    await until(() => server.aborts() === 1)
    expect(server.received('notifications/cancelled')).toHaveLength(0)
  })
})

describe('faults of a server', () => {
  test('F25: each fault is an upstream failure, in a sentence that names the server and no address', async () => {
    const faults: [string, () => Response | Promise<Response>][] = [
      ['HTTP 500', () => new Response('at /srv/app.ts:1', { status: 500 })],
      ['HTTP 404', () => new Response('nope', { status: 404 })],
      ['credentials', () => new Response('who?', { status: 401 })],
      ['neither JSON', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
      ['no answer', () => Response.json([1, 2])],
      ['no answer', () => Response.json({ jsonrpc: '2.0', id: 2, result: {} })],
      ['no answer', () => Response.json({ jsonrpc: '2.0', id: '1', result: {} })],
      ['no answer', () => new Response('{"a', { headers: { 'content-type': 'application/json' } })],
      [
        'not UTF-8',
        () =>
          new Response(new Uint8Array([0xff, 0xfe]), {
            headers: { 'content-type': 'application/json' },
          }),
      ],
      ['compressed', () => new Response('x', { headers: { 'content-encoding': 'gzip' } })],
      ['neither JSON', () => new Response(null, { status: 202 })],
      ['complete', () => sse([])],
    ]
    let turn = 0
    const server = upstream({ script: () => faults[turn]?.[1]() })
    const files = speak('modern', { url: server.url })
    for (; turn < faults.length; turn++) {
      const { code, message } = await refusalOf(files.send(modernCall(1, 'x'), options()))
      expect(`${turn} ${code}`).toBe(`${turn} upstream_failed`)
      expect(message).toStartWith('Server files ')
      expect(message).toContain(faults[turn]?.[0] ?? '')
      expect(message).not.toMatch(/127\.0\.0\.1|localhost|http:|\/srv/)
    }
  })

  test('F25: a dead server, a server with no URL and a metadata address say so too', async () => {
    const urls = [
      'http://127.0.0.1:1/mcp',
      'ftp://x/',
      'http://169.254.169.254/',
      'http://2852039166/',
      'http://[fe80::1]/',
      'http://[::ffff:169.254.169.254]/',
    ]
    for (const url of urls) {
      const { code, message } = await refusalOf(
        speak('modern', { url }).send(modernCall(1, 'x'), options()),
      )
      expect(code).toBe('upstream_failed')
      expect(message).toStartWith('Server files ')
      expect(message).not.toMatch(/\d+\.\d+\.\d+/)
    }
  })

  test('F25: a server that says nothing times out, with a sentence', async () => {
    const server = upstream({ script: stall })
    const { code, message } = await refusalOf(
      speak('modern', { url: server.url, timeout: 400 }).send(modernCall(1, 'x'), options()),
    )
    expect({ code, message }).toEqual({
      code: 'upstream_timed_out',
      message: 'Server files did not answer in time',
    })
    await until(() => server.aborts() === 1)
  })

  test('each sign of life gives more time, but not for ever', async () => {
    const server = upstream({
      script: (seen) => {
        if (seen.text.includes('"lively"')) {
          return sse([...Array(10).fill(':\n\n'), answer(seen, {})], { gap: 75 })
        }
        return sse(Array(1000).fill(progress(1)), { gap: 15 })
      },
    })
    // Less than the whole, and far more than a gap, also on a machine that is busy.
    const files = speak('modern', { url: server.url, timeout: 600 })
    expect(await answerOf(await files.send(modernCall(1, 'lively'), options()))).toHaveProperty(
      'result',
    )
    const hasty = speak('modern', { url: server.url, timeout: 250 })
    const last = await answerOf(await hasty.send(modernCall(2, 'endless'), options()))
    expect(last).toMatchObject({ error: { message: 'Server files did not answer in time' } })
  })

  test('F32: an answer beyond the limit is refused', async () => {
    const server = upstream({ tools: { big: { call: () => 'x'.repeat(5000) } } })
    const files = speak('modern', { url: server.url }, { maxAnswerBytes: 4096 })
    expect((await refusalOf(files.send(modernCall(1, 'big'), options()))).message).toContain(
      'too large',
    )
  })

  test.each([301, 302, 303, 307, 308])(
    'a redirect (%i) is refused, and its target sees nothing',
    async (status) => {
      const sentinel = upstream()
      const server = upstream({
        script: () => new Response(null, { status, headers: { location: sentinel.url } }),
      })
      const files = speak('modern', {
        url: server.url,
        credentialHeaders: { 'X-API-Key': 'secret' },
      })
      const { code, message } = await refusalOf(files.send(modernCall(1, 'x'), options()))
      expect(code).toBe('upstream_failed')
      expect(message).toContain('redirect')
      expect(sentinel.seen).toHaveLength(0)
    },
  )

  test('a call that was executed and not answered is not repeated (R24)', async () => {
    const server = startRawServer((reply, { requests }, socket) =>
      requests === 1
        ? reply(
            plainResponse(
              '{"jsonrpc":"2.0","id":1,"result":{}}',
              'Content-Type: application/json\r\n',
            ),
          )
        : socket.terminate(),
    )
    closing.push(server.close)
    const files = speak('modern', { url: `http://127.0.0.1:${server.port}/mcp` })
    await files.send(modernCall(1, 'x'), options())
    expect((await refusalOf(files.send(modernCall(1, 'x'), options()))).code).toBe(
      'upstream_failed',
    )
    expect(server.seen.requests).toHaveLength(2)
  })

  test('a slow and a dead server hurt only their own calls', async () => {
    const slow = upstream({ script: stall })
    const good = upstream()
    const sleeper = speak(
      'modern',
      { name: 'slow', url: slow.url, timeout: 60_000 },
      { maxSockets: 4, maxQueue: 4 },
    )
    const dead = speak('modern', { name: 'dead', url: 'http://127.0.0.1:1/' })
    const files = speak('modern', { url: good.url })
    const leaving = new AbortController()
    const stuck = Array.from({ length: 20 }, (_, id) =>
      refusalOf(sleeper.send(modernCall(id, 'x'), options(leaving.signal))),
    )
    const lost = Array.from({ length: 5 }, (_, id) =>
      refusalOf(dead.send(modernCall(id, 'x'), options())),
    )
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, id) => files.send(modernCall(id, 'echo', { id }), options())),
    )
    expect(await Promise.all(replies.map(textOf))).toEqual(replies.map((_, id) => `{"id":${id}}`))
    expect((await Promise.all(lost)).map(({ code }) => code)).toEqual(
      Array(5).fill('upstream_failed'),
    )
    // They hold their own connections until now.
    leaving.abort()
    const codes = (await Promise.all(stuck)).map(({ code }) => code)
    expect(codes.filter((code) => code === 'overloaded')).toHaveLength(12)
    expect(codes.filter((code) => code === 'client_left')).toHaveLength(8)
  })
})

describe('headers towards a server', () => {
  test('only the allow-list crosses; the gateway brings its own credential', async () => {
    const server = upstream()
    const files = speak('modern', {
      url: server.url,
      credentialHeaders: { Authorization: 'Bearer ours', Host: 'evil', 'Content-Length': '0' },
    })
    const client = {
      authorization: 'Bearer theirs',
      cookie: 'session=theirs',
      'proxy-authorization': 'theirs',
      'x-forwarded-for': '1.2.3.4',
      'x-api-key': 'theirs',
      'mcp-session-id': 'theirs',
      'mcp-method': 'tools/list',
      origin: 'http://theirs',
      host: 'theirs',
      connection: 'traceparent',
      'Mcp-Param-Region': 'eu',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'a=b',
      baggage: 'theirs',
    }
    await files.send(modernCall(1, 'echo'), { ...options(), headers: client })
    const headers = server.seen[0]?.headers ?? {}
    expect(JSON.stringify(server.seen[0]).includes('theirs')).toBe(false)
    expect(headers).toMatchObject({
      authorization: 'Bearer ours',
      'mcp-method': 'tools/call',
      'mcp-param-region': 'eu',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'a=b',
    })
    expect(headers).not.toHaveProperty('baggage')
    expect(headers.host).toBe(new URL(server.url).host)
  })
})
