import { afterEach, describe, expect, test } from 'bun:test'
import { buildNotification, buildRequest, type Message } from '../../src/core/json-rpc.ts'
import { closedAfter } from '../support/closing.ts'
import { until } from '../support/until.ts'
import { answer, sse, stall, startUpstream, type UpstreamOptions } from '../support/upstream.ts'
import {
  answerOf,
  callTool,
  handshake,
  initialize,
  messagesOf,
  never,
  options,
  refusalOf,
  textOf,
  upstreamOf,
} from './conversations.ts'

const closing = closedAfter(afterEach)

const start = (given: UpstreamOptions = {}) => {
  const server = startUpstream(given)
  closing.push(server.close)
  const entry = { url: server.url, protocolVersion: '2025-11-25', stateless: true } as const
  const upstream = upstreamOf(closing, entry)
  return { server, open: () => upstream.open('legacy', never) }
}
const respond = (id: unknown): Message => ({
  kind: 'response',
  text: JSON.stringify({ jsonrpc: '2.0', id, result: { action: 'accept' } }),
  idText: JSON.stringify(id),
  method: undefined,
  params: undefined,
})

describe('a server that is declared stateless', () => {
  test('has one session for all clients alike, whose equal ids never meet', async () => {
    const { server, open } = start()
    const clients = await Promise.all(
      Array.from({ length: 20 }, async () => handshake(await open())),
    )
    expect(server.received('initialize')).toHaveLength(1)
    expect(server.received('notifications/initialized')).toHaveLength(1)
    const replies = await Promise.all(
      clients.map((client, mark) => client.send(callTool('same', 'echo', { mark }), options())),
    )
    for (const [mark, reply] of replies.entries()) {
      expect(await answerOf(reply)).toMatchObject({ id: 'same' })
      expect(await textOf(reply)).toBe(`{"mark":${mark}}`)
    }
    const ids = server.calls().map(({ message }) => message.id)
    expect(new Set(ids).size).toBe(20)
  })

  test('answers each initialize under its own id; other abilities are another session', async () => {
    const { server, open } = start()
    const first = await (await open()).send(initialize('a'), options())
    const second = await (await open()).send(initialize(12), options())
    expect(await answerOf(first)).toMatchObject({
      id: 'a',
      result: { protocolVersion: '2025-11-25' },
    })
    expect(await answerOf(second)).toMatchObject({ id: 12 })
    const params = { protocolVersion: '2025-11-25', capabilities: { sampling: {} } }
    await (await open()).send(buildRequest(1, 'initialize', params), options())
    expect(server.received('initialize')).toHaveLength(2)
  })

  test('is left when the last of its clients leaves', async () => {
    const { server, open } = start()
    const [one, two] = [await handshake(await open()), await handshake(await open())]
    await one.close()
    expect(server.sessions.size).toBe(1)
    expect(await textOf(await two.send(callTool(1, 'echo'), options()))).toBe('{}')
    await two.close()
    expect(server.sessions.size).toBe(0)
    expect((await refusalOf(two.send(callTool(2, 'echo'), options()))).code).toBe(
      'session_not_found',
    )
  })

  test('progress comes under the client’s own token, and a cancellation names the right request', async () => {
    const { server, open } = start({
      script: (seen) => {
        if (seen.message.method !== 'tools/call') return undefined
        if (seen.text.includes('"slow"')) return stall(seen)
        const { progressToken } = (seen.message.params as { _meta: { progressToken: unknown } })
          ._meta
        const params = { progressToken, progress: 1 }
        return sse([
          { jsonrpc: '2.0', method: 'notifications/progress', params },
          answer(seen, { content: [] }),
        ])
      },
    })
    const client = await handshake(await open())
    const params = { name: 'x', _meta: { progressToken: 'mine' } }
    const reply = await client.send(buildRequest(1, 'tools/call', params), options())
    expect(await messagesOf(reply)).toMatchObject([
      { params: { progressToken: 'mine' } },
      { id: 1 },
    ])

    const running = client.send(callTool(9, 'slow'), options())
    await until(() => server.calls('slow').length === 1)
    await client.send(buildNotification('notifications/cancelled', { requestId: 9 }), options())
    expect(await messagesOf(await running)).toEqual([])
    const [sent] = server.received('notifications/cancelled')
    expect(sent?.message.params).toEqual({ requestId: server.calls('slow')[0]?.message.id })
    // Nobody cancels what is not his.
    await client.send(buildNotification('notifications/cancelled', { requestId: 1 }), options())
    expect(server.received('notifications/cancelled')).toHaveLength(1)
  })

  test('nobody answers the question that another client was asked', async () => {
    const question = { jsonrpc: '2.0', id: 'q', method: 'elicitation/create', params: {} }
    const { server, open } = start({
      script: (seen) =>
        seen.message.method === 'tools/call' ? sse([question], { end: 'open' }) : undefined,
    })
    const [asked, other] = [await handshake(await open()), await handshake(await open())]
    const reply = await asked.send(callTool(1, 'x'), options())
    if (reply.kind !== 'stream') throw new Error('not a stream')
    const reader = reply.events.getReader()
    expect((await reader.read()).value?.data).toContain('"q"')
    const answered = () => server.seen.filter(({ text }) => text.includes('accept'))
    await other.send(respond('q'), options())
    expect(answered()).toHaveLength(0)
    await asked.send(respond('q'), options())
    await asked.send(respond('q'), options())
    expect(answered()).toHaveLength(1)
    await reader.cancel()
  })

  test('has no stream that belongs to no request', async () => {
    const { open } = start()
    const client = await handshake(await open())
    expect((await refusalOf(client.listen(undefined, options()))).code).toBe('method_not_allowed')
  })

  test('outlives the server’s session like any other', async () => {
    const { server, open } = start()
    const client = await handshake(await open())
    server.forgetSessions()
    expect(await textOf(await client.send(callTool(1, 'echo'), options()))).toBe('{}')
  })
})
