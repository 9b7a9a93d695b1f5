import type { JsonObject } from '../../src/core/json-rpc.ts'
import { type Era, META } from '../../src/core/protocol.ts'
import { createDemoServer } from '../../src/demo/server.ts'
import type { World } from '../../src/demo/tool.ts'

export type Answer = {
  id: string | number | null
  // biome-ignore lint/suspicious/noExplicitAny: tests look into results as they please.
  result?: any
  // biome-ignore lint/suspicious/noExplicitAny: the same.
  error?: { code: number; message: string; data?: any }
}
export type Heard = { method: string; params: JsonObject }

export const ERAS = ['modern', 'legacy'] as const

export const ENVELOPE = {
  [META.protocolVersion]: '2026-07-28',
  [META.clientCapabilities]: {},
  [META.clientInfo]: { name: 'peer', version: '1' },
}

/** Time that passes at once, but only when somebody waits, and that can be cancelled. */
export const instant: Pick<World, 'now' | 'random' | 'sleep'> = {
  now: () => Date.UTC(2026, 10, 22, 12),
  random: () => 0.5,
  sleep: async (_milliseconds, signal) => {
    await Bun.sleep(0)
    signal.throwIfAborted()
  },
}

export type Peer = ReturnType<typeof connectPeer>

/** A client of the demo server, a plain one: it knows ids and the envelope, and nothing else. */
export const connectPeer = (server = createDemoServer(instant)) => {
  const waiting = new Map<string, (answer: Answer) => void>()
  const heard: Heard[] = []
  const answers: Answer[] = []
  const connection = server.connect((text) => {
    const message = JSON.parse(text)
    if ('method' in message) return heard.push(message)
    answers.push(message)
    return waiting.get(JSON.stringify(message.id))?.(message)
  })
  let lastId = 0
  const notify = (method: string, params?: JsonObject) =>
    connection.receive(JSON.stringify({ jsonrpc: '2.0', method, params }))
  const request = (method: string, params: JsonObject = {}, id: string | number = ++lastId) =>
    new Promise<Answer>((resolve) => {
      waiting.set(JSON.stringify(id), resolve)
      connection.receive(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    })
  return { ...connection, heard, answers, notify, request }
}

/** Any value of a message, with the modern envelope around what else stands in `_meta`. */
export const enveloped = (params: JsonObject): JsonObject => ({
  ...params,
  _meta: { ...ENVELOPE, ...(params._meta as JsonObject | undefined) },
})

/** A peer that speaks one era: `ask` adds what the era needs to each request. */
export const connectIn = async (era: Era, server = createDemoServer(instant)) => {
  const peer = connectPeer(server)
  if (era === 'legacy') {
    await peer.request('initialize', {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'peer', version: '1' },
    })
    peer.notify('notifications/initialized')
  }
  const ask = (method: string, params: JsonObject = {}, id?: string | number) =>
    peer.request(method, era === 'modern' ? enveloped(params) : params, id)
  const callTool = (name: string, given?: unknown, more: JsonObject = {}) =>
    ask('tools/call', { name, ...(given !== undefined && { arguments: given }), ...more })
  return { ...peer, ask, callTool }
}
