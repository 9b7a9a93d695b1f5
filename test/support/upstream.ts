/**
 * A real MCP server on loopback, Streamable HTTP of both eras, that keeps what it saw and can be told
 * to misbehave. `script` may answer any message itself: with a `Response` (as it is), with an object
 * (the `result` of the answer), or with undefined (the usual behaviour).
 */
import { isObject, type JsonObject } from '../../src/core/json-rpc.ts'
import { LEGACY_VERSIONS, META, MODERN_VERSIONS } from '../../src/core/protocol.ts'

export type Seen = Readonly<{
  /** HTTP method. */
  verb: string
  path: string
  headers: Readonly<Record<string, string>>
  /** The body as it came; empty for GET and DELETE. */
  text: string
  /** The parsed message; `{}` when there was none. */
  message: JsonObject
  /** Aborted when the gateway closes the connection. */
  signal: AbortSignal
}>

export type Tool = Readonly<{
  description?: string
  inputSchema?: JsonObject
  annotations?: JsonObject
  /** Gives the whole result; a text is wrapped into a content block. */
  call?: (args: JsonObject, seen: Seen) => unknown
}>

export type UpstreamOptions = Readonly<{
  tools?: Readonly<Record<string, Tool>>
  script?: (
    seen: Seen,
  ) => Response | JsonObject | undefined | Promise<Response | JsonObject | undefined>
  eras?: readonly ('modern' | 'legacy')[]
  path?: string
}>

const ECHO: Tool = { description: 'Gives back its arguments', call: (args) => JSON.stringify(args) }

const json = (value: unknown, status = 200, headers: Record<string, string> = {}) =>
  Response.json(value, { status, headers })
const failure = (id: unknown, code: number, message: string, status = 200, data?: unknown) =>
  json(
    {
      jsonrpc: '2.0',
      id: id ?? null,
      error: { code, message, ...(data !== undefined && { data }) },
    },
    status,
  )

const eventText = (message: unknown) => {
  if (typeof message === 'string') return message
  return `event: message\ndata: ${JSON.stringify(message)}\n\n`
}

/**
 * A response stream of these messages (objects, or raw SSE text). `end`: `close` ends it properly,
 * `break` cuts the connection, `open` leaves it open for ever.
 */
export const sse = (
  messages: readonly unknown[],
  { end = 'close', gap = 0 }: { end?: 'close' | 'break' | 'open'; gap?: number } = {},
): Response =>
  new Response(
    new ReadableStream<Uint8Array>({
      start: async (controller) => {
        for (const message of messages) {
          controller.enqueue(new TextEncoder().encode(eventText(message)))
          if (gap > 0) await Bun.sleep(gap)
        }
        // What was written must leave before the connection is cut.
        if (end === 'break') await Bun.sleep(5)
        if (end === 'close') controller.close()
        if (end === 'break') controller.error(new Error('cut'))
      },
    }),
    { headers: { 'content-type': 'text/event-stream' } },
  )

/** A `subscriptions/listen` that is honoured in full, and what puts further messages on its stream. */
export const honour = (seen: Seen) => {
  const asked = seen.message.params
  const params = {
    notifications: isObject(asked) ? asked.notifications : {},
    _meta: { [META.subscriptionId]: seen.message.id },
  }
  const encoder = new TextEncoder()
  let push: (message: unknown) => void = () => undefined
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      push = (message) => controller.enqueue(encoder.encode(eventText(message)))
      push({ jsonrpc: '2.0', method: 'notifications/subscriptions/acknowledged', params })
    },
  })
  const headers = { 'content-type': 'text/event-stream' }
  return { response: new Response(body, { headers }), push: (message: unknown) => push(message) }
}

/** An answer that never comes; resolves when the other side gives up, so that nothing is left over. */
export const stall = (seen: Seen): Promise<Response> =>
  new Promise((resolve) => {
    seen.signal.addEventListener('abort', () => resolve(new Response(null, { status: 499 })))
  })

