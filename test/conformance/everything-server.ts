import {
  acceptedContent,
  createMcpHandler,
  createRequestStateCodec,
  fromJsonSchema,
  hostHeaderValidationResponse,
  inputRequired,
  isLegacyRequest,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  McpServer,
  originValidationResponse,
  type PromptCallback,
  ProtocolError,
  ProtocolErrorCode,
  ResourceTemplate,
  type ServerContext,
} from '@modelcontextprotocol/server'
import type { Era } from '../../src/core/protocol.ts'
import { PLAIN_TOOLS } from './everything-plain.ts'
import { INPUT_TOOLS, PUSH_TOOLS } from './everything-questions.ts'
import { createLegacyDoor } from './everything-sessions.ts'
import { type Json, PIXEL, takes, type World } from './everything-tool.ts'

/** A server that offers all that the conformance suite asks for, on SDK v2. */
export type EverythingServer = Readonly<{
  /** Its MCP endpoint. */
  url: string
  /** How many calls of `test_waiting` are running now, and how many were cancelled. */
  waiting: () => number
  cancelled: () => number
  /** Which resources somebody subscribed to in the legacy era. */
  subscribed: () => readonly string[]
  /** What `test_trigger_…` does, from outside. */
  announce: World['announce']
  close: () => Promise<void>
}>

/** Starts the fixture; the legacy era has sessions that can be resumed. */
export const startEverythingServer = (
  eras: readonly Era[] = ['modern', 'legacy'],
): EverythingServer => {
  const codec = createRequestStateCodec<Json>({ key: crypto.getRandomValues(new Uint8Array(32)) })
  const subscriptions = new Map<McpServer, Set<string>>()
  const world: World = { announce: () => {}, mint: codec.mint, waiting: 0, cancelled: 0 }
  const build = () => createServer(world, codec.verify)
  const modern = createMcpHandler(build, { legacy: 'reject' })
  const legacy = createLegacyDoor(() => {
    const server = build()
    const uris = new Set<string>()
    subscriptions.set(server, uris)
    acceptSubscriptions(server, uris)
    server.server.onclose = () => subscriptions.delete(server)
    return server
  })
  world.announce = (change) => {
    if (change === 'tools') modern.notify.toolsChanged()
    else if (change === 'prompts') modern.notify.promptsChanged()
    else modern.notify.resourceUpdated(change.resource)
    for (const [server, uris] of subscriptions) announceTo(server, uris, change)
  }
  const old = async (request: Request, parsedBody: unknown) =>
    eras.includes('legacy') &&
    (!eras.includes('modern') || (await isLegacyRequest(request, parsedBody)))
  const web = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    fetch: async (request) => {
      const refused =
        hostHeaderValidationResponse(request, localhostAllowedHostnames()) ??
        originValidationResponse(request, localhostAllowedOrigins())
      if (refused !== undefined) return refused
      if (request.method !== 'POST') {
        return eras.includes('legacy') ? legacy.fetch(request) : new Response(null, { status: 405 })
      }
      const parsedBody: unknown = await request.json()
      return (await old(request, parsedBody))
        ? legacy.fetch(request, parsedBody)
        : modern.fetch(request, { parsedBody })
    },
  })
  return {
    url: `http://127.0.0.1:${web.port}/mcp`,
    waiting: () => world.waiting,
    cancelled: () => world.cancelled,
    subscribed: () => [...subscriptions.values()].flatMap((uris) => [...uris]),
    announce: (change) => world.announce(change),
    close: async () => {
      await modern.close()
      await legacy.close()
      await web.stop(true)
    },
  }
}

const announceTo = (
  server: McpServer,
  uris: ReadonlySet<string>,
  change: Parameters<World['announce']>[0],
) => {
  if (change === 'tools') return server.sendToolListChanged()
  if (change === 'prompts') return server.sendPromptListChanged()
  if (!uris.has(change.resource)) return
  void server.server.sendResourceUpdated({ uri: change.resource })
}

const acceptSubscriptions = ({ server }: McpServer, uris: Set<string>) => {
  server.setRequestHandler('resources/subscribe', ({ params }) => {
    uris.add(params.uri)
    return {}
  })
  server.setRequestHandler('resources/unsubscribe', ({ params }) => {
    uris.delete(params.uri)
    return {}
  })
}

