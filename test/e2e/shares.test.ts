import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { startUpstream } from '../support/upstream.ts'

// Programs are started here, on machines that have much else to do.
setDefaultTimeout(20_000)

const HELLO = {
  protocolVersion: '2025-11-25',
  capabilities: { tools: {} },
  serverInfo: { name: 'small', version: '1' },
}
/** A whole MCP server, as far as opening a session goes, which costs next to nothing to start. */
const SMALL = `
while read -r line; do
  case "$line" in *'"initialize"'*) echo '${JSON.stringify({ jsonrpc: '2.0', id: 1, result: HELLO })}' ;; esac
done`
/** Half of the 32 processes that a server may have. */
const PROCESSES = 16
const SESSIONS = 100

let legacy: ReturnType<typeof startUpstream>
let opened = 0
let gateway: Gateway
beforeAll(async () => {
  legacy = startUpstream({
    eras: ['legacy'],
    script: ({ message }) => {
      if (message.method === 'initialize') opened++
      return undefined
    },
  })
  const pinned = { protocol_version: '2025-11-25' }
  gateway = await startGateway({
    args: ['--no-auth'],
    servers: {
      small: { type: 'stdio', command: 'sh', args: ['-c', SMALL], ...pinned },
      old: { type: 'http', url: legacy.url, ...pinned },
    },
  })
}, 30_000)
afterAll(async () => {
  await gateway?.close()
  await legacy?.close()
})

const open = async (server: string) => {
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'x', version: '1' },
  }
  const response = await fetch(`${gateway.url}/servers/${server}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
  })
  return {
    status: response.status,
    id: response.headers.get('mcp-session-id'),
    text: await response.text(),
  }
}

describe('one caller', () => {
  test('has a share of the processes of a server, and is told what to do beyond it', async () => {
    const own = await Promise.all(Array.from({ length: PROCESSES }, () => open('small')))
    expect(own.map(({ id }) => typeof id)).toEqual(own.map(() => 'string'))
    const more = await open('small')
    expect(more).toMatchObject({ status: 200, id: null })
    expect(more.text).toContain(
      `Server small runs ${PROCESSES} processes for you already, as many as one caller may have; close a session that you do not need, or try again later`,
    )
    const script = await fetch(`${gateway.url}/mcp/list-tools?mcp_server=small`)
    expect(script.status).toBe(429)
    expect(Number(script.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await script.text()).toContain('close a session that you do not need')
    const ending = await fetch(`${gateway.url}/servers/small/mcp`, {
      method: 'DELETE',
      headers: { 'mcp-session-id': own[0]?.id ?? '' },
    })
    expect(ending.ok).toBe(true)
  })

  test('has a number of sessions with a server, which hears nothing of one more', async () => {
    for (let count = 0; count < SESSIONS; count++) await open('old')
    expect(opened).toBe(SESSIONS)
    const more = await open('old')
    expect(more).toMatchObject({ status: 200, id: null })
    expect(more.text).toContain('You have 100 sessions with server old')
    expect(opened).toBe(SESSIONS)
  })
})
