import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { META, MODERN_VERSIONS, NAMED_BY } from '../core/protocol.ts'
import { encodeHeaderValue } from '../lib/header-value.ts'
import { foreign, readMessages } from './answer.ts'
import { ClientFault, exchangeOf, restRefusal, rpcFault } from './fault.ts'

/** Sends one request to the gateway, the token included. */
export type Send = (path: string, init: RequestInit) => Promise<Response>

export type AskOptions = Readonly<{
  /** Aborting cancels the request, also at the server behind the gateway. */
  signal: AbortSignal
  /** Hears the server's notifications that belong to this request: progress and log messages. */
  onNotification?: (method: string, params: JsonObject) => void
  /** `Mcp-Param-*` headers, as the tool's schema asks for them (MCP 2026-07-28, Streamable HTTP). */
  headers?: Readonly<Record<string, string>>
  /** Hears the id of the exchange in the gateway's record, before anything else. */
  onExchange?: (id: string | undefined) => void
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

const pathOf = (server: string): string => `/servers/${encodeURIComponent(server)}/mcp`

/**
 * One MCP request to one server through the gateway, in the modern era (MCP 2026-07-28): everything
 * stands in the request, and closing its stream cancels it. For a server that speaks the legacy era
 * alone, the gateway translates.
 *
 * @returns the `result`
 * @throws ClientFault
 */
export const askServer = async (asking: Asking): Promise<JsonObject> => {
  const { send, server, method, options } = asking
  const [version] = MODERN_VERSIONS
  const _meta = {
    [META.protocolVersion]: version,
    [META.clientCapabilities]: {},
    [META.clientInfo]: asking.clientInfo,
    progressToken: TOKEN,
  }
  const named = asking.params[NAMED_BY.get(method) ?? '']
  const response = await send(pathOf(server), {
    method: 'POST',
    headers: {
      ...BOTH_KINDS,
      ...options.headers,
      'mcp-protocol-version': version,
      'mcp-method': method,
      ...(typeof named === 'string' && { 'mcp-name': encodeHeaderValue(named) }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: ID, method, params: { ...asking.params, _meta } }),
    signal: options.signal,
  })
  options.onExchange?.(exchangeOf(response))
  return answerOf(response, options)
}

const BOTH_KINDS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
}

/** Reads up to the answer; what comes before it are notifications. */
const answerOf = async (response: Response, options: AskOptions): Promise<JsonObject> => {
  for await (const message of readMessages(response)) {
    if (typeof message.method === 'string') {
      hear(message.method, message, options)
      continue
    }
    if (isObject(message.error)) throw rpcFault(message.error, response)
    if (message.id === ID && isObject(message.result)) return message.result
    throw restRefusal(message, response) ?? foreign(response)
  }
  throw new ClientFault('unreachable', 'broke off without an answer')
}

const hear = (method: string, { params: given }: JsonObject, options: AskOptions): void => {
  const params = isObject(given) ? given : {}
  const other = method === 'notifications/progress' && String(params.progressToken) !== TOKEN
  if (!other) options.onNotification?.(method, params)
}
