import { afterEach, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Conversation, Reply } from '../../../src/core/conversation.ts'
import { buildRequest, isObject, type JsonObject } from '../../../src/core/json-rpc.ts'
import { META } from '../../../src/core/protocol.ts'
import type { ServerEntry } from '../../../src/core/server-entry.ts'
import {
  MODERN_OVER_LEGACY_LIMITS,
  type ModernOverLegacyLimits,
} from '../../../src/era/bridge/modern-over-legacy/limits.ts'
import { createModernOverLegacy } from '../../../src/era/bridge/modern-over-legacy.ts'
import { createSeal } from '../../../src/lib/seal.ts'
import { closedAfter } from '../../support/closing.ts'
import { until } from '../../support/until.ts'
import { answer, sse, stall, startUpstream, type UpstreamOptions } from '../../support/upstream.ts'
import {
  answerOf,
  messagesOf,
  modernRequest,
  never,
  refusalOf,
  textOf,
  upstreamOf,
} from '../../upstream/conversations.ts'
import { ELICIT, ROOTS, SAMPLE, startAskingServer } from './asking-server.ts'

const closing = closedAfter(afterEach)

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const STDIO_SERVER = join(import.meta.dir, '../../support/upstream-stdio.ts')

const bridgeTo = (server: Partial<ServerEntry>, limits: Partial<ModernOverLegacyLimits> = {}) => {
  const clock = { now: 0 }
  const now = () => clock.now
  const entry = { timeout: 20_000, protocolVersion: '2025-11-25', ...server }
  const upstream = upstreamOf(closing, entry, { environment: { PATH: process.env.PATH } })
  const bridge = createModernOverLegacy(
    upstream,
    {
      now,
      newId: () => crypto.randomUUID(),
      seal: createSeal(now),
      gateway: { name: 'datacline', version: '9.9.9' },
    },
    { ...MODERN_OVER_LEGACY_LIMITS, ...limits },
  )
  upstream.beforeClose?.(bridge.end)
  return { bridge, clock, takeAway: upstream.close }
}

const serve = (options: UpstreamOptions = {}, limits?: Partial<ModernOverLegacyLimits>) => {
  const upstream = startUpstream({ ...options, eras: ['legacy'] })
  closing.push(upstream.close)
  return { upstream, ...bridgeTo({ url: upstream.url }, limits) }
}
const serveAsking = (options?: UpstreamOptions, limits?: Partial<ModernOverLegacyLimits>) => {
  const upstream = startAskingServer(options)
  closing.push(upstream.close)
  return { upstream, ...bridgeTo({ url: upstream.url }, limits) }
}

type From = Readonly<{ owner?: string; signal?: AbortSignal }>
const from = ({ owner = 'issuer|ada', signal = never }: From = {}) => ({
  owner,
  signal,
  headers: {},
})

const ABLE = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} }
const withCapabilities = (capabilities: JsonObject, params: JsonObject = {}) => ({
  ...params,
  _meta: { ...(params._meta as JsonObject), [META.clientCapabilities]: capabilities },
})
const call = (
  id: string | number,
  name: string,
  args: JsonObject = {},
  capabilities: JsonObject = {},
  more: JsonObject = {},
) =>
  modernRequest(
    id,
    'tools/call',
    withCapabilities(capabilities, { name, arguments: args, ...more }),
  )
const initializations = (upstream: ReturnType<typeof startUpstream>) =>
  upstream.received('initialize').map(({ message }) => message.params as JsonObject)

