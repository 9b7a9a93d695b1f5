/**
 * The server that every path of the bench ends at: as little work as an MCP server can do. It speaks
 * both eras and the original's REST dialect, and prints its address.
 */
const TOOLS = Array.from({ length: 200 }, (_, index) => ({
  name: `tool_${index}`,
  description: `Tool number ${index} of the bench, with a description of ordinary length.`,
  inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
}))

const RESULT = { content: [{ type: 'text', text: 'The quick brown fox jumps over the lazy dog.' }] }

type Message = Readonly<{
  id?: number
  method: string
  params?: { protocolVersion?: string; _meta?: unknown }
}>

const results: Readonly<Record<string, (message: Message) => object>> = {
  initialize: ({ params }) => ({
    protocolVersion: params?.protocolVersion ?? '2025-11-25',
    capabilities: { tools: {} },
    serverInfo: { name: 'bench', version: '1' },
  }),
  'server/discover': () => ({
    supportedVersions: ['2026-07-28'],
    capabilities: { tools: {} },
    ttlMs: 0,
    cacheScope: 'private',
  }),
  'tools/list': () => ({ tools: TOOLS }),
  'tools/call': () => RESULT,
}

const answer = (message: Message): Response => {
  if (message.id === undefined) return new Response(null, { status: 202 })
  const make = results[message.method]
  if (make === undefined) {
    const error = { code: -32601, message: 'Method not found' }
    return Response.json({ jsonrpc: '2.0', id: message.id, error }, { status: 404 })
  }
  const modern = message.params?._meta !== undefined && { resultType: 'complete' }
  const result = { ...modern, ...make(message) }
  const headers = message.method === 'initialize' ? { 'mcp-session-id': 'bench' } : undefined
  return Response.json({ jsonrpc: '2.0', id: message.id, result }, { ...(headers && { headers }) })
}

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  idleTimeout: 0,
  routes: {
    '/mcp': {
      POST: async (request) => answer((await request.json()) as Message),
      GET: () => new Response(null, { status: 405 }),
      DELETE: () => new Response(null, { status: 200 }),
    },
    '/tools': Response.json({ tools: TOOLS }),
    '/tools/:name/invoke': { POST: async (request) => Response.json(await request.json()) },
  },
  fetch: () => new Response('not found', { status: 404 }),
})
console.log(`http://127.0.0.1:${server.port}`)
