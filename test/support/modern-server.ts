import {
  createMcpHandler,
  inputRequired,
  isLegacyRequest,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerContext,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import type { Era } from '../../src/core/protocol.ts'

/** A server of both eras, built on the SDK: what a gateway finds in the world, made predictable. */
export type ModernServer = Readonly<{
  /** Its MCP endpoint. */
  url: string
  /** How often the tool `wait` noticed that it was cancelled. */
  cancellations: () => number
  /** How often each tool was called. */
  calls: () => Readonly<Record<string, number>>
  /** The headers and the body of every POST so far. */
  received: () => readonly Readonly<{ headers: Record<string, string>; body: string }>[]
  /** Tells every listener of the modern era that the tools changed. */
  announceTools: () => void
  close: () => Promise<void>
}>

type Options = Readonly<{
  /** What it speaks; the legacy era is served with sessions. */
  eras?: readonly Era[]
}>

export const startModernServer = ({ eras = ['modern', 'legacy'] }: Options = {}): ModernServer => {
  const seen = { cancellations: 0, calls: new Map<string, number>() }
  const received: { headers: Record<string, string>; body: string }[] = []
  const speaksLegacy = eras.includes('legacy')
  const modern = createMcpHandler(() => createServer(seen), { legacy: 'reject' })
  const legacy = createLegacySessions(seen)
  const web = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    fetch: async (request) => {
      if (request.method !== 'POST') return speaksLegacy ? legacy.fetch(request) : refused()
      const body = await request.text()
      received.push({ headers: Object.fromEntries(request.headers), body })
      const parsedBody = JSON.parse(body)
      const speaksModern = eras.includes('modern')
      const old = speaksLegacy && (!speaksModern || (await isLegacyRequest(request, parsedBody)))
      return old ? legacy.fetch(request, { parsedBody }) : modern.fetch(request, { parsedBody })
    },
  })
  return {
    url: `http://127.0.0.1:${web.port}/mcp`,
    cancellations: () => seen.cancellations,
    calls: () => Object.fromEntries(seen.calls),
    received: () => received,
    announceTools: () => modern.notify.toolsChanged(),
    close: async () => {
      await modern.close()
      await legacy.close()
      await web.stop(true)
    },
  }
}

const refused = () => new Response(null, { status: 405 })

type Seen = { cancellations: number; calls: Map<string, number> }

const createLegacySessions = (seen: Seen) => {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>()
  const open = async () => {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    })
    await createServer(seen).connect(transport)
    return transport
  }
  return {
    fetch: async (request: Request, options?: { parsedBody: unknown }) => {
      const id = request.headers.get('mcp-session-id')
      const transport = id === null ? await open() : sessions.get(id)
      return transport?.handleRequest(request, options) ?? new Response(null, { status: 404 })
    },
    close: async () => {
      for (const transport of sessions.values()) await transport.close()
    },
  }
}

type Json = Record<string, unknown>
type Tool = {
  description: string
  properties?: Json
  outputSchema?: Json
  run: (given: Json, context: ServerContext, seen: Seen) => Json | Promise<Json>
}

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='

const said = (text: string) => ({ content: [{ type: 'text', text }] })

