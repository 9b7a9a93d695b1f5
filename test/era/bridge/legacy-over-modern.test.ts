import { afterEach, describe, expect, test } from 'bun:test'
import type { JsonObject } from '../../../src/core/json-rpc.ts'
import { META } from '../../../src/core/protocol.ts'
import { until } from '../../support/until.ts'
import { answer, type Seen, sse, stall } from '../../support/upstream.ts'
import {
  answerIn,
  closeAll,
  createListener,
  paramsOf,
  post,
  readerOf,
  startSession,
  textOf,
} from './legacy-session.ts'

afterEach(closeAll)

const call = (id: unknown, name: string, more: JsonObject = {}) => ({
  id,
  method: 'tools/call',
  params: { name, arguments: {}, ...more },
})
const said = (text: string) => ({ resultType: 'complete', content: [{ type: 'text', text }] })
const FORM = { mode: 'form', message: 'Sure?', requestedSchema: { type: 'object', properties: {} } }
const elicit = (params: JsonObject = FORM) => ({ method: 'elicitation/create', params })
const asking = (inputRequests?: JsonObject, requestState?: string) => ({
  resultType: 'input_required',
  inputRequests,
  requestState,
})
/** The server of a tool that asks once and then tells what it was answered. */
const asksOnce =
  (inputRequests: JsonObject, requestState?: string) =>
  (seen: Seen): JsonObject | undefined => {
    if (seen.message.method !== 'tools/call') return undefined
    const { inputResponses, name } = paramsOf(seen)
    if (inputResponses === undefined) return asking(inputRequests, requestState)
    return said(`${name}: ${JSON.stringify(inputResponses)}`)
  }
const ALL = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} }
/** The text that a failed tool shows to its model. */
const failure = (message: JsonObject | undefined) => {
  const result = message?.result as { content: { text: string }[]; isError?: boolean } | undefined
  expect(result?.isError).toBe(true)
  return result?.content[0]?.text
}

describe('what a session says once', () => {
  test('initialize is answered from what the server says when it is discovered', async () => {
    const { hello, server } = await startSession({ version: '2025-03-26' })
    expect(hello).toEqual({
      jsonrpc: '2.0',
      id: 'hello',
      result: {
        protocolVersion: '2025-03-26',
        capabilities: { tools: { listChanged: true } },
        serverInfo: { name: 'test-upstream', version: '1' },
        instructions: 'Test server',
      },
    })
    expect(server.seen.map(({ message }) => message.id)).not.toContain('hello')
  })

  test('goes with every request, beside the _meta of the client', async () => {
    const { session, server } = await startSession({ capabilities: { roots: {} } })
    const _meta = { progressToken: 'p', 'com.example/x': 1 }
    await post(session, { id: 1, method: 'tools/list', params: { _meta } })
    expect(server.received('tools/list').map(paramsOf)).toEqual([
      {
        _meta: {
          ..._meta,
          [META.protocolVersion]: '2026-07-28',
          [META.clientCapabilities]: { roots: {} },
          [META.clientInfo]: { name: 'c', version: '1' },
        },
      },
    ])
    expect(server.received('tools/list')[0]?.headers).toMatchObject({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/list',
    })
  })

  test('a log level is asked for from then on, when the server logs at all', async () => {
    const capabilities = { logging: {} }
    const { session, server } = await startSession({
      script: ({ message }) =>
        message.method === 'server/discover'
          ? { supportedVersions: ['2026-07-28'], capabilities }
          : undefined,
    })
    const set = (level: string) => ({ id: 1, method: 'logging/setLevel', params: { level } })
    expect(answerIn(await post(session, set('loud')))).toMatchObject({ error: { code: -32602 } })
    expect(answerIn(await post(session, set('error')))).toEqual({
      jsonrpc: '2.0',
      id: 1,
      result: {},
    })
    await post(session, call(2, 'echo'))
    expect(server.calls().map((seen) => paramsOf(seen)._meta)).toMatchObject([
      { [META.logLevel]: 'error' },
    ])
  })

  test.each([
    ['logging/setLevel', { level: 'info' }],
    ['resources/subscribe', { uri: 'test://a' }],
    ['resources/unsubscribe', { uri: 'test://a' }],
    ['subscriptions/listen', { notifications: {} }],
    ['server/discover', {}],
    ['tasks/list', {}],
    ['tasks/get', { taskId: 't' }],
  ])('%s is no method of a server that offers nothing like it', async (method, params) => {
    const { session, server } = await startSession()
    const before = server.seen.length
    const { error } = answerIn(await post(session, { id: 1, method, params }))
    expect(error).toMatchObject({ code: -32601 })
    expect(server.seen.length).toBe(before)
  })

  test('a ping and the notifications of a session stay here', async () => {
    const { session, server } = await startSession()
    const before = server.seen.length
    expect(textOf(await post(session, { id: 0, method: 'ping' }))).toBe(
      '{"jsonrpc":"2.0","id":0,"result":{}}',
    )
    for (const name of ['roots/list_changed', 'progress', 'cancelled']) {
      const reply = await post(session, { method: `notifications/${name}`, params: {} })
      expect(reply.kind).toBe('accepted')
    }
    expect(server.seen.length).toBe(before)
  })

  test('an extension that the client declared has its tasks', async () => {
    const capabilities = { extensions: { 'io.modelcontextprotocol/tasks': {} } }
    const { session, server } = await startSession({
      capabilities,
      script: ({ message }) =>
        message.method === 'tasks/get' ? { resultType: 'complete', status: 'working' } : undefined,
    })
    const params = { taskId: 't' }
    const reply = await post(session, { id: 1, method: 'tasks/get', params })
    expect(answerIn(reply)).toMatchObject({ result: { status: 'working' } })
    expect(server.received('tasks/get')[0]?.headers).toMatchObject({ 'mcp-name': 't' })
  })
})

