/**
 * A thousand quiet `subscriptions/listen` streams and a thousand legacy GET streams at once, which say
 * something at their beginning and at their end: QUIET_SECONDS, 120 by default.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Gateway, startGateway } from '../support/gateway.ts'

const SECONDS = Number(process.env.QUIET_SECONDS ?? 120)
const STREAMS = Number(process.env.QUIET_STREAMS ?? 1000)
/** One principal may hold a hundred sessions on one server. */
const SERVERS = Math.ceil(STREAMS / 100)
const META = 'io.modelcontextprotocol/'

type Writer = (event: object) => void
type Question = Readonly<{ id?: number; method: string; params?: { protocolVersion?: string } }>

/** Streams that say nothing until they are told to. */
const startQuietServer = () => {
  const listening = new Set<Writer>()
  const getting = new Set<Writer>()
  const stream = (held: Set<Writer>, first?: object) => {
    let write: Writer | undefined
    const body = new ReadableStream<string>({
      start: (controller) => {
        write = (event) => controller.enqueue(`event: message\ndata: ${JSON.stringify(event)}\n\n`)
        held.add(write)
        controller.enqueue(':\n\n')
        if (first !== undefined) write(first)
      },
      cancel: () => {
        if (write !== undefined) held.delete(write)
      },
    })
    return new Response(body as unknown as ReadableStream<Uint8Array>, {
      headers: { 'content-type': 'text/event-stream' },
    })
  }
  const answer = ({ id, method, params }: Question): Response => {
    const result = (value: object, headers = {}) =>
      Response.json({ jsonrpc: '2.0', id, result: value }, { headers })
    if (method === 'subscriptions/listen') {
      const acknowledged = {
        notifications: { toolsListChanged: true },
        _meta: { [`${META}subscriptionId`]: id },
      }
      return stream(listening, {
        jsonrpc: '2.0',
        method: 'notifications/subscriptions/acknowledged',
        params: acknowledged,
      })
    }
    const capabilities = { tools: { listChanged: true } }
    if (method === 'server/discover') {
      return result({ supportedVersions: ['2026-07-28'], capabilities, resultType: 'complete' })
    }
    if (method !== 'initialize') return new Response(null, { status: 202 })
    const protocolVersion = params?.protocolVersion ?? '2025-11-25'
    const hello = { protocolVersion, capabilities, serverInfo: { name: 'quiet', version: '1' } }
    return result(hello, { 'mcp-session-id': crypto.randomUUID() })
  }
  const web = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    fetch: async (request) => {
      if (request.method === 'GET') return stream(getting)
      if (request.method === 'DELETE') return new Response(null)
      return answer((await request.json()) as Question)
    },
  })
  return {
    url: `http://127.0.0.1:${web.port}/mcp`,
    listening,
    getting,
    close: () => web.stop(true),
  }
}

/** A stream read by hand, since `fetch` opens only so many at a time. */
type Heard = { text: string; ended: boolean }

