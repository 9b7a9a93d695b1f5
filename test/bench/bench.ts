/**
 * The same load against the upstream directly, a bare proxy, and datacline with everything on (JWT,
 * policy, durable record), in interleaved rounds. Prints a table, and writes it as Markdown when a file
 * is named: `bun run bench [FILE]`. Ratios are what counts: all of it shares one machine.
 */
import { join } from 'node:path'
import { startGateway } from '../support/gateway.ts'
import { startIssuer } from '../support/issuer.ts'
import type { Figures } from './load.ts'
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
import { pathFigures } from './paths.ts'
import { processFigures } from './process.ts'

const PATHS = ['direct', 'bare proxy', 'datacline'] as const
type Path = (typeof PATHS)[number]

const POLICY = `roles:
  agent:
    permissions:
      - {resource: "mcp:bench:*", actions: ["*"]}
      - {resource: "mcp:old:*", actions: ["*"]}
      - {resource: "mcp:new:*", actions: ["*"]}
user_roles:
  alice: [agent]
rules:
  - name: No dropping
    condition: {mcp_server: bench, tool_name_pattern: "drop"}
    action: deny
    priority: 10
default_policy: deny
`

const started: (() => unknown)[] = []

/** Starts a script that prints its address. */
const start = async (script: string, ...args: string[]): Promise<string> => {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, script), ...args], {
    stdout: 'pipe',
    stderr: 'inherit',
  })
  started.push(() => child.kill())
  for await (const bytes of child.stdout) return new TextDecoder().decode(bytes).trim()
  throw new Error(`${script} printed no address`)
}

const issuer = await startIssuer({ keycloakRealm: 'mcp-gateway' })
const upstream = await start('upstream.ts')
const proxy = await start('bare-proxy.ts', upstream)
const gateway = await startGateway({
  env: { KEYCLOAK_URL: issuer.url },
  servers: {
    bench: { url: `${upstream}/mcp`, type: 'http' },
    old: { url: `${upstream}/mcp`, type: 'http', protocol_version: '2025-11-25' },
    new: { url: `${upstream}/mcp`, type: 'http', protocol_version: '2026-07-28' },
  },
  policy: POLICY,
})
started.push(gateway.close, issuer.close)
const token = await issuer.token({ exp: Math.floor(Date.now() / 1000) + 7200 })

const BASES: Readonly<Record<Path, string>> = {
  direct: upstream,
  'bare proxy': proxy,
  datacline: gateway.url,
}
const authorization = { authorization: `Bearer ${token}` }

const mcp = (path: Path, message: object, headers: Headers) =>
  rawRequest(BASES[path], path === 'datacline' ? '/servers/bench/mcp' : '/mcp', message, {
    ...headers,
    ...(path === 'datacline' && authorization),
  })

const modern = (method: string, params: object, name?: string) => (path: Path) =>
  mcp(
    path,
    { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: META } },
    {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(name !== undefined && { 'mcp-name': name }),
    },
  )

const session = async (path: Path): Promise<string> => {
  const address = BASES[path] + (path === 'datacline' ? '/servers/bench/mcp' : '/mcp')
  const response = await fetch(address, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(path === 'datacline' && authorization),
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: HELLO,
    }),
  })
  await response.text()
  return response.headers.get('mcp-session-id') ?? 'bench'
}
const sessions = new Map<Path, string>()
for (const path of PATHS) sessions.set(path, await session(path))

const call = {
  name: 'tool_7',
  arguments: GIVEN,
}
const SCENARIOS: Readonly<Record<string, (path: Path) => string>> = {
  'tools/call, modern': modern('tools/call', call, 'tool_7'),
  'tools/call, legacy': (path) =>
    mcp(
      path,
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: call },
      { 'mcp-protocol-version': '2025-11-25', 'mcp-session-id': sessions.get(path) ?? '' },
    ),
  'tools/list of 200': modern('tools/list', {}),
  'REST invoke': (path) =>
    path === 'datacline'
      ? rawRequest(
          gateway.url,
          '/mcp/invoke?mcp_server=bench',
          { tool_name: call.name, parameters: call.arguments },
          authorization,
        )
      : rawRequest(BASES[path], '/tools/tool_7/invoke', call.arguments, {}),
}

const lines = [
  '| scenario | c | direct req/s | bare proxy req/s | datacline req/s | datacline ÷ bare proxy (range) | p50 direct / bare / datacline ms | p99 ms | errors |',
  '|---|---:|---:|---:|---:|---|---|---|---:|',
]
console.log(lines.join('\n'))
const only = process.env.BENCH_ONLY
for (const [name, request] of Object.entries(SCENARIOS)) {
  if (only !== undefined && !name.includes(only)) continue
  for (const connections of CONCURRENCY) {
    const figures: Record<Path, Figures[]> = { direct: [], 'bare proxy': [], datacline: [] }
    for (let round = 0; round <= ROUNDS; round++) {
      for (const path of PATHS) {
        const port = Number(new URL(BASES[path]).port)
        const measured = await load({
          port,
          request: request(path),
          connections,
          duration: round === 0 ? DURATION / 2 : DURATION,
        })
        // The first round warms everything up.
        if (round > 0) figures[path].push(measured)
      }
    }
    const rate = (path: Path) => median(figures[path].map((each) => each.rate))
    const ratios = figures.datacline.map(
      (each, index) => each.rate / (figures['bare proxy'][index]?.rate ?? 1),
    )
    const ms = (key: 'p50' | 'p99') =>
      PATHS.map((path) => median(figures[path].map((each) => each[key])).toFixed(2)).join(' / ')
    const errors = PATHS.flatMap((path) => figures[path]).reduce(
      (sum, each) => sum + each.errors,
      0,
    )
    const line = `| ${name} | ${connections} | ${PATHS.map((path) => Math.round(rate(path))).join(' | ')} | ${median(ratios).toFixed(2)} (${range(ratios)}) | ${ms('p50')} | ${ms('p99')} | ${errors} |`
    lines.push(line)
    console.log(line)
  }
}
const add = (more: readonly string[]) => {
  console.log(['', ...more].join('\n'))
  lines.push('', ...more)
}
if (only === undefined || 'paths'.includes(only)) {
  add(await pathFigures(gateway.url, authorization))
}
if (only === undefined) add(await processFigures())
const file = process.argv[2]
if (file !== undefined) await Bun.write(file, `${lines.join('\n')}\n`)
for (const stop of started.reverse()) await stop()
process.exit(0)