describe('a request', () => {
  test.each(['"a\\u0062"', '0', '-1', '12345678901234567890', '""'])(
    'with the id %s is answered with exactly that id',
    async (id) => {
      const { session } = await startSession()
      const text = `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"echo"}}`
      expect(textOf(await post(session, text))).toStartWith(`{"jsonrpc":"2.0","id":${id},"result":`)
    },
  )

  test('reaches the server and comes back value for value', async () => {
    const { session, server } = await startSession({
      script: ({ message }) =>
        message.method === 'tools/call'
          ? new Response(
              `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":{"resultType":"complete",` +
                '"content":[{"type":"novel","n":9007199254740993}],"vendor":1e400}}',
              { headers: { 'content-type': 'application/json' } },
            )
          : undefined,
    })
    const params = '{"name":"a","arguments":{"n":9007199254740993,"f":1.0},"vendor":[null]}'
    const reply = await post(
      session,
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`,
    )
    expect(textOf(reply)).toBe(
      '{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"novel","n":9007199254740993}],"vendor":1e400}}',
    )
    expect(server.calls()[0]?.text).toContain(
      '"arguments":{"n":9007199254740993,"f":1.0},"vendor":[null]',
    )
  })

  test('whose resource is not there has the error of its era', async () => {
    const { session } = await startSession({
      script: ({ message }) =>
        message.method === 'resources/read'
          ? Response.json({
              jsonrpc: '2.0',
              id: message.id,
              error: { code: -32602, message: 'gone', data: { uri: 'test://x' } },
            })
          : undefined,
    })
    const read = { id: 1, method: 'resources/read', params: { uri: 'test://x' } }
    expect(answerIn(await post(session, read))).toEqual({
      jsonrpc: '2.0',
      id: 1,
      error: { code: -32002, message: 'gone', data: { uri: 'test://x' } },
    })
  })

  test('that needs what the client cannot do fails as a tool does, or as an error', async () => {
    const error = { code: -32021, message: 'needs sampling' }
    const { session } = await startSession({
      script: ({ message }) =>
        message.method === 'server/discover'
          ? undefined
          : Response.json({ jsonrpc: '2.0', id: message.id, error }, { status: 400 }),
    })
    expect(failure(answerIn(await post(session, call(1, 'a'))))).toBe('needs sampling')
    const get = await post(session, { id: 2, method: 'prompts/get', params: { name: 'a' } })
    expect(answerIn(get)).toMatchObject({ id: 2, error })
  })

  test('streams what the server says on the way, before its answer is there', async () => {
    const goOn = Promise.withResolvers<void>()
    const progress = { jsonrpc: '2.0', method: 'notifications/progress', params: { progress: 1 } }
    const { session } = await startSession({
      script: async (seen) => {
        if (seen.message.method !== 'tools/call') return undefined
        const encoder = new TextEncoder()
        const body = new ReadableStream<Uint8Array>({
          async start(controller) {
            controller.enqueue(encoder.encode(`data: ${JSON.stringify(progress)}\n\n`))
            await goOn.promise
            const last = JSON.stringify(answer(seen, said('done')))
            controller.enqueue(encoder.encode(`data: ${last}\n\n`))
            controller.close()
          },
        })
        return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
      },
    })
    const messages = readerOf(await post(session, call(1, 'a')))
    expect(await messages.next()).toEqual(progress)
    goOn.resolve()
    expect(await messages.next()).toMatchObject({ id: 1, result: { content: [{ text: 'done' }] } })
    expect(await messages.next()).toBeUndefined()
  })

  test('whose answer is cut off ends with an error that names the server', async () => {
    const { session } = await startSession({
      script: ({ message }) =>
        message.method === 'tools/call'
          ? sse([{ jsonrpc: '2.0', method: 'notifications/message', params: {} }], { end: 'break' })
          : undefined,
    })
    const messages = readerOf(await post(session, call(1, 'a')))
    await messages.next()
    const last = await messages.next()
    expect(last).toMatchObject({ id: 1, error: { code: -32603 } })
    expect(JSON.stringify(last)).toContain('files')
  })

  test('with an id that is in use is refused', async () => {
    const { session, server } = await startSession({ script: waits })
    void post(session, call(1, 'wait')).catch(() => undefined)
    await until(() => server.calls('wait').length === 1)
    await expect(post(session, call(1, 'echo'))).rejects.toThrow('already in use')
  })

  test('that the client cancels is given up at the server and gets no answer', async () => {
    const { session, server } = await startSession({ script: waits })
    const reply = post(session, call(1, 'wait'))
    await until(() => server.calls('wait').length === 1)
    await post(session, { method: 'notifications/cancelled', params: { requestId: 2 } })
    expect(server.aborts()).toBe(0)
    await post(session, { method: 'notifications/cancelled', params: { requestId: 1 } })
    expect(await readerOf(await reply).next()).toBeUndefined()
    await until(() => server.aborts() === 1)
  })

  test('goes on when the client leaves', async () => {
    const goOn = Promise.withResolvers<void>()
    let told = 0
    const { session, server } = await startSession({
      script: async (seen) => {
        if (seen.message.method !== 'tools/call') return undefined
        await goOn.promise
        told++
        return said('late')
      },
    })
    const client = new AbortController()
    const reply = post(session, call(1, 'a'), client.signal)
    await until(() => server.calls('a').length === 1)
    client.abort()
    await expect(reply).rejects.toThrow('left')
    goOn.resolve()
    await until(() => told === 1)
    expect(answerIn(await post(session, { id: 2, method: 'ping' }))).toMatchObject({ id: 2 })
    expect(server.aborts()).toBe(0)
  })

  test('ends with its session', async () => {
    const { session, server } = await startSession({ script: waits })
    const reply = post(session, call(1, 'wait'))
    await until(() => server.calls('wait').length === 1)
    await session.close()
    expect(await readerOf(await reply).next()).toBeUndefined()
    await until(() => server.aborts() === 1)
  })
})

const waits = (seen: Seen) => (paramsOf(seen).name === 'wait' ? stall(seen) : undefined)

describe('what a server asks before it answers', () => {
  test('is asked of the client on the stream of its request, and carried back exactly', async () => {
    const inputRequests = {
      sure: elicit(),
      idea: { method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } },
      where: { method: 'roots/list' },
    }
    const state = 'st\u00e4te/=+\n'
    const { session, server } = await startSession({
      capabilities: ALL,
      script: asksOnce(inputRequests, state),
    })
    const messages = readerOf(await post(session, call(1, 'a', { vendor: 5 })))
    const asked = [await messages.next(), await messages.next(), await messages.next()]
    expect(asked).toMatchObject(Object.values(inputRequests))
    const [sure, idea, where] = asked.map((each) => JSON.stringify(each?.id))
    // In another order than asked, and with a number that no double holds.
    await post(session, `{"jsonrpc":"2.0","id":${where},"result":{"roots":[]}}`)
    await post(
      session,
      `{"jsonrpc":"2.0","id":${sure},"result":{"action":"accept","content":{"n":9007199254740993}}}`,
    )
    await post(session, `{"jsonrpc":"2.0","id":${idea},"result":{"role":"assistant"}}`)
    expect(await messages.next()).toMatchObject({ id: 1, result: { content: [{ type: 'text' }] } })
    const [first, second] = server.calls()
    expect(first?.message.id).not.toBe(second?.message.id)
    expect(second && paramsOf(second)).toEqual({
      ...(first && paramsOf(first)),
      inputResponses: expect.anything(),
      requestState: state,
    })
    expect(second?.text).toContain('"sure":{"action":"accept","content":{"n":9007199254740993}}')
    expect(second?.text).toContain('"idea":{"role":"assistant"}')
    expect(second?.text).toContain('"where":{"roots":[]}')
  })

  test('does not mix between two calls of one session', async () => {
    const { session } = await startSession({
      capabilities: ALL,
      script: asksOnce({ sure: elicit() }),
    })
    const [one, two] = await Promise.all([
      post(session, call(1, 'one')).then(readerOf),
      post(session, call('1', 'two')).then(readerOf),
    ])
    const [askedOne, askedTwo] = [await one.next(), await two.next()]
    await post(session, { id: askedTwo?.id, result: { for: 'two' } })
    await post(session, { id: askedOne?.id, result: { for: 'one' } })
    // Answered once already, and never asked: nobody waits for these.
    await post(session, { id: askedOne?.id, result: { for: 'nobody' } })
    await post(session, { id: 'never-asked', result: {} })
    const text = async (messages: typeof one) => JSON.stringify(await messages.next())
    expect(await text(one)).toContain('one: {\\"sure\\":{\\"for\\":\\"one\\"}}')
    expect(await text(two)).toContain('two: {\\"sure\\":{\\"for\\":\\"two\\"}}')
  })

  test.each([
    [{}, elicit()],
    [{ elicitation: { url: {} } }, elicit()],
    [{ elicitation: {} }, elicit({ mode: 'url', url: 'https://example.com' })],
    [{ sampling: {} }, { method: 'sampling/createMessage', params: { tools: [] } }],
    [{ elicitation: {} }, { method: 'roots/list' }],
    [ALL, { method: 'vendor/ask' }],
  ])(
    'is refused at once when the client declared %p and the server wants %p',
    async (capabilities, request) => {
      const { session } = await startSession({
        capabilities,
        script: ({ message }) =>
          ['tools/call', 'prompts/get'].includes(String(message.method))
            ? asking({ key: request }, 's')
            : undefined,
      })
      const tool = answerIn(await post(session, call(1, 'a')))
      expect(failure(tool)).toContain(request.method)
      const prompt = await post(session, { id: 2, method: 'prompts/get', params: { name: 'a' } })
      expect(answerIn(prompt)).toMatchObject({ id: 2, error: { code: -32603 } })
    },
  )

  test('with an address has an id that is told complete when the call is', async () => {
    const { session } = await startSession({
      capabilities: ALL,
      script: asksOnce({
        pay: elicit({ mode: 'url', url: 'https://example.com', message: 'Pay' }),
      }),
    })
    const messages = readerOf(await post(session, call(1, 'a')))
    const asked = await messages.next()
    const elicitationId = (asked?.params as JsonObject | undefined)?.elicitationId
    expect(elicitationId).toBeString()
    await post(session, { id: asked?.id, result: { action: 'accept' } })
    expect(await messages.next()).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/elicitation/complete',
      params: { elicitationId },
    })
    expect(await messages.next()).toMatchObject({ id: 1 })
  })

  test('and the client refuses with an error fails the call, and the other questions are withdrawn', async () => {
    const { session, server } = await startSession({
      capabilities: ALL,
      script: asksOnce({ one: elicit(), two: elicit() }),
    })
    const messages = readerOf(await post(session, call(1, 'a')))
    const [one, two] = [await messages.next(), await messages.next()]
    await post(session, { id: one?.id, error: { code: -1, message: 'not today' } })
    expect(await messages.next()).toMatchObject({
      method: 'notifications/cancelled',
      params: { requestId: two?.id },
    })
    expect(failure(await messages.next())).toBe('elicitation/create: not today')
    expect(server.calls().length).toBe(1)
  })

  test('and nobody answers in time is withdrawn', async () => {
    const { session } = await startSession({
      capabilities: ALL,
      limits: { answer: 20 },
      script: asksOnce({ one: elicit() }),
    })
    const messages = readerOf(await post(session, call(1, 'a')))
    const asked = await messages.next()
    expect(await messages.next()).toMatchObject({ params: { requestId: asked?.id } })
    expect(failure(await messages.next())).toContain('not answered in time')
  })

  test('is withdrawn when the client cancels the call', async () => {
    const { session, server } = await startSession({
      capabilities: ALL,
      script: asksOnce({ one: elicit() }),
    })
    const messages = readerOf(await post(session, call(1, 'a')))
    const asked = await messages.next()
    await post(session, { method: 'notifications/cancelled', params: { requestId: 1 } })
    expect(await messages.next()).toMatchObject({
      method: 'notifications/cancelled',
      params: { requestId: asked?.id },
    })
    expect(await messages.next()).toBeUndefined()
    await post(session, { id: asked?.id, result: { action: 'accept' } })
    expect(server.calls().length).toBe(1)
  })

  test('and is never satisfied ends after ten rounds', async () => {
    const { session, server } = await startSession({
      limits: { pace: 0 },
      script: ({ message }) =>
        message.method === 'tools/call' ? asking(undefined, 's') : undefined,
    })
    expect(failure(answerIn(await post(session, call(1, 'a'))))).toContain('10 rounds')
    expect(server.calls().length).toBe(11)
  })

  test('is not asked for again when the client cancelled in the meantime', async () => {
    const { session, server } = await startSession({
      limits: { pace: 60_000 },
      script: ({ message }) =>
        message.method === 'tools/call' ? asking(undefined, 'later') : undefined,
    })
    const reply = post(session, call(1, 'a'))
    await until(() => server.calls().length === 1)
    await post(session, { method: 'notifications/cancelled', params: { requestId: 1 } })
    expect(await readerOf(await reply).next()).toBeUndefined()
    expect(server.calls().length).toBe(1)
  })

  test('may be nothing but patience: the state alone comes back', async () => {
    let turn = 0
    const { session, server } = await startSession({
      limits: { pace: 0 },
      script: ({ message }) => {
        if (message.method !== 'tools/call') return undefined
        return turn++ === 0 ? asking(undefined, 'later') : said('now')
      },
    })
    expect(answerIn(await post(session, call(1, 'a')))).toMatchObject({ id: 1, result: {} })
    const second = server.calls()[1]
    expect(second && paramsOf(second)).toMatchObject({ requestState: 'later' })
    expect(second?.text).not.toContain('inputResponses')
  })

  test.each([[asking()], [asking({ key: 'no object' })], [asking({})]])(
    'and is no question at all ends with an error that names the server: %p',
    async (result) => {
      const { session } = await startSession({
        script: ({ message }) => (message.method === 'tools/call' ? result : undefined),
      })
      await expect(post(session, call(1, 'a'))).rejects.toThrow('files')
    },
  )

  test('of a client that has left ends there', async () => {
    const goOn = Promise.withResolvers<void>()
    const { session, server } = await startSession({
      capabilities: ALL,
      script: async (seen) => {
        if (seen.message.method !== 'tools/call') return undefined
        await goOn.promise
        return asking({ one: elicit() })
      },
    })
    const client = new AbortController()
    const reply = post(session, call(1, 'a'), client.signal)
    await until(() => server.calls().length === 1)
    client.abort()
    await expect(reply).rejects.toThrow('left')
    goOn.resolve()
    await post(session, { id: 2, method: 'ping' })
    // The id is free again as soon as the call has ended, for a call that the server answers at once.
    let free = false
    while (!free) {
      await Bun.sleep(1)
      const next = post(session, call(1, 'b')).then(readerOf)
      free = await next.then(
        () => true,
        () => false,
      )
    }
    expect(server.calls().map((seen) => paramsOf(seen).name)).toEqual(['a', 'b'])
  })
})

describe('what changes at the server', () => {
  const update = (uri: string) => ({
    jsonrpc: '2.0',
    method: 'notifications/resources/updated',
    params: { uri, _meta: { [META.subscriptionId]: 'theirs' } },
  })
  const toolsChanged = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' }
  const capabilities = {
    tools: { listChanged: true },
    prompts: {},
    resources: { subscribe: true, listChanged: true },
  }
  const listening = async (honours = (filter: JsonObject): JsonObject => filter) => {
    const listener = createListener()
    const started = await startSession({
      limits: { firstRetry: 1, longestRetry: 4, backlog: 3 },
      script: (seen) => {
        const { method } = seen.message
        if (method === 'server/discover') return { supportedVersions: ['2026-07-28'], capabilities }
        if (method !== 'subscriptions/listen') return undefined
        return listener.respond(seen, honours(paramsOf(seen).notifications as JsonObject))
      },
    })
    const get = async () =>
      readerOf(
        await started.session.listen(undefined, {
          signal: new AbortController().signal,
          headers: {},
        }),
      )
    const change = async (method: string, uri: string) =>
      answerIn(
        await post(started.session, { id: 9, method: `resources/${method}`, params: { uri } }),
      )
    const latest = () => listener.open.at(-1)
    return { ...started, open: listener.open, latest, get, change }
  }
  const LISTS = { toolsListChanged: true, resourcesListChanged: true }

  test('is heard on the GET stream, as far as the server announces it', async () => {
    const { get, open, latest } = await listening()
    const messages = await get()
    await until(() => open.length === 1)
    expect(latest()?.filter).toEqual(LISTS)
    latest()?.say({ ...toolsChanged, params: { _meta: { [META.subscriptionId]: 'theirs' } } })
    expect(await messages.next()).toEqual(toolsChanged)
  })

  test('is heard of each subscribed resource, until it is unsubscribed', async () => {
    const { get, latest, change, open } = await listening()
    expect(await change('subscribe', 'test://a')).toEqual({ jsonrpc: '2.0', id: 9, result: {} })
    await change('subscribe', 'test://b')
    await change('subscribe', 'test://b')
    expect(open.map(({ filter }) => filter.resourceSubscriptions)).toEqual([
      ['test://a'],
      ['test://a', 'test://b'],
    ])
    latest()?.say(update('test://b'))
    const messages = await get()
    expect(await messages.next()).toEqual({ ...update(''), params: { uri: 'test://b' } })
    await until(() => open.length === 3)
    await change('unsubscribe', 'test://a')
    expect(latest()?.filter).toEqual({ ...LISTS, resourceSubscriptions: ['test://b'] })
  })

  test('is not promised where the server does not honour it', async () => {
    const { change } = await listening(() => ({}))
    await expect(change('subscribe', 'test://a')).rejects.toThrow('test://a')
  })

  test('goes to one stream alone, and to the one that is left when another has gone', async () => {
    const { get, latest, change } = await listening()
    await change('subscribe', 'test://a')
    const [first, second] = [await get(), await get()]
    await until(() => latest()?.filter.toolsListChanged === true)
    latest()?.say(update('to the second'))
    expect(await second.next()).toMatchObject({ params: { uri: 'to the second' } })
    await second.leave()
    latest()?.say(update('to the first'))
    expect(await first.next()).toMatchObject({ params: { uri: 'to the first' } })
  })

  test('is heard again after the server ended the subscription', async () => {
    const { get, open, latest } = await listening()
    const messages = await get()
    for (let round = 1; round <= 3; round++) {
      await until(() => open.length === round)
      latest()?.end()
    }
    await until(() => open.length === 4)
    latest()?.say(toolsChanged)
    expect(await messages.next()).toEqual(toolsChanged)
  })

  test('is heard no more when the session has ended', async () => {
    const { session, get, open, server } = await listening()
    const messages = await get()
    await until(() => open.length === 1)
    await session.close()
    expect(await messages.next()).toBeUndefined()
    await until(() => server.aborts() === 1)
    expect(await (await get()).next()).toBeUndefined()
  })

  test('is not waited for without end where the server acknowledges nothing', async () => {
    const { session, server } = await startSession({
      limits: { acknowledge: 20 },
      script: (seen) => {
        if (seen.message.method === 'server/discover') {
          return { supportedVersions: ['2026-07-28'], capabilities }
        }
        return seen.message.method === 'subscriptions/listen' ? stall(seen) : undefined
      },
    })
    const subscribe = { id: 1, method: 'resources/subscribe', params: { uri: 'test://a' } }
    await expect(post(session, subscribe)).rejects.toThrow('did not acknowledge')
    await until(() => server.aborts() === 1)
  })

  test('cannot be subscribed to at a server that refuses', async () => {
    const { session, server } = await startSession({
      script: ({ message }) => {
        if (message.method === 'server/discover')
          return { supportedVersions: ['2026-07-28'], capabilities }
        if (message.method !== 'subscriptions/listen') return undefined
        const error = { code: -32602, message: 'too many' }
        return Response.json({ jsonrpc: '2.0', id: message.id, error })
      },
    })
    const subscribe = { id: 1, method: 'resources/subscribe', params: { uri: 'test://a' } }
    await expect(post(session, subscribe)).rejects.toThrow('too many')
    await until(() => server.received('subscriptions/listen').length === 1)
  })
})

test('a server that cannot be reached is named, and the session goes on', async () => {
  const { session, server } = await startSession()
  const port = Number(new URL(server.url).port)
  await server.close()
  expect(port).toBeGreaterThan(0)
  await expect(post(session, call(1, 'a'))).rejects.toThrow('files')
  expect(answerIn(await post(session, { id: 2, method: 'ping' }))).toMatchObject({ result: {} })
})