const openStream = async (url: string, head: readonly string[], body = ''): Promise<Heard> => {
  const { hostname, port, pathname } = new URL(url)
  const heard: Heard = { text: '', ended: false }
  const decoder = new TextDecoder()
  const ended = () => {
    heard.ended = true
  }
  const lines = [
    `${body === '' ? 'GET' : 'POST'} ${pathname} HTTP/1.1`,
    `host: ${hostname}:${port}`,
    'accept: application/json, text/event-stream',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    ...head,
  ]
  await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      open: (socket) => void socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`),
      data: (_socket, bytes) => {
        heard.text += decoder.decode(bytes, { stream: true })
      },
      close: ended,
      error: ended,
    },
  })
  return heard
}

/** The events of a chunked response; comments and chunk sizes aside, nothing else may stand in it. */
const eventsOf = ({ text }: Heard): readonly string[] => {
  const body = text
    .slice(text.indexOf('\r\n\r\n') + 4)
    .replace(/\r\n[0-9a-f]+\r\n|^[0-9a-f]+\r\n/g, '')
  return [...body.matchAll(/^data: (.+)$/gm)].map((match) => match[1] ?? '')
}

let server: ReturnType<typeof startQuietServer>
let gateway: Gateway
beforeAll(async () => {
  server = startQuietServer()
  const entry = { type: 'http', url: server.url }
  gateway = await startGateway({
    args: ['--no-auth'],
    servers: Object.fromEntries(
      Array.from({ length: SERVERS }, (_, index) => [`quiet-${index}`, entry]),
    ),
  })
})
afterAll(async () => {
  await gateway?.close()
  await server?.close()
})

const addressOf = (stream: number) => `${gateway.url}/servers/quiet-${stream % SERVERS}/mcp`

const listen = (stream: number) => {
  const _meta = { [`${META}protocolVersion`]: '2026-07-28', [`${META}clientCapabilities`]: {} }
  const params = { notifications: { toolsListChanged: true }, _meta }
  const message = { jsonrpc: '2.0', id: stream, method: 'subscriptions/listen', params }
  const head = ['mcp-protocol-version: 2026-07-28', 'mcp-method: subscriptions/listen']
  return openStream(addressOf(stream), head, JSON.stringify(message))
}

const get = async (stream: number) => {
  const hello = await fetch(addressOf(stream), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 0,
      method: 'initialize',
      params: {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'quiet', version: '1' },
      },
    }),
  })
  if (!hello.ok) throw new Error(await hello.text())
  await hello.text()
  const head = [
    'mcp-protocol-version: 2025-11-25',
    `mcp-session-id: ${hello.headers.get('mcp-session-id')}`,
  ]
  return openStream(addressOf(stream), head)
}

/** Opens them a few at a time, as clients would come. */
const openAll = async (open: (stream: number) => Promise<Heard>): Promise<readonly Heard[]> => {
  const opened: Heard[] = []
  for (let from = 0; from < STREAMS; from += 50) {
    const some = Array.from({ length: Math.min(50, STREAMS - from) }, (_, index) => from + index)
    opened.push(...(await Promise.all(some.map(open))))
  }
  return opened
}

const eventually = async (holds: () => boolean, complaint: () => string) => {
  const deadline = performance.now() + 30_000
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(complaint())
    await Bun.sleep(50)
  }
}

describe(`${STREAMS} listening and ${STREAMS} GET streams that are quiet for ${SECONDS} s`, () => {
  test('stay open, and each hears all that it is told and nothing else', async () => {
    const listeners = await openAll(listen)
    const getters = await openAll(get)
    await eventually(
      () => server.listening.size === STREAMS && server.getting.size === STREAMS,
      () => `only ${server.listening.size} and ${server.getting.size} streams reached the server`,
    )
    const announce = (round: number) => {
      const params = { _meta: { 'com.example/round': round } }
      const event = { jsonrpc: '2.0', method: 'notifications/tools/list_changed', params }
      for (const write of server.getting) write(event)
      for (const write of server.listening) write(event)
    }
    const roundsOf = (heard: Heard) =>
      eventsOf(heard).flatMap(
        (event) => JSON.parse(event).params?._meta?.['com.example/round'] ?? [],
      )
    const heardAll = (rounds: number) => (heard: Heard) =>
      roundsOf(heard).join() === Array.from({ length: rounds }, (_, index) => index).join()

    announce(0)
    await Bun.sleep(SECONDS * 1000)
    expect(listeners.filter(({ ended }) => ended)).toHaveLength(0)
    expect(getters.filter(({ ended }) => ended)).toHaveLength(0)
    expect([server.listening.size, server.getting.size]).toEqual([STREAMS, STREAMS])
    announce(1)

    const all = [...listeners, ...getters]
    await eventually(
      () => all.every(heardAll(2)),
      () => {
        const lost = all.filter((heard) => !heardAll(2)(heard))
        return `${lost.length} streams lost something, such as:\n${lost[0]?.text.slice(-1000)}`
      },
    )
    expect(listeners.filter((heard) => eventsOf(heard).length !== 3)).toEqual([])
    expect(getters.filter((heard) => eventsOf(heard).length !== 2)).toEqual([])
  }, 300_000)
})