const createServer = (
  world: World,
  verify: (state: string, context: ServerContext) => unknown,
): McpServer => {
  const server = new McpServer(
    { name: 'everything', version: '1.0.0' },
    {
      capabilities: {
        tools: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        prompts: { listChanged: true },
        logging: {},
        completions: {},
      },
      requestState: { verify },
    },
  )
  for (const [name, tool] of Object.entries({ ...PLAIN_TOOLS, ...INPUT_TOOLS, ...PUSH_TOOLS })) {
    const inputSchema = fromJsonSchema<Json>(tool.schema ?? { type: 'object', properties: {} })
    server.registerTool(name, { description: tool.description, inputSchema }, (given, context) =>
      tool.run(given, context, world, server),
    )
  }
  offerResources(server)
  offerPrompts(server)
  server.server.setRequestHandler('logging/setLevel', () => ({}))
  // It makes no tasks, so it knows none.
  const anything = fromJsonSchema<Json>({ type: 'object' })
  server.server.setRequestHandler('tasks/get', { params: anything, result: anything }, () => {
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Unknown task')
  })
  server.server.setRequestHandler('completion/complete', ({ params: { argument } }) => {
    const values = ['paris', 'park', 'party'].filter((word) => word.startsWith(argument.value))
    return { completion: { values, total: values.length, hasMore: false } }
  })
  return server
}

const CONTENTS: Readonly<
  Record<string, Readonly<{ mimeType: string; text?: string; blob?: string }>>
> = {
  'test://static-text': {
    mimeType: 'text/plain',
    text: 'This is the content of the static text resource.',
  },
  'test://static-binary': { mimeType: 'image/png', blob: PIXEL },
  'test://watched-resource': { mimeType: 'text/plain', text: 'Watched resource content' },
}

const offerResources = (server: McpServer) => {
  for (const [uri, { mimeType, ...contents }] of Object.entries(CONTENTS)) {
    server.registerResource(uri.slice('test://'.length), uri, { mimeType }, () => ({
      contents: [{ uri, mimeType, ...(contents as { text: string }) }],
    }))
  }
  const template = new ResourceTemplate('test://template/{id}/data', { list: undefined })
  const mimeType = 'application/json'
  server.registerResource('template', template, { mimeType }, (uri, { id }) => ({
    contents: [{ uri: uri.href, mimeType, text: JSON.stringify({ id, templateTest: true }) }],
  }))
}

const asUser = (...contents: readonly unknown[]) => ({
  messages: contents.map((content) => ({ role: 'user', content })) as never,
})
const text = (value: string) => ({ type: 'text', text: value })
const withArguments = (...names: readonly string[]) =>
  fromJsonSchema<Record<string, string>>(
    takes(Object.fromEntries(names.map((name) => [name, { type: 'string' }])), names),
  )

const offerPrompts = (server: McpServer) => {
  const prompt = <Schema extends ReturnType<typeof withArguments> | undefined>(
    name: string,
    argsSchema: Schema,
    callback: PromptCallback<Schema>,
  ) => server.registerPrompt(name, { description: name, argsSchema } as never, callback as never)
  prompt('test_simple_prompt', undefined, () =>
    asUser(text('This is a simple prompt for testing.')),
  )
  prompt('test_prompt_with_arguments', withArguments('arg1', 'arg2'), ({ arg1, arg2 }) =>
    asUser(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  )
  prompt('test_prompt_with_embedded_resource', withArguments('resourceUri'), ({ resourceUri }) =>
    asUser(
      {
        type: 'resource',
        resource: { uri: resourceUri, mimeType: 'text/plain', text: 'Embedded resource content.' },
      },
      text('Please process the embedded resource above.'),
    ),
  )
  prompt('test_prompt_with_image', undefined, () =>
    asUser({ type: 'image', data: PIXEL, mimeType: 'image/png' }, text('Please look at this.')),
  )
  prompt('test_input_required_result_prompt', undefined, ({ mcpReq }: ServerContext) => {
    const given = acceptedContent<{ context: string }>(mcpReq.inputResponses, 'user_context')
    if (given !== undefined) return asUser(text(`Use the following context: ${given.context}`))
    const user_context = inputRequired.elicit({
      message: 'What context should the prompt use?',
      requestedSchema: { type: 'object', properties: { context: { type: 'string' } } },
    })
    return inputRequired({ inputRequests: { user_context } })
  })
}