describe('a legacy server as a modern client sees it', () => {
  test('server/discover tells what initialize told', async () => {
    const { bridge } = serve()
    const message = modernRequest(1, 'server/discover')
    const { result } = await answerOf(await bridge.send(message, from()))
    expect(result).toEqual({
      resultType: 'complete',
      supportedVersions: ['2026-07-28'],
      capabilities: { tools: { listChanged: true } },
      instructions: 'Test server',
      ttlMs: 0,
      cacheScope: 'private',
      _meta: { [META.serverInfo]: { name: 'test-upstream', version: '1' } },
    })
  })

  test('results are complete, lists are private and stale at once', async () => {
    const { bridge } = serve()
    const list = await answerOf(await bridge.send(modernRequest(1, 'tools/list'), from()))
    expect(list.result).toMatchObject({
      resultType: 'complete',
      ttlMs: 0,
      cacheScope: 'private',
      tools: [{ name: 'echo' }],
      _meta: { [META.serverInfo]: { name: 'test-upstream', version: '1' } },
    })
    const called = await answerOf(await bridge.send(call(2, 'echo'), from()))
    expect(called.result).toMatchObject({ resultType: 'complete' })
    expect(called.result).not.toHaveProperty('ttlMs')
  })

  test('the server sees no envelope, and every value of the client', async () => {
    const { bridge, upstream } = serve()
    const id = '12345678901234567890'
    const envelope = JSON.stringify({
      [META.protocolVersion]: '2026-07-28',
      [META.clientCapabilities]: {},
      [META.clientInfo]: { name: 'x', version: '1' },
      'com.example/own': 1,
      traceparent: TRACE,
    })
    const params = `{"name":"echo","arguments":{"n":9007199254740993,"e":1e400},"x":[-0],"_meta":${envelope}}`
    const text = `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":${params}}`
    const message = { ...buildRequest(0, 'tools/call', JSON.parse(params)), text, idText: id }
    const reply = await bridge.send(message, from())
    expect(reply.kind === 'single' && reply.text).toStartWith(`{"jsonrpc":"2.0","id":${id},`)
    const sent = upstream.calls()[0]?.text ?? ''
    expect(sent).toContain('{"n":9007199254740993,"e":1e400}')
    expect(sent).toContain('"x":[-0]')
    expect(JSON.parse(sent).params._meta).toEqual({ 'com.example/own': 1, traceparent: TRACE })
  })

  test('numbers and unknown members of the answer survive', async () => {
    const body = '{"content":[{"type":"new","v":18446744073709551615}],"odd":{"a":1.0}}'
    const { bridge } = serve({
      script: ({ message }) =>
        message.method === 'tools/call'
          ? new Response(`{"jsonrpc":"2.0","id":${message.id},"result":${body}}`, {
              headers: { 'content-type': 'application/json' },
            })
          : undefined,
    })
    const reply = await bridge.send(call('a', 'echo'), from())
    const text = reply.kind === 'single' ? reply.text : ''
    expect(text).toContain('"content":[{"type":"new","v":18446744073709551615}],"odd":{"a":1.0}')
    expect(text).toContain('"id":"a"')
  })

  test('an answer that is nested too deeply to be written again fails the call, and nobody waits', async () => {
    const body = `{"content":[],"deep":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    const { bridge } = serve({
      script: ({ message }) =>
        message.method === 'tools/call'
          ? new Response(`{"jsonrpc":"2.0","id":${message.id},"result":${body}}`, {
              headers: { 'content-type': 'application/json' },
            })
          : undefined,
    })
    expect(await refusalOf(bridge.send(call('a', 'echo'), from()))).toMatchObject({
      code: 'upstream_failed',
    })
  })

  test('two clients with the same id and token get each their own', async () => {
    const { bridge } = serve({
      script: ({ message }) => {
        const params = message.params
        if (message.method !== 'tools/call' || !isObject(params)) return undefined
        const progressToken = (params._meta as JsonObject).progressToken
        const step = { progressToken, progress: Number((params.arguments as JsonObject).n) }
        return sse([
          { jsonrpc: '2.0', method: 'notifications/progress', params: step },
          {
            jsonrpc: '2.0',
            id: message.id,
            result: { content: [{ text: String(step.progress) }] },
          },
        ])
      },
    })
    const tokens = ['t', 7]
    const replies = await Promise.all(
      Array.from({ length: 10 }, async (_, n) => {
        const message = call(1, 'x', { n }, {}, { _meta: { progressToken: tokens[n % 2] } })
        return messagesOf(await bridge.send(message, from()))
      }),
    )
    for (const [n, [progress, last]] of replies.entries()) {
      expect(progress?.params).toEqual({ progressToken: tokens[n % 2], progress: n })
      expect(last).toMatchObject({ id: 1, result: { content: [{ text: String(n) }] } })
    }
  })

  test('a resource that is not there has the modern code, and keeps its URI', async () => {
    const { bridge } = serve({
      script: ({ message }) =>
        message.method === 'resources/read'
          ? Response.json({
              jsonrpc: '2.0',
              id: message.id,
              error: { code: -32002, message: 'Resource not found' },
            })
          : undefined,
    })
    const message = modernRequest(1, 'resources/read', { uri: 'test://x' })
    expect(await answerOf(await bridge.send(message, from()))).toEqual({
      jsonrpc: '2.0',
      id: 1,
      error: { code: -32602, message: 'Resource not found', data: { uri: 'test://x' } },
    })
  })
})

describe('sessions', () => {
  test('each is opened with exactly what its requests declared', async () => {
    const { bridge, upstream } = serve()
    await bridge.send(call(1, 'echo', {}, { roots: {} }), from())
    await bridge.send(call(2, 'echo', {}, { sampling: { tools: {} } }), from())
    await bridge.send(call(3, 'echo', {}, { roots: {} }), from())
    expect(initializations(upstream)).toEqual([
      expect.objectContaining({ capabilities: { roots: {} } }),
      expect.objectContaining({
        capabilities: { sampling: { tools: {} } },
        clientInfo: { name: 'datacline', version: '9.9.9' },
      }),
    ])
  })

  test('one principal never uses another’s', async () => {
    const { bridge, upstream } = serve()
    await bridge.send(call(1, 'echo'), from({ owner: 'a' }))
    await bridge.send(call(1, 'echo'), from({ owner: 'b' }))
    await bridge.send(call(1, 'echo'), from({ owner: 'a' }))
    const ids = upstream.calls().map(({ headers }) => headers['mcp-session-id'])
    expect(new Set(ids).size).toBe(2)
    expect(ids[0]).toBe(ids[2])
  })

  test('one that the server forgot is opened anew, and the call is made once', async () => {
    let calls = 0
    const { bridge, upstream } = serve({ tools: { count: { call: () => String(++calls) } } })
    expect(await textOf(await bridge.send(call(1, 'count'), from()))).toBe('1')
    upstream.forgetSessions()
    expect(await textOf(await bridge.send(call(2, 'count'), from()))).toBe('2')
    expect(initializations(upstream)).toHaveLength(2)
    expect(calls).toBe(2)
  })

  test('unused ones end, and one principal cannot hold too many', async () => {
    const { bridge, upstream, clock } = serve({}, { sessions: 2, idle: 1000 })
    const hold = new AbortController()
    closing.push(() => hold.abort())
    const listen = (name: string) =>
      bridge.send(
        modernRequest(1, 'subscriptions/listen', {
          notifications: {},
          ...withCapabilities({ experimental: { [name]: {} } }),
        }),
        from({ signal: hold.signal }),
      )
    await listen('a')
    await listen('b')
    expect(await refusalOf(listen('c'))).toMatchObject({ code: 'overloaded' })
    expect(upstream.sessions.size).toBe(2)
    hold.abort()
    clock.now = 1001
    await bridge.send(call(1, 'echo'), from({ owner: 'other' }))
    await until(() => upstream.sessions.size === 1)
  })

  test('are ended at the server when it is taken away', async () => {
    const { bridge, upstream, takeAway } = serve()
    await bridge.send(call(1, 'echo'), from())
    expect(upstream.sessions.size).toBe(1)
    await takeAway()
    expect(upstream.sessions.size).toBe(0)
  })

  test('a server that refuses to initialize is told of at once', async () => {
    const { bridge } = serve({
      script: ({ message }) =>
        message.method === 'initialize'
          ? Response.json({ jsonrpc: '2.0', id: message.id, error: { code: -1, message: 'no' } })
          : undefined,
    })
    expect(await refusalOf(bridge.send(call(1, 'echo'), from()))).toEqual({
      code: 'upstream_failed',
      message: 'Server files refused to initialize',
    })
  })
})

describe('log messages', () => {
  const narrating = () =>
    serve({
      script: (seen) => {
        const { id, method } = seen.message
        if (method === 'initialize') {
          return {
            protocolVersion: '2025-11-25',
            capabilities: { logging: {}, tools: {} },
            serverInfo: { name: 'n', version: '1' },
          }
        }
        if (method === 'logging/setLevel') return {}
        if (method !== 'tools/call') return new Response(null, { status: 202 })
        const log = (level: string) => ({
          jsonrpc: '2.0',
          method: 'notifications/message',
          params: { level, data: level },
        })
        return sse([
          ...['debug', 'warning', 'error'].map(log),
          { jsonrpc: '2.0', id, result: { content: [] } },
        ])
      },
    })
  const heard = async (reply: Reply) =>
    (await messagesOf(reply))
      .filter(({ method }) => method === 'notifications/message')
      .map(({ params }) => (params as JsonObject).level)

  test('come from the level on that the request names', async () => {
    const { bridge, upstream } = narrating()
    const message = call(1, 'tell', {}, {}, { _meta: { [META.logLevel]: 'warning' } })
    expect(await heard(await bridge.send(message, from()))).toEqual(['warning', 'error'])
    expect(upstream.received('logging/setLevel')[0]?.message.params).toEqual({ level: 'warning' })
  })

  test('do not come without a level, and an unknown level is refused', async () => {
    const { bridge, upstream } = narrating()
    expect(await heard(await bridge.send(call(1, 'tell'), from()))).toEqual([])
    expect(upstream.received('logging/setLevel')).toHaveLength(0)
    const wrong = call(2, 'tell', {}, {}, { _meta: { [META.logLevel]: 'loud' } })
    expect(await refusalOf(bridge.send(wrong, from()))).toMatchObject({ code: 'invalid_params' })
  })
})

describe('a client that leaves', () => {
  test('is told of upstream as a cancellation', async () => {
    const upstream = startAskingServer({
      script: (seen) => (isCall(seen) ? stall(seen) : undefined),
    })
    closing.push(upstream.close)
    const { bridge } = bridgeTo({ url: upstream.url })
    const client = new AbortController()
    const sent = refusalOf(bridge.send(call('mine', 'slow'), from({ signal: client.signal })))
    await until(() => upstream.calls().length === 1)
    client.abort()
    expect(await sent).toMatchObject({ code: 'client_left' })
    await until(() => upstream.cancelled().length === 1)
    const { id } = upstream.calls()[0]?.message ?? {}
    expect(upstream.cancelled()[0]?.params).toMatchObject({ requestId: id })
  })

  test('by cancelling the stream does the same', async () => {
    const step = { jsonrpc: '2.0', method: 'notifications/progress', params: {} }
    const upstream = startAskingServer({
      script: ({ message }) => {
        if (message.method !== 'tools/call') return undefined
        const { progressToken } = (message.params as { _meta: JsonObject })._meta
        return sse([{ ...step, params: { progressToken, progress: 1 } }], { end: 'open' })
      },
    })
    closing.push(upstream.close)
    const { bridge } = bridgeTo({ url: upstream.url })
    const message = call(1, 'slow', {}, {}, { _meta: { progressToken: 1 } })
    const reply = await bridge.send(message, from())
    if (reply.kind !== 'stream') throw new Error('not a stream')
    await reply.events.cancel()
    await until(() => upstream.cancelled().length === 1)
  })
})

const isCall = ({ message }: { message: JsonObject }) => message.method === 'tools/call'

type Asking = Readonly<{
  requestState: string
  inputRequests: Record<string, { method: string; params?: JsonObject }>
}>

const asked = async (reply: Reply): Promise<Asking> => {
  const { result } = await answerOf(reply)
  expect(result).toMatchObject({ resultType: 'input_required' })
  return result as Asking
}
const keyOf = ({ inputRequests }: Asking, method: string): string =>
  Object.entries(inputRequests).find(([, request]) => request.method === method)?.[0] ?? ''

const YES = { action: 'accept', content: { sure: true } }
const ask = (rounds: unknown, more: JsonObject = {}, id: string | number = 1) =>
  call(id, 'ask', { rounds }, ABLE, more)
const retry = (rounds: unknown, asking: Asking, responses: JsonObject, id: string | number = 2) =>
  ask(rounds, { inputResponses: responses, requestState: asking.requestState }, id)

describe('a call during which the server asks', () => {
  test('is parked, and goes on with the answers', async () => {
    const { bridge, upstream } = serveAsking()
    const rounds = [[ELICIT], [ROOTS]]
    const first = await asked(await bridge.send(ask(rounds), from()))
    const key = keyOf(first, 'elicitation/create')
    expect(first.inputRequests).toEqual({ [key]: ELICIT })
    const second = await asked(
      await bridge.send(retry(rounds, first, { [key]: YES, other: {} }), from()),
    )
    const roots = { roots: [{ uri: 'file:///n', size: 1 }] }
    const last = await bridge.send(
      retry(rounds, second, { [keyOf(second, 'roots/list')]: roots }, 'third'),
      from(),
    )
    const { id, result } = await answerOf(last)
    expect(id).toBe('third')
    expect(result).toMatchObject({ resultType: 'complete' })
    expect(await textOf(last)).toBe(JSON.stringify([YES, roots]))
    expect(upstream.calls('ask')).toHaveLength(1)
  })

  test('asks everything at once that the server asks at once, and again for what is missing', async () => {
    const { bridge, upstream } = serveAsking()
    const rounds = [[ELICIT, SAMPLE]]
    const first = await asked(await bridge.send(ask(rounds), from()))
    expect(Object.keys(first.inputRequests)).toHaveLength(2)
    const elicited = { [keyOf(first, 'elicitation/create')]: YES }
    const second = await asked(await bridge.send(retry(rounds, first, elicited), from()))
    const key = keyOf(second, 'sampling/createMessage')
    expect(second.inputRequests).toEqual({ [key]: SAMPLE })
    const last = await bridge.send(retry(rounds, second, { [key]: { model: 'm' } }), from())
    expect(await textOf(last)).toBe(JSON.stringify([YES, { model: 'm' }]))
    expect(upstream.told).toHaveLength(2)
  })

  test('answers the server once, and gives its end to a client that lost it', async () => {
    const { bridge, upstream, clock } = serveAsking({}, { keeping: 5000 })
    const rounds = [[ELICIT]]
    const first = await asked(await bridge.send(ask(rounds), from()))
    const answers = { [keyOf(first, 'elicitation/create')]: YES }
    const texts = await Promise.all(
      [2, 3].map(async (id) =>
        textOf(await bridge.send(retry(rounds, first, answers, id), from())),
      ),
    )
    const later = await bridge.send(retry(rounds, first, answers, 4), from())
    expect(await answerOf(later)).toMatchObject({ id: 4 })
    expect(texts).toEqual([await textOf(later), JSON.stringify([YES])])
    expect(upstream.told).toHaveLength(1)
    expect(upstream.calls('ask')).toHaveLength(1)
    clock.now += 5001
    expect(await refusalOf(bridge.send(retry(rounds, first, answers, 5), from()))).toMatchObject({
      code: 'invalid_params',
      message: expect.stringContaining('is over'),
    })
    expect(upstream.calls('ask')).toHaveLength(1)
  })

  test('goes on for nobody but its caller, with nothing but its parameters', async () => {
    const { bridge, upstream } = serveAsking()
    const rounds = [[ELICIT]]
    const first = await asked(await bridge.send(ask(rounds), from()))
    const answers = { [keyOf(first, 'elicitation/create')]: YES }
    const good = retry(rounds, first, answers)
    const tampered = `${first.requestState.slice(0, -2)}AA`
    const wrong: [ReturnType<typeof ask>, From][] = [
      [good, { owner: 'issuer|eve' }],
      [retry([[ROOTS]], first, answers), {}],
      [retry(rounds, { ...first, requestState: tampered }, answers), {}],
      [retry(rounds, { ...first, requestState: 'x' }, answers), {}],
      [ask(rounds, { inputResponses: answers }), {}],
      [ask(rounds, { requestState: 5 }), {}],
      [retry(rounds, first, { [keyOf(first, 'elicitation/create')]: 'yes' }), {}],
      [call(1, 'other', { rounds }, ABLE, { requestState: first.requestState }), {}],
    ]
    for (const [message, who] of wrong) {
      expect(await refusalOf(bridge.send(message, from(who)))).toMatchObject({
        code: 'invalid_params',
      })
    }
    expect(upstream.told).toEqual([])
    expect(upstream.calls()).toHaveLength(1)
    // Nothing of all that has used up what the right one may do.
    expect(await textOf(await bridge.send(good, from()))).toBe(JSON.stringify([YES]))
  })

  test('does not wait for ever', async () => {
    const { bridge, upstream, clock } = serveAsking({}, { parking: 50_000 })
    const rounds = [[ELICIT, ROOTS]]
    const first = await asked(await bridge.send(ask(rounds), from()))
    clock.now = 49_999
    await bridge.send(call(9, 'echo'), from())
    expect(upstream.told).toEqual([])
    clock.now = 50_000
    await bridge.send(call(9, 'echo'), from())
    await until(() => upstream.told.length === 3)
    expect(upstream.told).toContainEqual({
      jsonrpc: '2.0',
      id: expect.any(String),
      result: { action: 'cancel' },
    })
    expect(upstream.told).toContainEqual(expect.objectContaining({ error: expect.anything() }))
    expect(upstream.cancelled()).toHaveLength(1)
    const answers = { [keyOf(first, 'elicitation/create')]: YES }
    expect(await refusalOf(bridge.send(retry(rounds, first, answers), from()))).toMatchObject({
      code: 'upstream_timed_out',
    })
    clock.now = 200_000
    expect(await refusalOf(bridge.send(retry(rounds, first, answers), from()))).toMatchObject({
      code: 'invalid_params',
    })
    expect(upstream.calls('ask')).toHaveLength(1)
  })

  test('hears an error at once for what its client did not declare', async () => {
    const { bridge } = serveAsking()
    const url = { method: 'elicitation/create', params: { mode: 'url', url: 'https://x.example' } }
    const rounds = [[SAMPLE, url], [{ method: 'ping' }], [{ method: 'odd/thing' }]]
    const message = call(1, 'ask', { rounds }, { elicitation: {} })
    const heard = JSON.parse(await textOf(await bridge.send(message, from())))
    const refused = expect.objectContaining({ code: -32601 })
    expect(heard).toEqual([refused, refused, {}, refused])
  })

  test('hears an error at once when its client declared nothing', async () => {
    const { bridge } = serveAsking()
    const message = call(1, 'ask', { rounds: [[ELICIT]] })
    const heard = JSON.parse(await textOf(await bridge.send(message, from())))
    expect(heard).toEqual([expect.objectContaining({ code: -32603 })])
  })

  test('has its session to itself, and gives it back', async () => {
    const { bridge, upstream } = serveAsking()
    const rounds = [[ELICIT]]
    const first = await asked(await bridge.send(ask(rounds), from()))
    expect(await textOf(await bridge.send(call(5, 'echo', { a: 1 }, ABLE), from()))).toBe('{"a":1}')
    await bridge.send(retry(rounds, first, { [keyOf(first, 'elicitation/create')]: YES }), from())
    await bridge.send(call(6, 'echo', {}, ABLE), from())
    const sessions = upstream.calls().map(({ headers }) => headers['mcp-session-id'])
    expect(sessions[1]).not.toBe(sessions[0])
    expect(sessions[2]).toBe(sessions[0])
  })

  test('is asked also by what comes outside of its own stream', async () => {
    const go = Promise.withResolvers<void>()
    const { bridge, upstream } = serveAsking({
      tools: {
        lazy: {
          call: async () => {
            const heard = upstream.heard('stray')
            await go.promise
            upstream.notify({ jsonrpc: '2.0', id: 'stray', ...ELICIT })
            return JSON.stringify((await heard).result)
          },
        },
      },
    })
    const message = call(1, 'lazy', {}, ABLE)
    const reply = bridge.send(message, from())
    await until(() => upstream.calls('lazy').length === 1 && upstream.listeners() > 0)
    go.resolve()
    const first = await asked(await reply)
    const answers = { [keyOf(first, 'elicitation/create')]: YES }
    const again = call(2, 'lazy', {}, ABLE, {
      inputResponses: answers,
      requestState: first.requestState,
    })
    expect(await textOf(await bridge.send(again, from()))).toBe(JSON.stringify(YES))
  })

  test('declines what comes when no call is under way', async () => {
    const { bridge, upstream } = serveAsking()
    await bridge.send(call(1, 'echo', {}, ABLE), from())
    await until(() => upstream.listeners() > 0)
    upstream.notify({ jsonrpc: '2.0', id: 'stray', ...ELICIT })
    await until(() => upstream.told.length === 1)
    expect(upstream.told[0]).toMatchObject({ id: 'stray', error: { code: -32603 } })
  })
})

describe('a server that sends the person to a URL first', () => {
  const visiting = () => {
    let visited = false
    const server = serve({
      script: ({ message }) => {
        if (message.method !== 'tools/call' || visited) return undefined
        visited = true
        const elicitations = [
          { mode: 'url', elicitationId: 'e1', url: 'https://x.example/', message: 'Go' },
        ]
        const error = { code: -32042, message: 'Go there first', data: { elicitations } }
        return Response.json({ jsonrpc: '2.0', id: message.id, error })
      },
    })
    return server
  }

  test('gets the same call again after the person has been there', async () => {
    const { bridge, upstream } = visiting()
    const message = (more: JsonObject = {}) => call(1, 'echo', { a: 1 }, ABLE, more)
    const first = await asked(await bridge.send(message(), from()))
    const key = keyOf(first, 'elicitation/create')
    expect(first.inputRequests[key]).toEqual({
      method: 'elicitation/create',
      params: { mode: 'url', url: 'https://x.example/', message: 'Go' },
    })
    const { requestState } = first
    const declined = message({ inputResponses: { [key]: { action: 'decline' } }, requestState })
    expect(await refusalOf(bridge.send(declined, from()))).toMatchObject({ code: 'invalid_params' })
    const agreed = message({ inputResponses: { [key]: { action: 'accept' } }, requestState })
    expect(await textOf(await bridge.send(agreed, from()))).toBe('{"a":1}')
    expect(upstream.calls()).toHaveLength(2)
  })

  test('is told of as a missing capability to a client that cannot', async () => {
    const { bridge } = visiting()
    const { error } = await answerOf(await bridge.send(call(1, 'echo'), from()))
    expect(error).toEqual({
      code: -32021,
      message: 'Go there first',
      data: { requiredCapabilities: { elicitation: { url: {} } } },
    })
  })
})

describe('a stream that the server closes to have it resumed', () => {
  test('is resumed, and the call is made once', async () => {
    const { bridge, upstream } = serve({
      script: (seen) => {
        if (seen.verb === 'GET' && seen.headers['last-event-id'] === 'e1') {
          const { id } = upstream.calls()[0]?.message ?? {}
          return sse([{ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'ok' }] } }])
        }
        return isCall(seen) ? sse(['id: e1\nretry: 5\ndata:\n\n']) : undefined
      },
    })
    expect(await textOf(await bridge.send(call(1, 'x'), from()))).toBe('ok')
    expect(upstream.calls()).toHaveLength(1)
  })

  test('a stream that is cut without that ends with an error that says so', async () => {
    const { bridge } = serve({ script: (seen) => (isCall(seen) ? sse([]) : undefined) })
    expect(await refusalOf(bridge.send(call(1, 'x'), from()))).toEqual({
      code: 'upstream_failed',
      message: 'Server files ended its answer before it was complete',
    })
  })
})

describe('subscriptions/listen', () => {
  const subscribed: JsonObject[] = []
  let sessions: Set<string> | undefined
  const watching = () => {
    subscribed.length = 0
    const server = serve({
      script: (seen) => {
        const { id, method, params } = seen.message
        if (method === 'initialize') {
          const result = {
            protocolVersion: '2025-11-25',
            capabilities: {
              tools: { listChanged: true },
              prompts: {},
              resources: { subscribe: true },
            },
            serverInfo: { name: 'w', version: '1' },
          }
          const sessionId = crypto.randomUUID()
          sessions?.add(sessionId)
          return Response.json(answer(seen, result), { headers: { 'mcp-session-id': sessionId } })
        }
        if (method !== 'resources/subscribe' && method !== 'resources/unsubscribe') return undefined
        const { uri } = params as { uri: string }
        subscribed.push({ method, uri })
        return uri === 'test://no'
          ? Response.json({ jsonrpc: '2.0', id, error: { code: -32602, message: 'no' } })
          : {}
      },
    })
    sessions = server.upstream.sessions
    return server
  }

  const open = async (bridge: Conversation, id: string | number, notifications: JsonObject) => {
    const controller = new AbortController()
    const message = modernRequest(id, 'subscriptions/listen', { notifications })
    const reply = await bridge.send(message, from({ signal: controller.signal }))
    if (reply.kind !== 'stream') throw new Error('not a stream')
    const reader = reply.events.getReader()
    const next = async () => {
      const { value } = await reader.read()
      return value === undefined ? undefined : JSON.parse(value.data)
    }
    return { next, leave: () => controller.abort() }
  }

  test('is acknowledged first, with what the server can do of it', async () => {
    const { bridge } = watching()
    const one = await open(bridge, 11, {
      toolsListChanged: true,
      promptsListChanged: true,
      resourceSubscriptions: ['test://a', 'test://no'],
    })
    expect(await one.next()).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/subscriptions/acknowledged',
      params: {
        notifications: { toolsListChanged: true, resourceSubscriptions: ['test://a'] },
        _meta: { [META.subscriptionId]: 11 },
      },
    })
    one.leave()
  })

  test('passes on what each asked for, on one session, and unsubscribes at the end', async () => {
    const { bridge, upstream } = watching()
    const one = await open(bridge, 11, { resourceSubscriptions: ['test://a'] })
    const two = await open(bridge, 'two', {
      toolsListChanged: true,
      resourceSubscriptions: ['test://a'],
    })
    await Promise.all([one.next(), two.next()])
    await until(() => upstream.listeners() > 0)
    upstream.notify({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })
    upstream.notify({
      jsonrpc: '2.0',
      method: 'notifications/resources/updated',
      params: { uri: 'test://a', n: 1 },
    })
    const updated = { uri: 'test://a', n: 1 }
    expect((await one.next()).params).toEqual({ ...updated, _meta: { [META.subscriptionId]: 11 } })
    expect(await two.next()).toMatchObject({
      method: 'notifications/tools/list_changed',
      params: { _meta: { [META.subscriptionId]: 'two' } },
    })
    expect((await two.next()).params._meta).toEqual({ [META.subscriptionId]: 'two' })
    expect(initializations(upstream)).toHaveLength(1)
    one.leave()
    two.leave()
    await until(() => subscribed.length === 2)
    expect(subscribed.map(({ method }) => method)).toEqual([
      'resources/subscribe',
      'resources/unsubscribe',
    ])
  })

  test('ends with a result when the server has ended', async () => {
    const { bridge } = bridgeTo({
      transport: 'stdio',
      command: [process.execPath, STDIO_SERVER, '--legacy-only'],
    })
    const one = await open(bridge, 11, { toolsListChanged: true })
    expect(await one.next()).toMatchObject({ params: { notifications: {} } })
    const ended = call(1, 'exit')
    expect(await refusalOf(bridge.send(ended, from()))).toMatchObject({ code: 'upstream_failed' })
    expect(await textOf(await bridge.send(call(2, 'echo'), from()))).toBe('{}')
    expect(await one.next()).toMatchObject({
      id: 11,
      result: { resultType: 'complete', _meta: { [META.subscriptionId]: 11 } },
    })
    expect(await one.next()).toBeUndefined()
  })
})

describe('a legacy server over stdio', () => {
  test('asks its client in the middle of a call', async () => {
    const { bridge } = bridgeTo({
      transport: 'stdio',
      command: [process.execPath, STDIO_SERVER, '--legacy-only'],
    })
    const first = await asked(await bridge.send(call(1, 'ask', {}, ABLE), from()))
    const answers = { [keyOf(first, 'elicitation/create')]: YES }
    const more = { inputResponses: answers, requestState: first.requestState }
    const last = await bridge.send(call('b', 'ask', {}, ABLE, more), from())
    expect(await textOf(last)).toBe(JSON.stringify(YES))
  })

  test('has a process for each principal, and hears who left', async () => {
    const { bridge } = bridgeTo({
      transport: 'stdio',
      command: [process.execPath, STDIO_SERVER, '--legacy-only'],
    })
    const pid = async (owner: string) => textOf(await bridge.send(call(1, 'pid'), from({ owner })))
    const [ada, bob] = [await pid('ada'), await pid('bob')]
    expect(ada).not.toBe(bob)
    const client = new AbortController()
    const silent = refusalOf(
      bridge.send(call(1, 'silent'), from({ owner: 'ada', signal: client.signal })),
    )
    client.abort()
    expect(await silent).toMatchObject({ code: 'client_left' })
    expect(await pid('ada')).toBe(ada)
  })
})