/** The answer to one message, for scripts that build their own response. */
export const answer = (seen: Seen, result: unknown) => ({
  jsonrpc: '2.0',
  id: seen.message.id,
  result,
})

export const startUpstream = (options: UpstreamOptions = {}) => {
  const tools: Readonly<Record<string, Tool>> = options.tools ?? { echo: ECHO }
  const eras = options.eras ?? ['modern', 'legacy']
  const path = options.path ?? '/mcp'
  const seen: Seen[] = []
  const sessions = new Set<string>()
  const streams = new Set<ReadableStreamDefaultController<Uint8Array>>()
  let aborts = 0

  const listTools = () =>
    Object.entries(tools).map(([name, { call, ...tool }]) => ({
      name,
      inputSchema: { type: 'object' },
      ...tool,
    }))
  const callTool = async (params: JsonObject, entry: Seen) => {
    const tool = tools[String(params.name)]
    if (tool === undefined) return undefined
    const given = params.arguments
    const result = await (tool.call ?? ECHO.call)?.(isObject(given) ? given : {}, entry)
    return typeof result === 'string' ? { content: [{ type: 'text', text: result }] } : result
  }
  const info = { capabilities: { tools: { listChanged: true } }, instructions: 'Test server' }
  const results: Record<string, (params: JsonObject, entry: Seen) => unknown> = {
    'tools/list': () => ({ tools: listTools() }),
    'tools/call': callTool,
    'resources/list': () => ({ resources: [{ uri: 'test://a', name: 'a' }] }),
    'resources/templates/list': () => ({ resourceTemplates: [] }),
    'resources/read': ({ uri }) => ({ contents: [{ uri, text: `content of ${String(uri)}` }] }),
    'prompts/list': () => ({ prompts: [{ name: 'greet' }] }),
    'prompts/get': ({ name }) => ({
      messages: [{ role: 'user', content: { type: 'text', text: name } }],
    }),
    'completion/complete': () => ({ completion: { values: [] } }),
  }
  const legacyOnly: typeof results = { ping: () => ({}), 'logging/setLevel': () => ({}) }

  const initialize = (entry: Seen) => {
    const params = entry.message.params
    const asked = isObject(params) ? String(params.protocolVersion) : ''
    const known: readonly string[] = LEGACY_VERSIONS
    const sessionId = crypto.randomUUID()
    sessions.add(sessionId)
    const result = {
      protocolVersion: known.includes(asked) ? asked : LEGACY_VERSIONS[0],
      ...info,
      serverInfo: { name: 'test-upstream', version: '1' },
    }
    return json(answer(entry, result), 200, { 'mcp-session-id': sessionId })
  }
  const discover = (entry: Seen) =>
    json(
      answer(entry, {
        resultType: 'complete',
        supportedVersions: MODERN_VERSIONS,
        ...info,
        ttlMs: 0,
        cacheScope: 'private',
        _meta: { [META.serverInfo]: { name: 'test-upstream', version: '1' } },
      }),
    )
  const listen = (entry: Seen) => {
    const id = entry.message.id
    const params = { notifications: {}, _meta: { [META.subscriptionId]: id } }
    return sse([{ jsonrpc: '2.0', method: 'notifications/subscriptions/acknowledged', params }], {
      end: 'open',
    })
  }

  const respond = async (entry: Seen, table: typeof results, decorate: JsonObject) => {
    const { id, method, params } = entry.message
    const row = table[String(method)]
    if (row === undefined)
      return failure(id, -32601, 'Method not found', decorate.resultType ? 404 : 200)
    const result = await row(isObject(params) ? params : {}, entry)
    if (result === undefined) return failure(id, -32602, `Unknown name`)
    return json(answer(entry, isObject(result) ? { ...decorate, ...result } : result))
  }
  const modern = (entry: Seen) => {
    const { id, method } = entry.message
    if (!eras.includes('modern'))
      return failure(id, -32000, 'Bad Request: Server not initialized', 400)
    if (id === undefined) return new Response(null, { status: 202 })
    if (method === 'server/discover') return discover(entry)
    if (method === 'subscriptions/listen') return listen(entry)
    return respond(entry, results, { resultType: 'complete' })
  }
  const legacy = (entry: Seen) => {
    const { id, method } = entry.message
    const session = entry.headers['mcp-session-id']
    if (!eras.includes('legacy')) return failure(id, -32601, 'Method not found', 404)
    if (method === 'initialize') return initialize(entry)
    if (session === undefined) return failure(id, -32000, 'Bad Request: no session', 400)
    if (!sessions.has(session)) return failure(id, -32001, 'Session not found', 404)
    if (id === undefined || method === undefined) return new Response(null, { status: 202 })
    return respond(entry, { ...results, ...legacyOnly }, {})
  }
  const openStream = (entry: Seen): Response => {
    const session = entry.headers['mcp-session-id'] ?? ''
    if (!eras.includes('legacy')) return new Response(null, { status: 405 })
    if (!sessions.has(session)) return new Response(null, { status: 404 })
    let mine: ReadableStreamDefaultController<Uint8Array>
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        mine = controller
        streams.add(controller)
        controller.enqueue(new TextEncoder().encode(':\n\n'))
      },
      cancel: () => {
        streams.delete(mine)
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }
  const endSession = (entry: Seen) =>
    new Response(null, {
      status: sessions.delete(entry.headers['mcp-session-id'] ?? '') ? 200 : 404,
    })

  const usual = (entry: Seen): Response | Promise<Response> => {
    if (entry.path !== path) return new Response('no such path', { status: 404 })
    if (entry.verb === 'GET') return openStream(entry)
    if (entry.verb === 'DELETE') return endSession(entry)
    const params = entry.message.params
    const meta = isObject(params) ? params._meta : undefined
    const isModern = isObject(meta) && Object.hasOwn(meta, META.protocolVersion)
    return isModern ? modern(entry) : legacy(entry)
  }

  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    development: false,
    error: () => new Response(null, { status: 500 }),
    fetch: async (request) => {
      const text = await request.text()
      const parsed: unknown = text === '' ? {} : JSON.parse(text)
      const entry: Seen = {
        verb: request.method,
        path: new URL(request.url).pathname,
        headers: Object.fromEntries(request.headers),
        text,
        message: isObject(parsed) ? parsed : {},
        signal: request.signal,
      }
      request.signal.addEventListener('abort', () => {
        aborts++
      })
      seen.push(entry)
      const scripted = await options.script?.(entry)
      if (scripted instanceof Response) return scripted
      return scripted === undefined ? usual(entry) : json(answer(entry, scripted))
    },
  })

  const methodIs = (name: string) => (entry: Seen) => entry.message.method === name
  return {
    url: `http://127.0.0.1:${server.port}${path}`,
    origin: `http://127.0.0.1:${server.port}`,
    /** Every HTTP request, in the order of arrival. */
    seen,
    /** The requests that called this tool; without a name, every tools/call. */
    calls: (name?: string) =>
      seen.filter(methodIs('tools/call')).filter(({ message }) => {
        const params = message.params
        return name === undefined || (isObject(params) && params.name === name)
      }),
    /** The messages of one JSON-RPC method. */
    received: (method: string) => seen.filter(methodIs(method)),
    /** How many requests the other side gave up. */
    aborts: () => aborts,
    sessions,
    forgetSessions: () => sessions.clear(),
    /** How many legacy GET streams are open. */
    listeners: () => streams.size,
    /** Sends a message to every open legacy GET stream. */
    notify: (message: unknown) => {
      for (const stream of streams) stream.enqueue(new TextEncoder().encode(eventText(message)))
    },
    close: () => server.stop(true),
  }
}
