import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { connectClient, type RealClient } from '../support/clients.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'
import { honour, type Seen, stall, startUpstream } from '../support/upstream.ts'

setDefaultTimeout(60_000)

/** How the servers are at the moment. */
const mood = { hanging: false, dead: false }
const listeners: AbortController[] = []

const hangs = (seen: Seen) => {
  const isList = seen.message.method === 'tools/list'
  return isList && mood.hanging ? stall(seen) : undefined
}
const dies = (seen: Seen) => {
  if (mood.dead) return new Response(null, { status: 503 })
  if (seen.message.method !== 'subscriptions/listen') return undefined
  const { response } = honour(seen)
  // A stream that breaks when the server dies.
  const death = new AbortController()
  listeners.push(death)
  const body = response.body?.pipeThrough(new TransformStream(), { signal: death.signal })
  return new Response(body, { headers: response.headers })
}

let gateway: Gateway
let slow: ReturnType<typeof startUpstream>
let mortal: ReturnType<typeof startUpstream>
beforeAll(async () => {
  slow = startUpstream({ eras: ['legacy'], script: hangs, tools: { late: {} } })
  mortal = startUpstream({ eras: ['modern'], script: dies, tools: { frail: {} } })
  gateway = await startGateway({
    args: ['--no-auth'],
    servers: {
      slow: { type: 'http', url: slow.url },
      mortal: { type: 'http', url: mortal.url },
    },
  })
})
afterAll(async () => {
  await gateway?.close()
  await Promise.all([slow?.close(), mortal?.close()])
})

type Listed = { tools: { name: string }[]; _meta?: Record<string, { server: string }[]> }
const list = async (client: RealClient) => {
  const { tools, _meta } = (await client.ask('tools/list')) as Listed
  return {
    names: tools.map(({ name }) => name),
    missing: (_meta?.['dev.datacline/degraded'] ?? []).map(({ server }) => server),
  }
}
const changes = (client: RealClient) =>
  client.heard.filter(({ method }) => method === 'notifications/tools/list_changed').length

test('a server that hangs delays one list, hears that nobody waits, and is missed until it answers', async () => {
  const client = await connectClient('sdk v2 legacy', { url: `${gateway.url}/mcp` })
  expect((await list(client)).missing).toEqual([])
  mood.hanging = true
  expect(await list(client)).toEqual({ names: ['mortal__frail'], missing: ['slow'] })
  await until(() => slow.received('notifications/cancelled').length > 0)
  const asked = () => slow.received('tools/list').length
  const before = asked()
  // Were each of these to wait for its five seconds, there would be no time for all of them.
  for (let round = 0; round < 20; round++) expect((await list(client)).missing).toEqual(['slow'])
  expect(asked()).toBeLessThanOrEqual(before + 1)
  mood.hanging = false
  await client.close()
})

test('a server that dies while a client listens is degraded, and heard of when it is back', async () => {
  const client = await connectClient('sdk v2 modern', { url: `${gateway.url}/mcp` })
  const listening = await client.listen({ toolsListChanged: true })
  await until(() => listeners.length > 0)
  mood.dead = true
  for (const death of listeners.splice(0)) death.abort()
  await until(async () => (await list(client)).missing.includes('mortal'))
  const before = changes(client)
  mood.dead = false
  await until(() => changes(client) > before)
  expect((await list(client)).names).toContain('mortal__frail')
  await listening.close()
  await client.close()
})
