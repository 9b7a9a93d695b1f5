import {
  type EventStore,
  isInitializeRequest,
  type McpServer,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'

/** The legacy era of the fixture: a server for each session, whose streams can be resumed. */
export const createLegacyDoor = (build: () => McpServer) => {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>()
  const open = async () => {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      eventStore: createEventStore(),
      retryInterval: 500,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    })
    await build().connect(transport)
    return transport
  }
  const find = async (request: Request, parsedBody: unknown) => {
    const id = request.headers.get('mcp-session-id')
    if (id !== null) return sessions.get(id) ?? refusal(404, 'Session not found')
    return isInitializeRequest(parsedBody) ? await open() : refusal(400, 'Session ID required')
  }
  return {
    fetch: async (request: Request, parsedBody?: unknown): Promise<Response> => {
      const found = await find(request, parsedBody)
      if (found instanceof Response) return found
      return found.handleRequest(request, parsedBody === undefined ? {} : { parsedBody })
    },
    close: async () => {
      for (const transport of sessions.values()) await transport.close()
    },
  }
}

const refusal = (status: number, message: string) =>
  Response.json({ jsonrpc: '2.0', id: null, error: { code: -32_000, message } }, { status })

/** Events of one session in the order in which they came; an id names the stream and the place in it. */
const createEventStore = (): EventStore => {
  const events: { id: string; stream: string; message: Parameters<EventStore['storeEvent']>[1] }[] =
    []
  return {
    storeEvent: async (stream, message) => {
      const id = `${stream}::${events.length}`
      events.push({ id, stream, message })
      return id
    },
    replayEventsAfter: async (lastEventId, { send }) => {
      const from = events.findIndex(({ id }) => id === lastEventId)
      const stream = lastEventId.split('::')[0] ?? ''
      for (const event of events.slice(from + 1)) {
        // What opened a stream is an event without a message.
        if (event.stream !== stream || Object.keys(event.message).length === 0) continue
        await send(event.id, event.message)
      }
      return stream
    },
  }
}
