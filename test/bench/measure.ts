import { join } from 'node:path'
import type { Figures, Load } from './load.ts'

/** Rounds that count; one more before them warms everything up. */
export const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5)
/** Milliseconds of one round. */
export const DURATION = Number(process.env.BENCH_MILLISECONDS ?? 2000)
export const CONCURRENCY = [1, 32, 256]

/** What every modern request says of its client (MCP 2026-07-28). */
export const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}
/** How a legacy client opens its session. */
export const HELLO = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'bench', version: '1' },
}
/** The arguments of each call. */
export const GIVEN = { text: 'a parameter of ordinary length for a tool call' }

/** One load, in a process of its own. */
export const load = async (task: Load): Promise<Figures> => {
  const child = Bun.spawn(
    [process.execPath, join(import.meta.dir, 'load.ts'), JSON.stringify(task)],
    { stdout: 'pipe', stderr: 'inherit' },
  )
  return JSON.parse(await new Response(child.stdout).text()) as Figures
}

export type Headers = Readonly<Record<string, string>>

/** The bytes of one request. */
export const rawRequest = (
  base: string,
  path: string,
  body: object | undefined,
  headers: Headers,
) => {
  const text = body === undefined ? '' : JSON.stringify(body)
  const lines = [
    `${body === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1`,
    `host: ${new URL(base).host}`,
    'accept: application/json, text/event-stream',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : ['content-type: application/json']),
    `content-length: ${Buffer.byteLength(text)}`,
  ]
  return `${lines.join('\r\n')}\r\n\r\n${text}`
}

export const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
export const range = (values: readonly number[]) =>
  `${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)}`
