/** A server that speaks the original's REST dialect, and keeps what it was asked. */
export const startOriginalUpstream = (tools: readonly string[]) => {
  const asked: string[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: async (request) => {
      const path = request.url.slice(request.url.indexOf('/', 8))
      asked.push(`${request.method} ${path}`)
      if (path === '/tools') {
        return Response.json({
          tools: tools.map((name) => ({ name, description: `does ${name}` })),
        })
      }
      if (path === '/info') return Response.json({ name: 'mock', version: '1.0' })
      const name = decodeURIComponent(/^\/tools\/([^/]+)\/invoke$/.exec(path)?.[1] ?? '')
      if (!tools.includes(name)) return Response.json({ detail: 'no such tool' }, { status: 404 })
      return Response.json({ rows: [await request.json()], count: 1 })
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}`,
    asked,
    invoked: () => asked.filter((line) => line.startsWith('POST')),
    close: () => server.stop(true),
  }
}
