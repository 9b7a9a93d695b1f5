import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { type Client, ClientFault, createClient } from '../../src/client.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'

// Programs are started here, on machines that have much else to do.
setDefaultTimeout(20_000)

const POLICY = `
roles:
  all: { permissions: [{ resource: "mcp:*:*", actions: ["*"] }] }
user_roles:
  anonymous: [all]
rules:
  - { name: Nobody deletes, condition: { tool: delete_user }, action: deny }
`

/** A server of the legacy era that tells which of its sessions were ended. */
const startLegacy = () => {
  const ended: string[] = []
  let opened = 0
  const web = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    fetch: async (request) => {
      const id = request.headers.get('mcp-session-id') ?? ''
      if (request.method === 'DELETE') {
        ended.push(id)
        return new Response(null, { status: 204 })
      }
      if (request.method === 'GET') {
        const hello = ': hello\n\n'
        const stream = new ReadableStream({ start: (it) => it.enqueue(hello) })
        return new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
      }
      const { id: asked, method } = (await request.json()) as { id?: number; method: string }
      if (asked === undefined) return new Response(null, { status: 202 })
      if (method === 'server/discover') return new Response(null, { status: 400 })
      const result =
        method === 'initialize'
          ? {
              protocolVersion: '2025-11-25',
              capabilities: { tools: {} },
              serverInfo: { name: 'old', version: '1' },
            }
          : { tools: [] }
      const headers = method === 'initialize' ? { 'mcp-session-id': `upstream-${++opened}` } : {}
      return Response.json({ jsonrpc: '2.0', id: asked, result }, { headers })
    },
  })
  return { url: `http://127.0.0.1:${web.port}/mcp`, ended, stop: () => web.stop(true) }
}

let legacy: ReturnType<typeof startLegacy>
let gateway: Gateway
let operator: Client
let caller: Client
const clientWith = (token: string | undefined) =>
  createClient({
    url: gateway.url,
    token,
    deadline: () => AbortSignal.timeout(10_000),
    clientInfo: { name: 'some-agent', version: '2.1' },
  })

beforeAll(async () => {
  legacy = startLegacy()
  gateway = await startGateway({
    args: ['--no-auth', '--demo'],
    policy: POLICY,
    servers: { old: { url: legacy.url, type: 'http', protocol_version: '2025-11-25' } },
  })
  operator = clientWith(await gateway.operatorToken())
  caller = clientWith(undefined)
}, 30_000)
afterAll(async () => {
  await gateway?.close()
  legacy?.stop()
})

const until = async <T>(ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> => {
  for (;;) {
    const answer = await ask()
    if (holds(answer)) return answer
    await Bun.sleep(10)
  }
}

const faultOf = async (asked: Promise<unknown>): Promise<ClientFault> => {
  const cause = await asked.then(() => undefined).catch((each: unknown) => each)
  if (cause instanceof ClientFault) return cause
  throw new Error(`no ClientFault but ${String(cause)}`)
}

const speak = (session: string | undefined, method: string, init: RequestInit = {}) =>
  fetch(`${gateway.url}/servers/old/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-11-25',
      ...(session !== undefined && { 'mcp-session-id': session }),
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method,
      params:
        method === 'initialize'
          ? {
              protocolVersion: '2025-11-25',
              capabilities: {},
              clientInfo: { name: 'old-agent', version: '1.2' },
            }
          : {},
    }),
    ...init,
  })

const openSession = async (): Promise<string> => {
  const answer = await speak(undefined, 'initialize')
  await answer.text()
  return answer.headers.get('mcp-session-id') ?? ''
}

describe('a legacy session', () => {
  test('is ended by who may administer: at the server too, its stream with it, and the record tells', async () => {
    const session = await openSession()
    const other = await openSession()
    expect((await speak(session, 'tools/list')).status).toBe(200)
    const listening = await speak(session, '', { method: 'GET', body: null })
    expect(listening.status).toBe(200)
    const { sessions } = await operator.snapshot()
    expect(sessions.count).toBe(2)
    const shown = session.slice(0, 8)
    expect(sessions.list).toContainEqual(
      expect.objectContaining({ id: shown, client: 'old-agent 1.2', version: '2025-11-25' }),
    )

    await operator.endSession(shown)
    expect(legacy.ended).toEqual(['upstream-1'])
    await listening.text()
    expect((await speak(session, 'tools/list')).status).toBe(404)
    expect((await speak(other, 'tools/list')).status).toBe(200)
    expect((await operator.snapshot()).sessions).toMatchObject({
      count: 1,
      list: [{ id: other.slice(0, 8) }],
    })
    const { events } = await until(
      () => operator.history({ filter: 'method:datacline/end-session' }),
      (page) => page.events[0]?.status === 'success',
    )
    expect(events[0]).toMatchObject({ user: 'operator', parameters: { id: shown } })
    const noted = await operator.history({ filter: '"session_ended"' })
    expect(noted.events[0]?.error).toBe(`operator ended session ${shown} of old-agent 1.2 on old`)
    expect(JSON.stringify(await operator.history({ limit: 500 }))).not.toContain(session)
  })

  test('is not ended by anybody else, nor by an id that is none or says too much', async () => {
    const session = await openSession()
    const shown = session.slice(0, 8)
    expect((await faultOf(caller.endSession(shown))).details.code).toBe('access_denied')
    expect((await faultOf(operator.endSession('00000000'))).message).toContain(
      'No session 00000000',
    )
    for (const id of [session, shown.slice(0, 4), `${shown}x`]) {
      expect((await faultOf(operator.endSession(id))).details.status).toBe(422)
    }
    expect((await speak(session, 'tools/list')).status).toBe(200)
  })
})

test('clients of the modern era are told of by who they are, what they call themselves, and how they fared', async () => {
  await caller.ask('demo', 'tools/call', { name: 'add', arguments: { a: 1, b: 2 } })
  await caller.ask('demo', 'tools/call', { name: 'delete_user', arguments: { id: '7' } })
  const { clients } = await until(
    () => operator.snapshot(),
    (snapshot) => (snapshot.clients?.[0]?.calls ?? 0) >= 2,
  )
  expect(clients).toEqual([
    {
      client: 'some-agent 2.1',
      version: '2026-07-28',
      user: 'anonymous',
      issuer: 'datacline:local',
      subject: 'anonymous',
      server: 'demo',
      first_seen: expect.any(String),
      last_seen: expect.any(String),
      calls: 2,
      denials: 1,
      errors: 0,
    },
  ])
})
