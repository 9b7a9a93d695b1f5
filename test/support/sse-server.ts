/**
 * A real server of HTTP+SSE (MCP 2024-11-05) on the transport of the official SDK: `GET /sse` opens a
 * session, `POST /messages?sessionId=…` speaks in it. Tools: `echo`, `ask` (an elicitation inside the
 * call), `progress`, `silent` (never answers).
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js'
import {
  CallToolRequestSchema,
  ElicitResultSchema,
  ListToolsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'

const TOOLS = ['echo', 'ask', 'progress', 'silent']
const text = (value: unknown) => ({
  content: [{ type: 'text' as const, text: JSON.stringify(value) }],
})

const createMcpServer = () => {
  const server = new Server(
    { name: 'sse-test', version: '1' },
    { capabilities: { tools: { listChanged: true } } },
  )
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: TOOLS.map((name) => ({ name, inputSchema: { type: 'object' as const } })),
  }))
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    if (params.name === 'silent') return new Promise<never>(() => undefined)
    if (params.name === 'ask') {
      const requestedSchema = { type: 'object' as const, properties: {} }
      const request = {
        method: 'elicitation/create',
        params: { message: 'Sure?', requestedSchema },
      }
      return text(await extra.sendRequest(request as never, ElicitResultSchema))
    }
    if (params.name === 'progress') {
      const progressToken = extra._meta?.progressToken ?? 0
      const note = { progressToken, progress: 1 }
      await extra.sendNotification({ method: 'notifications/progress', params: note })
    }
    return text(params.arguments)
  })
  return server
}

export const startSseServer = async () => {
  const sessions = new Map<string, Readonly<{ transport: SSEServerTransport; server: Server }>>()
  const seen: string[] = []
  const open = async (response: ServerResponse) => {
    const transport = new SSEServerTransport('/messages', response)
    const server = createMcpServer()
    sessions.set(transport.sessionId, { transport, server })
    await server.connect(transport)
    response.on('close', () => sessions.delete(transport.sessionId))
  }
  const post = async (url: URL, request: IncomingMessage, response: ServerResponse) => {
    const session = sessions.get(url.searchParams.get('sessionId') ?? '')
    if (session === undefined) return response.writeHead(404).end('Session not found')
    return session.transport.handlePostMessage(request, response)
  }
  const http = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    seen.push(`${request.method} ${url.pathname}`)
    if (request.method === 'GET' && url.pathname === '/sse') return void open(response)
    if (request.method === 'POST' && url.pathname === '/messages') {
      return void post(url, request, response)
    }
    return void response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/sse`,
    seen,
    sessions: () => sessions.size,
    /** Ends every stream; the sessions go with them. */
    cut: async () => {
      for (const { transport } of [...sessions.values()]) await transport.close()
    },
    announce: async () => {
      for (const { server } of sessions.values()) await server.sendToolListChanged()
    },
    close: () => {
      http.closeAllConnections()
      http.close()
    },
  }
}
