/** What a gateway is measured against: reads the body, sends it on with `fetch`, gives back what came. */
const target = process.argv[2] ?? ''

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  idleTimeout: 0,
  fetch: async (request) => {
    const path = request.url.slice(request.url.indexOf('/', 8))
    const headers: Record<string, string> = {}
    for (const name of [
      'content-type',
      'accept',
      'mcp-protocol-version',
      'mcp-method',
      'mcp-name',
      'mcp-session-id',
    ]) {
      const value = request.headers.get(name)
      if (value !== null) headers[name] = value
    }
    const body = request.method === 'POST' ? { body: await request.text() } : {}
    const response = await fetch(target + path, { method: request.method, headers, ...body })
    return new Response(await response.text(), {
      status: response.status,
      headers: { 'content-type': response.headers.get('content-type') ?? 'application/json' },
    })
  },
})
console.log(`http://127.0.0.1:${server.port}`)
