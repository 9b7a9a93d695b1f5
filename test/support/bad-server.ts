/**
 * What a bad server says is what the caller tells it to say: `tools/call` of `say` gives back the
 * texts in its arguments, in which `$ID` is the request's id. Run as a program it is a stdio server;
 * `startBadServer` gives it behind URLs: `/json`, `/stream` (Streamable HTTP) and `/sse` (HTTP+SSE).
 */
import { isObject, type JsonObject } from '../../src/core/json-rpc.ts'

/** Everything it says to one message; undefined for silence. */
const sayings = (message: JsonObject): readonly string[] | undefined => {
  const { id, method, params } = message
  if (id === undefined) return undefined
  if (method === 'initialize') {
    const result = { protocolVersion: '2025-11-25', capabilities: {} }
    return [JSON.stringify({ jsonrpc: '2.0', id, result })]
  }
  const given = isObject(params) && isObject(params.arguments) ? params.arguments.texts : []
  return (given as string[]).map((text) => text.replaceAll('$ID', JSON.stringify(id)))
}

const asEvents = (texts: readonly string[]) => texts.map((text) => `data: ${text}\n\n`).join('')

export const startBadServer = () => {
  const lines = new Map<string, ReadableStreamDefaultController<Uint8Array>>()
  const encoder = new TextEncoder()
  const openSse = () => {
    const id = crypto.randomUUID()
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        lines.set(id, controller)
        controller.enqueue(encoder.encode(`event: endpoint\ndata: /sse?line=${id}\n\n`))
      },
      cancel: () => {
        lines.delete(id)
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }
  const silence = (request: Request) =>
    new Promise<Response>((resolve) => {
      request.signal.addEventListener('abort', () => resolve(new Response(null)))
    })
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    fetch: async (request) => {
      const { pathname, searchParams } = new URL(request.url)
      if (request.method !== 'POST') return openSse()
      const texts = sayings(JSON.parse(await request.text()))
      if (pathname === '/sse') {
        const line = lines.get(searchParams.get('line') ?? '')
        if (texts !== undefined) line?.enqueue(encoder.encode(asEvents(texts)))
        return new Response(null, { status: 202 })
      }
      if (texts === undefined) return new Response(null, { status: 202 })
      if (texts.length === 0) return silence(request)
      const isStream = pathname === '/stream'
      return new Response(isStream ? asEvents(texts) : texts.at(-1), {
        headers: { 'content-type': isStream ? 'text/event-stream' : 'application/json' },
      })
    },
  })
  return {
    url: (path: string) => `http://127.0.0.1:${server.port}${path}`,
    close: () => server.stop(true),
  }
}

if (import.meta.main) {
  for await (const line of console) {
    for (const text of sayings(JSON.parse(line)) ?? []) process.stdout.write(`${text}\n`)
  }
}
