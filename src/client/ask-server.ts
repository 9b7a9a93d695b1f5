import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { LEGACY_VERSIONS, META, MODERN_VERSIONS, RPC } from '../core/protocol.ts'
import { encodeHeaderValue } from '../lib/header-value.ts'
import { foreign, readMessages } from './answer.ts'
import { ClientFault, restRefusal, rpcFault } from './fault.ts'

/** Sends one request to the gateway, the token included. */
export type Send = (path: string, init: RequestInit) => Promise<Response>

export type AskOptions = Readonly<{
  /** Aborting cancels the request, also at the server behind the gateway. */
  signal: AbortSignal
  /** Hears the server's notifications that belong to this request: progress and log messages. */
  onNotification?: (method: string, params: JsonObject) => void
  /** `Mcp-Param-*` headers, as the tool's schema asks for them (MCP 2026-07-28, Streamable HTTP). */
  headers?: Readonly<Record<string, string>>
}>

type Asking = Readonly<{
  send: Send
  server: string
  method: string
  params: JsonObject
  options: AskOptions
  clientInfo: JsonObject
}>

const ID = 1
const TOKEN = 'progress-1'
/** Milliseconds that an answer to a cancelled request is waited for, and the end of a session. */
const GRACE = 2_000

/**
 * One MCP request to one server through the gateway: in the modern era, or in a legacy session of its
 * own when the server speaks no other.
 *
 * @returns the `result`
 * @throws ClientFault
 */
export const askServer = async (asking: Asking): Promise<JsonObject> => {
  try {
    return await modern(asking)
  } catch (cause) {
    const legacyOnly = cause instanceof ClientFault && cause.details.code === 'era_unsupported'
    if (!legacyOnly) throw cause
    return legacy(asking)
  }
}

const pathOf = (server: string): string => `/servers/${encodeURIComponent(server)}/mcp`

const request = (id: number, method: string, params: JsonObject): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params })

const notification = (method: string, params?: JsonObject): string =>
  JSON.stringify({ jsonrpc: '2.0', method, ...(params && { params }) })

const NAMED_BY: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
}

/** MCP 2026-07-28: everything stands in the request; closing its stream cancels it. */
const modern = async (asking: Asking): Promise<JsonObject> => {
  const { send, server, method, options } = asking
  const [version] = MODERN_VERSIONS
  const _meta = {
    [META.protocolVersion]: version,
    [META.clientCapabilities]: {},
    [META.clientInfo]: asking.clientInfo,
    progressToken: TOKEN,
  }
  const named = asking.params[NAMED_BY[method] ?? '']
  const response = await send(pathOf(server), {
    method: 'POST',
    headers: {
      ...BOTH_KINDS,
      ...options.headers,
      'mcp-protocol-version': version,
      'mcp-method': method,
      ...(typeof named === 'string' && { 'mcp-name': encodeHeaderValue(named) }),
    },
    body: request(ID, method, { ...asking.params, _meta }),
    signal: options.signal,
  })
  return answerOf(response, ID, options, () => {})
}

/** A legacy session for one request (MCP 2025-11-25): initialize, ask, end. */
const legacy = async ({ send, server, method, params, options, clientInfo }: Asking) => {
  const path = pathOf(server)
  const [version] = LEGACY_VERSIONS
  const opening = await send(path, {
    method: 'POST',
    headers: BOTH_KINDS,
    body: request(0, 'initialize', {
      protocolVersion: version,
      capabilities: {},
      clientInfo,
    }),
    signal: options.signal,
  })
  const opened = await answerOf(opening, 0, { signal: options.signal }, () => {})
  const headers = {
    ...BOTH_KINDS,
    'mcp-session-id': opening.headers.get('mcp-session-id') ?? '',
    'mcp-protocol-version': String(opened.protocolVersion ?? version),
  }
  /** What is said besides: it may not hold up the answer, nor fail it. */
  const tell = async (body: string) => {
    const signal = AbortSignal.timeout(GRACE)
    await send(path, { method: 'POST', headers, body, signal }).catch(() => undefined)
  }
  try {
    await tell(notification('notifications/initialized'))
    const { inner, done } = cancelling(options.signal, () =>
      tell(notification('notifications/cancelled', { requestId: ID, reason: 'Given up' })),
    )
    try {
      const body = request(ID, method, { ...params, _meta: { progressToken: TOKEN } })
      const response = await send(path, { method: 'POST', headers, body, signal: inner })
      return await answerOf(response, ID, options, (text) => void tell(text))
    } finally {
      done()
    }
  } finally {
    const signal = AbortSignal.timeout(GRACE)
    await send(path, { method: 'DELETE', headers, signal }).catch(() => undefined)
  }
}

const BOTH_KINDS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
}

/** In the legacy era leaving is no cancellation: the server is told, then the connection ends. */
const cancelling = (outer: AbortSignal, cancel: () => Promise<void>) => {
  const inner = new AbortController()
  const onAbort = async () => {
    await cancel()
    inner.abort(outer.reason)
  }
  if (outer.aborted) inner.abort(outer.reason)
  else outer.addEventListener('abort', onAbort, { once: true })
  return {
    inner: inner.signal,
    done: () => outer.removeEventListener('abort', onAbort),
  }
}

/** Reads up to the answer with this id; `tell` answers what the server asks of us meanwhile. */
const answerOf = async (
  response: Response,
  id: number,
  options: AskOptions,
  tell: (text: string) => void,
): Promise<JsonObject> => {
  for await (const message of readMessages(response)) {
    if (typeof message.method === 'string') {
      hear(message.method, message, options, tell)
      continue
    }
    if (isObject(message.error)) throw rpcFault(message.error, response)
    if (message.id === id && isObject(message.result)) return message.result
    throw restRefusal(message, response) ?? foreign(response)
  }
  throw new ClientFault('unreachable', 'broke off without an answer')
}

const hear = (
  method: string,
  message: JsonObject,
  options: AskOptions,
  tell: (text: string) => void,
): void => {
  const params = isObject(message.params) ? message.params : {}
  if (message.id === undefined) {
    const other = method === 'notifications/progress' && String(params.progressToken) !== TOKEN
    if (!other) options.onNotification?.(method, params)
    return
  }
  // A request of the server. We declared no capability, so only `ping` may be answered.
  const reply =
    method === 'ping'
      ? { result: {} }
      : { error: { code: RPC.methodNotFound, message: `Method not found: ${method}` } }
  tell(JSON.stringify({ jsonrpc: '2.0', id: message.id, ...reply }))
}
