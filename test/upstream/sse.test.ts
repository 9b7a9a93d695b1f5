import { afterEach, describe, expect, test } from 'bun:test'
import { buildNotification, buildRequest, type Message } from '../../src/core/json-rpc.ts'
import type { ServerEntry } from '../../src/core/server-entry.ts'
import { HTTP_LIMITS } from '../../src/upstream/http-endpoint.ts'
import { closedAfter } from '../support/closing.ts'
import { startRawServer } from '../support/raw-server.ts'
import { startSseServer } from '../support/sse-server.ts'
import { until } from '../support/until.ts'
import {
  answerOf,
  callTool,
  handshake,
  initialize,
  never,
  options,
  refusalOf,
  textOf,
  upstreamOf,
} from './conversations.ts'

const closing = closedAfter(afterEach)

const sseServer = async () => {
  const server = await startSseServer()
  closing.push(server.close)
  return server
}
const overSse = (given: Partial<ServerEntry>) => {
  const limits = { http: { ...HTTP_LIMITS, maxAnswerBytes: 100_000 } }
  return upstreamOf(closing, { transport: 'sse', ...given }, { limits })
}
const open = async (given: Partial<ServerEntry>) =>
  handshake(await overSse(given).open('legacy', never))

const response = (idText: string, result: unknown): Message => ({
  kind: 'response',
  text: `{"jsonrpc":"2.0","id":${idText},"result":${JSON.stringify(result)}}`,
  idText,
  method: undefined,
  params: undefined,
})

describe('a server of HTTP+SSE', () => {
  test('is legacy, and does what it does over the SDK’s own transport', async () => {
    const server = await sseServer()
    const upstream = overSse({ url: server.url })
    expect(await upstream.eras(never)).toEqual(['legacy'])
    const files = await handshake(await upstream.open('legacy', never))
    const list = await answerOf(await files.send(buildRequest('l', 'tools/list', {}), options()))
    expect(list).toMatchObject({ id: 'l', result: { tools: [{ name: 'echo' }, {}, {}, {}] } })
    expect(await textOf(await files.send(callTool(1, 'echo', { a: 1 }), options()))).toBe('{"a":1}')
    expect(upstream.health()).toMatchObject({ state: 'up', eras: ['legacy'] })
  })

  test('is found behind a server registered as http, after the questions of Streamable HTTP', async () => {
    const server = await sseServer()
    const upstream = overSse({ transport: 'http', url: server.url })
    expect(await upstream.eras(never)).toEqual(['legacy'])
    expect(server.seen).toEqual(['POST /sse', 'POST /sse', 'GET /sse'])
    const files = await handshake(await upstream.open('legacy', never))
    expect(await textOf(await files.send(callTool(1, 'echo'), options()))).toBe('{}')
  })

  test('streams progress and asks its client in the middle of a call', async () => {
    const files = await open({ url: (await sseServer()).url })
    const params = { name: 'progress', arguments: { a: 1 }, _meta: { progressToken: 'p' } }
    const moving = await files.send(buildRequest(1, 'tools/call', params), options())
    if (moving.kind !== 'stream') throw new Error('not a stream')
    const texts = (await Array.fromAsync(moving.events)).map(({ data }) => JSON.parse(data))
    expect(texts).toMatchObject([{ params: { progressToken: 'p' } }, { id: 1 }])

    const asking = await files.send(callTool(2, 'ask'), options())
    if (asking.kind !== 'stream') throw new Error('not a stream')
    const reader = asking.events.getReader()
    const question = JSON.parse((await reader.read()).value?.data ?? '')
    expect(question.method).toBe('elicitation/create')
    const id = JSON.stringify(question.id)
    await files.send(response(id, { action: 'accept', content: {} }), options())
    const answer = JSON.parse((await reader.read()).value?.data ?? '')
    expect(JSON.parse(answer.result.content[0].text)).toEqual({ action: 'accept', content: {} })
  })

  test('tells its listener what belongs to no request', async () => {
    const server = await sseServer()
    const files = await open({ url: server.url })
    const stream = await files.listen(undefined, options())
    if (stream.kind !== 'stream') throw new Error('not a stream')
    await server.announce()
    const { value } = await stream.events.getReader().read()
    expect(value?.data).toContain('notifications/tools/list_changed')
  })

  test('has one session for each conversation, so that equal ids never meet', async () => {
    const server = await sseServer()
    const upstream = overSse({ url: server.url })
    const both = await Promise.all(
      [1, 2].map(async () => handshake(await upstream.open('legacy', never))),
    )
    expect(server.sessions()).toBe(2)
    const replies = await Promise.all(
      both.map((files, mark) => files.send(callTool(1, 'echo', { mark }), options())),
    )
    expect(await Promise.all(replies.map(textOf))).toEqual(['{"mark":0}', '{"mark":1}'])
    await both[0]?.close()
    await until(() => server.sessions() === 1)
    expect(await textOf(await both[1]!.send(callTool(2, 'echo'), options()))).toBe('{}')
  })

  test('a stream that ends takes the calls under way with it, and the next one begins anew', async () => {
    const server = await sseServer()
    const files = await open({ url: server.url })
    const running = refusalOf(files.send(callTool(1, 'silent'), options()))
    await until(() => server.seen.filter((line) => line === 'POST /messages').length === 3)
    await server.cut()
    expect(await running).toEqual({
      code: 'upstream_failed',
      message: 'Server files ended its event stream',
    })
    expect(await textOf(await files.send(callTool(2, 'echo', { b: 2 }), options()))).toBe('{"b":2}')
    expect(server.sessions()).toBe(1)
  })

  test('a call that is not answered in time ends, and is cancelled at the server', async () => {
    const server = await sseServer()
    const files = await open({ url: server.url, timeout: 300 })
    const { code } = await refusalOf(files.send(callTool(1, 'silent'), options()))
    expect(code).toBe('upstream_timed_out')
    await until(() => server.seen.filter((line) => line === 'POST /messages').length === 4)
  })
})

