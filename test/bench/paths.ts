/** What it costs that the gateway translates between the eras, or stands for all servers at once. */
import {
  CONCURRENCY,
  DURATION,
  GIVEN,
  HELLO,
  type Headers,
  load,
  META,
  median,
  ROUNDS,
  range,
  rawRequest,
} from './measure.ts'

type Target = Readonly<{ path: string; tool: string }>
const ONE: Target = { path: '/servers/bench/mcp', tool: 'tool_7' }
const OLD: Target = { path: '/servers/old/mcp', tool: 'tool_7' }
const NEW: Target = { path: '/servers/new/mcp', tool: 'tool_7' }
const ALL: Target = { path: '/mcp', tool: 'bench__tool_7' }

/**
 * The lines of a table: each way beside the plain one, in interleaved rounds.
 *
 * @param base the gateway, in front of servers `bench`, `old` (legacy) and `new` (modern)
 */
export const pathFigures = async (base: string, authorization: Headers) => {
  const modern = async (method: string, { path, tool }: Target) => {
    const call = method === 'tools/call'
    const params = { ...(call && { name: tool, arguments: GIVEN }), _meta: META }
    return rawRequest(
      base,
      path,
      { jsonrpc: '2.0', id: 1000, method, params },
      {
        ...authorization,
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
        ...(call && { 'mcp-name': tool }),
      },
    )
  }
  const legacy = async (method: string, { path, tool }: Target) => {
    const session = { ...authorization, ...(await openSession(base + path, authorization)) }
    const params = method === 'tools/call' ? { name: tool, arguments: GIVEN } : {}
    return rawRequest(base, path, { jsonrpc: '2.0', id: 1000, method, params }, session)
  }
  const call = 'tools/call'
  const list = 'tools/list'
  const rows: Readonly<Record<string, readonly [plain: string, other: string]>> = {
    'call, modern client, legacy server': [await modern(call, ONE), await modern(call, OLD)],
    'call, legacy client, modern server': [await legacy(call, ONE), await legacy(call, NEW)],
    'call, modern, federated': [await modern(call, ONE), await modern(call, ALL)],
    'call, legacy, federated': [await legacy(call, ONE), await legacy(call, ALL)],
    'list of 200, legacy server': [await modern(list, ONE), await modern(list, OLD)],
    'list of 3 × 200, federated': [await modern(list, ONE), await modern(list, ALL)],
  }
  const lines = [
    '| path | c | plain req/s | this req/s | this ÷ plain (range) | p50 ms | p99 ms | errors |',
    '|---|---:|---:|---:|---|---|---|---:|',
  ]
  for (const [name, requests] of Object.entries(rows)) {
    for (const connections of CONCURRENCY) {
      lines.push(`| ${name} | ${connections} | ${await compare(base, requests, connections)} |`)
    }
  }
  return lines
}

const compare = async (base: string, requests: readonly [string, string], connections: number) => {
  const port = Number(new URL(base).port)
  const rounds: Awaited<ReturnType<typeof load>>[][] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const duration = round === 0 ? DURATION / 2 : DURATION
    const pair: Awaited<ReturnType<typeof load>>[] = []
    for (const request of requests) pair.push(await load({ port, request, connections, duration }))
    // The first round warms everything up.
    if (round > 0) rounds.push(pair)
  }
  const each = (key: 'rate' | 'p50' | 'p99', index: number) =>
    median(rounds.map((pair) => pair[index]?.[key] ?? 0))
  const ratios = rounds.map(([plain, other]) => (other?.rate ?? 0) / (plain?.rate ?? 1))
  const both = (key: 'p50' | 'p99') => `${each(key, 0).toFixed(2)} / ${each(key, 1).toFixed(2)}`
  const errors = rounds.flat().reduce((sum, figures) => sum + figures.errors, 0)
  return [
    Math.round(each('rate', 0)),
    Math.round(each('rate', 1)),
    `${median(ratios).toFixed(2)} (${range(ratios)})`,
    both('p50'),
    both('p99'),
    errors,
  ].join(' | ')
}

const openSession = async (address: string, authorization: Headers): Promise<Headers> => {
  const post = (message: object, headers: Headers) =>
    fetch(address, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...authorization,
        ...headers,
      },
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    })
  const hello = await post({ id: 0, method: 'initialize', params: HELLO }, {})
  await hello.text()
  const session = {
    'mcp-protocol-version': '2025-11-25',
    'mcp-session-id': hello.headers.get('mcp-session-id') ?? '',
  }
  await (await post({ method: 'notifications/initialized' }, session)).text()
  return session
}
