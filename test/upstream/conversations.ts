import type { Conversation, Reply, StreamEvent } from '../../src/core/conversation.ts'
import type { GatewayError } from '../../src/core/errors.ts'
import {
  buildNotification,
  buildRequest,
  type JsonObject,
  type Message,
} from '../../src/core/json-rpc.ts'
import { META } from '../../src/core/protocol.ts'
import type { ServerEntry } from '../../src/core/server-entry.ts'
import { createPool, type Pool, type PoolDependencies } from '../../src/upstream/pool.ts'
import type { ManagedUpstream } from '../../src/upstream/upstream.ts'

/** A complete entry; what a test does not name is harmless. */
export const entryOf = (given: Partial<ServerEntry>): ServerEntry => ({
  name: 'files',
  transport: 'http',
  declaredType: 'http',
  url: undefined,
  command: [],
  environment: {},
  workingDirectory: undefined,
  timeout: 2000,
  enabled: true,
  description: undefined,
  tags: [],
  protocolVersion: undefined,
  credentialHeaders: {},
  at: undefined,
  ...given,
})

/** These servers; what a test does not say of the world around them is harmless. */
export const poolOf = (
  entries: readonly Partial<ServerEntry>[],
  world: Partial<PoolDependencies> = {},
): Pool => {
  const pool = createPool({
    embedded: () => undefined,
    environment: {},
    now: () => performance.now(),
    ...world,
  })
  pool.replace(entries.map(entryOf))
  return pool
}

/** One server, in a pool of its own that `closing` ends. */
export const upstreamOf = (
  closing: (() => unknown)[],
  entry: Partial<ServerEntry>,
  world?: Partial<PoolDependencies>,
): ManagedUpstream => {
  const pool = poolOf([entry], world)
  closing.push(pool.close)
  const upstream = pool.get(entry.name ?? 'files')
  if (upstream === undefined) throw new Error('not there')
  return upstream
}

export const never = new AbortController().signal
export const options = (signal = never, headers: Record<string, string> = {}) => ({
  signal,
  headers,
})

const MODERN_META = {
  [META.protocolVersion]: '2026-07-28',
  [META.clientCapabilities]: {},
}

export const modernRequest = (
  id: string | number,
  method: string,
  params: JsonObject = {},
): Message => {
  const given = params._meta as JsonObject | undefined
  return buildRequest(id, method, { ...params, _meta: { ...MODERN_META, ...given } })
}
export const callTool = (id: string | number, name: string, args: JsonObject = {}): Message =>
  buildRequest(id, 'tools/call', { name, arguments: args })
export const modernCall = (id: string | number, name: string, args: JsonObject = {}): Message =>
  modernRequest(id, 'tools/call', { name, arguments: args })

export const initialize = (id: string | number = 0): Message =>
  buildRequest(id, 'initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  })

/** Opens a legacy session as a client does. */
export const handshake = async (conversation: Conversation): Promise<Conversation> => {
  await conversation.send(initialize(), options())
  await conversation.send(buildNotification('notifications/initialized'), options())
  return conversation
}

export const eventsOf = async (reply: Reply): Promise<StreamEvent[]> => {
  if (reply.kind !== 'stream') throw new Error(`a ${reply.kind}, not a stream`)
  return Array.fromAsync(reply.events)
}
/** The messages of a reply, parsed. */
export const messagesOf = async (reply: Reply): Promise<JsonObject[]> => {
  if (reply.kind === 'single') return [JSON.parse(reply.text)]
  return (await eventsOf(reply))
    .filter(({ data }) => data !== '')
    .map(({ data }) => JSON.parse(data))
}
/** The last message of a reply: its answer. */
export const answerOf = async (reply: Reply): Promise<JsonObject> =>
  (await messagesOf(reply)).at(-1) ?? {}

/** The first text of a tool result. */
export const textOf = async (reply: Reply): Promise<string> => {
  const { result } = (await answerOf(reply)) as { result: { content: { text: string }[] } }
  return result.content[0]?.text ?? ''
}

/** Code and sentence of what was thrown. */
export const refusalOf = (promise: Promise<unknown>): Promise<{ code: string; message: string }> =>
  promise.then(
    () => ({ code: 'none', message: '' }),
    ({ code, message }: GatewayError) => ({ code, message }),
  )
