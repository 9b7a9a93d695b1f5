import { afterEach, describe, expect, test } from 'bun:test'
import { buildNotification, buildRequest } from '../../src/core/json-rpc.ts'
import { closedAfter } from '../support/closing.ts'
import { until } from '../support/until.ts'
import { type Seen, startUpstream, type UpstreamOptions } from '../support/upstream.ts'
import {
  answerOf,
  callTool,
  handshake,
  never,
  options,
  refusalOf,
  textOf,
  upstreamOf,
} from './conversations.ts'

const closing = closedAfter(afterEach)

const open = async (given: UpstreamOptions = {}) => {
  const server = startUpstream(given)
  closing.push(server.close)
  const upstream = upstreamOf(closing, { url: server.url, protocolVersion: '2025-11-25' })
  return { server, files: await handshake(await upstream.open('legacy', never)) }
}
const methodsOf = (seen: readonly Seen[]) =>
  seen.filter(({ verb }) => verb === 'POST').map(({ message }) => message.method)

describe('a server that forgot its session', () => {
  test('is told the client’s own initialize again, and asked what it refused', async () => {
    const { server, files } = await open()
    const [first] = server.seen
    server.forgetSessions()
    server.seen.length = 0
    const reply = await files.send(callTool(7, 'echo', { a: 1 }), options())
    expect(await answerOf(reply)).toMatchObject({ id: 7 })
    expect(methodsOf(server.seen)).toEqual([
      'tools/call',
      'initialize',
      'notifications/initialized',
      'tools/call',
    ])
    expect(server.seen[1]?.text).toBe(first?.text ?? '')
    expect(server.seen[1]?.headers).not.toHaveProperty('mcp-session-id')
    const [session] = server.sessions
    expect(server.seen[3]?.headers['mcp-session-id']).toBe(session ?? '')
  })

  test('has one new session for all calls that met the old one', async () => {
    const { server, files } = await open()
    server.forgetSessions()
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, id) => files.send(callTool(id, 'echo', { id }), options())),
    )
    expect(await Promise.all(replies.map(textOf))).toEqual(replies.map((_, id) => `{"id":${id}}`))
    expect(server.received('initialize')).toHaveLength(2)
    expect(server.sessions.size).toBe(1)
  })

  test('learns the log level and the subscriptions again, and no others', async () => {
    const { server, files } = await open({
      script: ({ message }) => (String(message.method).includes('subscribe') ? {} : undefined),
    })
    const ask = async (id: number, method: string, params: Record<string, unknown>) =>
      files.send(buildRequest(id, method, params), options())
    await ask(1, 'logging/setLevel', { level: 'info' })
    await ask(2, 'logging/setLevel', { level: 'debug' })
    await ask(3, 'resources/subscribe', { uri: 'test://a' })
    await ask(4, 'resources/subscribe', { uri: 'test://b' })
    await ask(5, 'resources/unsubscribe', { uri: 'test://a' })
    server.forgetSessions()
    server.seen.length = 0
    await ask(6, 'ping', {})
    const again = server.seen.filter(({ text }) => text.includes('datacline-again'))
    expect(again.map(({ message }) => [message.method, message.params])).toEqual([
      ['logging/setLevel', { level: 'debug' }],
      ['resources/subscribe', { uri: 'test://b' }],
    ])
  })

  test('is listened to again', async () => {
    const { server, files } = await open()
    server.forgetSessions()
    const stream = await files.listen('41', options())
    expect(stream.kind).toBe('stream')
    const last = server.seen.at(-1)
    expect(last?.verb).toBe('GET')
    expect(last?.headers).not.toHaveProperty('last-event-id')
  })

  test('what meant something in the old session only is not sent into the new one', async () => {
    const { server, files } = await open()
    server.forgetSessions()
    const cancel = buildNotification('notifications/cancelled', { requestId: 3 })
    expect(await files.send(cancel, options())).toEqual({ kind: 'accepted' })
    expect(server.received('notifications/cancelled')).toHaveLength(1)
    await files.send(callTool(1, 'echo'), options())
    expect(server.received('initialize')).toHaveLength(2)
  })

  test.each([
    ['another version', { protocolVersion: '2025-06-18', capabilities: { tools: {} } }],
    ['other abilities', { protocolVersion: '2025-11-25', capabilities: {} }],
  ])('and has become another (%s) is for the client to initialize', async (_name, result) => {
    let changed = false
    const { server, files } = await open({
      script: (seen) => {
        if (seen.message.method !== 'initialize' || !changed) return undefined
        return Response.json(
          { jsonrpc: '2.0', id: seen.message.id, result },
          { headers: { 'mcp-session-id': 'new' } },
        )
      },
    })
    changed = true
    server.forgetSessions()
    const refused = await refusalOf(files.send(callTool(1, 'echo'), options()))
    expect(refused.code).toBe('session_not_found')
    expect(server.calls()).toHaveLength(1)
    await until(() => server.seen.some(({ verb }) => verb === 'DELETE'))
  })

  test('is asked once more and not for ever', async () => {
    const { server, files } = await open({
      script: ({ message }) =>
        message.method === 'tools/call' ? new Response(null, { status: 404 }) : undefined,
    })
    const refused = await refusalOf(files.send(callTool(1, 'echo'), options()))
    expect(refused.code).toBe('session_not_found')
    expect(server.calls()).toHaveLength(2)
  })

  test('a call that may have run is never sent again', async () => {
    const { server, files } = await open({
      script: ({ message }) =>
        message.method === 'tools/call' ? new Response('boom', { status: 500 }) : undefined,
    })
    expect((await refusalOf(files.send(callTool(1, 'echo'), options()))).code).toBe(
      'upstream_failed',
    )
    expect(server.calls()).toHaveLength(1)
    expect(server.received('initialize')).toHaveLength(1)
  })

  test('a session that its client has ended stays ended', async () => {
    const { server, files } = await open()
    await files.close()
    server.forgetSessions()
    expect((await refusalOf(files.send(callTool(1, 'echo'), options()))).code).toBe(
      'session_not_found',
    )
    expect(server.received('initialize')).toHaveLength(1)
  })
})