const TOOLS: Record<string, Tool> = {
  greet: {
    description: 'Greets somebody',
    properties: { name: { type: 'string' } },
    run: ({ name }) => said(`Hello, ${name}!`),
  },
  measure: {
    description: 'Structured content with an output schema',
    outputSchema: {
      type: 'object',
      properties: { celsius: { type: 'number' }, samples: { type: 'array' } },
      required: ['celsius'],
    },
    run: () => {
      const structuredContent = { celsius: 21.5, samples: [1, 2.25, -3e-7] }
      return { ...said(JSON.stringify(structuredContent)), structuredContent }
    },
  },
  show: {
    description: 'Every kind of content',
    run: () => ({
      content: [
        { type: 'text', text: 'plain', annotations: { audience: ['user'], priority: 0.5 } },
        { type: 'image', data: PIXEL, mimeType: 'image/png' },
        { type: 'audio', data: 'UklGRg==', mimeType: 'audio/wav' },
        { type: 'resource_link', uri: 'fixture://one', name: 'one', mimeType: 'text/plain' },
        { type: 'resource', resource: { uri: 'fixture://one', text: 'first' } },
      ],
      _meta: { 'com.example/trace': 'kept' },
    }),
  },
  fail: {
    description: 'An error of the tool itself',
    run: () => ({ ...said('It did not work out.'), isError: true }),
  },
  count: {
    description: 'Reports progress up to a number',
    properties: { to: { type: 'integer' } },
    run: async ({ to }, context) => {
      for (let step = 1; step <= Number(to); step++) {
        await Bun.sleep(15)
        const progressToken = context.mcpReq._meta?.progressToken
        if (progressToken === undefined) continue
        await context.mcpReq.notify({
          method: 'notifications/progress',
          params: { progressToken, progress: step, total: Number(to), message: `step ${step}` },
        })
      }
      return said(`Counted to ${to}.`)
    },
  },
  narrate: {
    description: 'Logs one message at each of four levels',
    run: async (_given, context) => {
      for (const level of ['debug', 'info', 'warning', 'error'] as const) {
        await context.mcpReq.log(level, { chapter: level }, 'fixture')
      }
      return said('The end.')
    },
  },
  wait: {
    description: 'Waits until it is cancelled, or 20 seconds',
    run: async (_given, { mcpReq }, seen) => {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 20_000)
        mcpReq.signal.addEventListener('abort', () => {
          seen.cancellations++
          clearTimeout(timer)
          resolve()
        })
      })
      return said('Waited.')
    },
  },
  confirm: {
    description: 'Asks the person in front of the client before it answers',
    run: (_given, { mcpReq }) => {
      const answer = mcpReq.inputResponses?.sure
      if (answer !== undefined) return said(`Answered: ${JSON.stringify(answer)}`)
      return inputRequired({
        inputRequests: {
          sure: inputRequired.elicit({
            message: 'Are you sure?',
            requestedSchema: { type: 'object', properties: { sure: { type: 'boolean' } } },
          }),
        },
        requestState: 'round-1',
      })
    },
  },
}

const RESOURCES: Record<string, Json> = {
  'fixture://one': { mimeType: 'text/plain', text: 'first' },
  'fixture://two': { mimeType: 'application/octet-stream', blob: 'AAEC/w==' },
}

const CITIES = ['Amsterdam', 'Antwerp', 'Berlin']

export const createServer = (seen: Seen): Server => {
  const server = new Server(
    { name: 'fixture', title: 'Fixture', version: '3.2.1' },
    {
      instructions: 'Made for tests.',
      capabilities: {
        tools: { listChanged: true },
        resources: {},
        prompts: {},
        completions: {},
        logging: {},
      },
    },
  )
  server.setRequestHandler('tools/list', () => ({
    tools: Object.entries(TOOLS).map(([name, { description, properties = {}, outputSchema }]) => ({
      name,
      description,
      inputSchema: { type: 'object', properties, required: Object.keys(properties) },
      ...(outputSchema && { outputSchema }),
      annotations: { readOnlyHint: true },
      _meta: { 'com.example/cost': 1 },
    })) as never,
  }))
  server.setRequestHandler('tools/call', async ({ params }, context) => {
    const tool = Object.hasOwn(TOOLS, params.name) ? TOOLS[params.name] : undefined
    if (tool === undefined) throw invalid(`Unknown tool: ${params.name}`)
    seen.calls.set(params.name, (seen.calls.get(params.name) ?? 0) + 1)
    return (await tool.run(params.arguments ?? {}, context, seen)) as never
  })
  server.setRequestHandler('resources/list', () => ({
    resources: Object.keys(RESOURCES).map((uri) => ({ uri, name: uri.slice(10) })),
  }))
  server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: [{ uriTemplate: 'fixture://{name}', name: 'by name' }],
  }))
  server.setRequestHandler('resources/read', ({ params: { uri } }) => {
    const contents = Object.hasOwn(RESOURCES, uri) ? RESOURCES[uri] : undefined
    if (contents === undefined) throw invalid(`Resource not found: ${uri}`)
    return { contents: [{ uri, ...contents }] } as never
  })
  server.setRequestHandler('prompts/list', () => ({
    prompts: [
      {
        name: 'travel',
        description: 'Plans a trip',
        arguments: [{ name: 'city', required: true }],
      },
    ],
  }))
  server.setRequestHandler('prompts/get', ({ params }) => {
    const city = params.arguments?.city
    if (params.name !== 'travel' || city === undefined) throw invalid('Which trip?')
    return {
      messages: [{ role: 'user', content: { type: 'text', text: `Plan a trip to ${city}.` } }],
    }
  })
  server.setRequestHandler('completion/complete', ({ params: { argument } }) => {
    const values = CITIES.filter((city) => city.startsWith(argument.value))
    return { completion: { values, total: values.length, hasMore: false } }
  })
  return server
}

const invalid = (message: string) => new ProtocolError(ProtocolErrorCode.InvalidParams, message)