describe('a bad server of HTTP+SSE', () => {
  // So that the first question is the test's own.
  const PINNED = { protocolVersion: '2024-11-05' }
  const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n'
  /** Says `first` on the stream, and on every POST what `onPost` makes of its id. */
  const bad = (
    first: string,
    onPost: (id: string, method: string) => string | number = () => '',
  ) => {
    let say: (text: string, end?: boolean) => void = () => undefined
    const server = startRawServer((reply, _connection, socket) => {
      const request = server.seen.requests.at(-1) ?? ''
      if (request.startsWith('GET')) {
        say = reply
        return reply(HEAD + first)
      }
      const id = /"id":("[^"]*"|\d+)/.exec(request)?.[1] ?? ''
      const method = /"method":"([^"]+)"/.exec(request)?.[1] ?? ''
      const event = onPost(id, method)
      if (typeof event === 'number') {
        reply(`HTTP/1.1 ${event} X\r\nContent-Length: 0\r\n\r\n`)
        return
      }
      reply('HTTP/1.1 202 Accepted\r\nContent-Length: 8\r\n\r\nAccepted')
      if (event === 'cut') say('', true)
      else say(event)
      return void socket
    })
    closing.push(server.close)
    return { url: `http://127.0.0.1:${server.port}/sse`, seen: server.seen }
  }
  const ENDPOINT = 'event: endpoint\ndata: /messages?s=1\n\n'
  const data = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`
  const opened = (id: string) =>
    data({ jsonrpc: '2.0', id: JSON.parse(id || '0'), result: { protocolVersion: '2024-11-05' } })
  /** Behaves until the call. */
  const atCall = (call: (id: string) => string | number) => (id: string, method: string) => {
    if (method === 'initialize') return opened(id)
    return method === 'tools/call' ? call(id) : ''
  }

  test.each([
    ['https://evil.example/messages', 'another origin'],
    ['http://127.0.0.1:1/messages', 'another origin'],
    ['//evil.example/x', 'another origin'],
    ['http://[', 'another origin'],
  ])('an endpoint at %s is not contacted', async (reference, sentence) => {
    const { url, seen } = bad(`event: endpoint\ndata: ${reference}\n\n`)
    const files = await overSse({ url, ...PINNED }).open('legacy', never)
    const { code, message } = await refusalOf(files.send(initialize(), options()))
    expect(code).toBe('upstream_failed')
    expect(message).toContain(`Server files named an endpoint of ${sentence}`)
    expect(seen.requests).toHaveLength(1)
  })

  test.each([
    ['never names an endpoint', ':\n\n', 'did not answer in time'],
    ['names it too late', `data: ${'x'.repeat(150_000)}`, 'unreadable event stream'],
  ])('a stream that %s is refused within the deadline', async (_name, first, sentence) => {
    const { url } = bad(first)
    const files = await overSse({ url, timeout: 60, ...PINNED }).open('legacy', never)
    const { message } = await refusalOf(files.send(initialize(), options()))
    expect(message).toStartWith('Server files ')
    expect(message).toContain(sentence)
  })

  test.each<[string, (id: string) => string | number, string, string]>([
    ['a wrong id', () => data({ jsonrpc: '2.0', id: 99, result: {} }), 'upstream_timed_out', ''],
    ['no answer', () => '', 'upstream_timed_out', ''],
    ['garbage', () => 'data: {"half\n\n', 'upstream_failed', 'could not be read'],
    ['a cut stream', () => 'cut', 'upstream_failed', 'ended its event stream'],
    ['HTTP 500', () => 500, 'upstream_failed', 'HTTP 500'],
    ['HTTP 403', () => 403, 'upstream_failed', 'credentials'],
    ['a redirect', () => 307, 'upstream_failed', 'redirect'],
    [
      'a huge event',
      () => `data: ${'x'.repeat(150_000)}\n\n`,
      'upstream_failed',
      'ended its event',
    ],
  ])('a call answered with %s ends with an error that says so', async (_name, call, code, why) => {
    const { url } = bad(ENDPOINT, atCall(call))
    const files = await open({ url, timeout: 1000, ...PINNED })
    const refused = await refusalOf(files.send(callTool(1, 'x'), options()))
    expect(refused.code).toBe(code)
    expect(refused.message).toStartWith('Server files ')
    expect(refused.message).toContain(why)
    expect(refused.message).not.toMatch(/127\.0\.0\.1|http:/)
  })

  test('two answers to one call are one, and a flood that nobody asked for is dropped', async () => {
    const note = data({ jsonrpc: '2.0', method: 'notifications/message', params: { data: 'x' } })
    const { url } = bad(
      ENDPOINT,
      atCall((id) => {
        const answer = data({ jsonrpc: '2.0', id: Number(id), result: { first: true } })
        return answer + answer.replace('true', 'false') + note.repeat(20_000)
      }),
    )
    const files = await open({ url, ...PINNED })
    const reply = await answerOf(await files.send(callTool(1, 'x'), options()))
    expect(reply).toEqual({ jsonrpc: '2.0', id: 1, result: { first: true } })
    expect(await answerOf(await files.send(callTool(2, 'x'), options()))).toMatchObject({ id: 2 })
    const stream = await files.listen(undefined, options())
    if (stream.kind !== 'stream') throw new Error('not a stream')
    const reader = stream.events.getReader()
    let kept = 0
    await files.close()
    for (let next = await reader.read(); !next.done; next = await reader.read()) kept++
    expect(kept).toBeLessThanOrEqual(64)
  })

  test('one bad answer leaves another call of the session alone', async () => {
    const pending: string[] = []
    const { url } = bad(
      ENDPOINT,
      atCall((id) => {
        pending.push(id)
        if (pending.length < 2) return ''
        return `data: {"half\n\n${pending
          .map((each) => data({ jsonrpc: '2.0', id: Number(each), result: { each } }))
          .join('')}`
      }),
    )
    const files = await open({ url, ...PINNED })
    const replies = await Promise.all([
      files.send(callTool(1, 'x'), options()),
      files.send(callTool(2, 'x'), options()),
    ])
    expect((await Promise.all(replies.map(answerOf))).map(({ id }) => id)).toEqual([1, 2])
  })

  test('the client’s cancellation ends the wait without an answer', async () => {
    const { url, seen } = bad(
      ENDPOINT,
      atCall(() => ''),
    )
    const files = await open({ url, ...PINNED })
    const running = files.send(callTool(5, 'x'), options())
    await until(() => seen.requests.some((text) => text.includes('tools/call')))
    await files.send(buildNotification('notifications/cancelled', { requestId: 5 }), options())
    const reply = await running
    if (reply.kind !== 'stream') throw new Error('not a stream')
    expect(await Array.fromAsync(reply.events)).toEqual([])
  })
})
