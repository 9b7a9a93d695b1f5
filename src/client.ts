import { type Administering, createAdministering } from './client/administer.ts'
import { foreign, readJson } from './client/answer.ts'
import { type AskOptions, askServer, type Send } from './client/ask-server.ts'
import { ClientFault, exchangeOf, restRefusal } from './client/fault.ts'
import {
  type FeedNews,
  type FeedOptions,
  type LogNews,
  type StreamOptions,
  watchEvents,
  watchLog,
} from './client/feed.ts'
import { createObserving, type Observing } from './client/observe.ts'
import { isObject, type JsonObject } from './core/json-rpc.ts'

export type { AskOptions } from './client/ask-server.ts'
export { asReason, ClientFault, type FaultKind } from './client/fault.ts'
export type { FeedNews, FeedOptions, LogNews } from './client/feed.ts'
export { createStdioBridge, type StdioBridge } from './client/stdio-bridge.ts'
export { numberText, parseLossless } from './lib/lossless-json.ts'
export { parameterHeaders } from './lib/parameter-headers.ts'
export { pauseFor } from './lib/pause.ts'

export type ClientOptions = Readonly<{
  /** `http://127.0.0.1:8000`, as typed. */
  url: string
  /** Why this address, told when no gateway is there. */
  why?: string
  /** Bearer token; undefined for a gateway that asks for none. */
  token: string | undefined
  /** When requests are given up; asked for each of them. The live feed has no end. */
  deadline: () => AbortSignal
  clientInfo: Readonly<{ name: string; version: string }>
  /** How requests get there; over the network unless told. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>
}>

export type Query = Readonly<Record<string, string>>

/** Our own gateway, spoken to over HTTP. Every method throws ClientFault and nothing else. */
export type Client = Readonly<{
  /** The gateway's address without a slash at its end. */
  url: string
  /** One request of the REST or admin face. `alsoFine`: statuses that are answers and no refusals. */
  request: (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    options?: Readonly<{
      query?: Query
      body?: JsonObject
      alsoFine?: readonly number[]
      signal?: AbortSignal
      onExchange?: AskOptions['onExchange']
    }>,
  ) => Promise<JsonObject>
  /** `GET /mcp/servers`. */
  servers: () => Promise<JsonObject>
  /** `GET /mcp/list-{kind}`. */
  list: (kind: 'tools' | 'resources' | 'prompts', server: string) => Promise<JsonObject>
  /** `GET /mcp/read-resource`. */
  readResource: (server: string, uri: string) => Promise<JsonObject>
  /** `POST /mcp/decide`: what policy says to a call, and nothing else happens. */
  decide: (
    server: string,
    tool: string,
    parameters: JsonObject,
    asked?: Pick<AskOptions, 'onExchange'>,
  ) => Promise<JsonObject>
  /** One MCP request through `/servers/{name}/mcp`; gives its `result`. */
  ask: (
    server: string,
    method: string,
    params: JsonObject,
    options?: Partial<AskOptions>,
  ) => Promise<JsonObject>
  /** `GET /admin/events`, resumed where it breaks off. Needs the operator's token. */
  events: (options: FeedOptions) => AsyncGenerator<FeedNews>
  /** `GET /admin/servers/{name}/logs` as it grows, resumed in the same way. */
  log: (server: string, options: StreamOptions) => AsyncGenerator<LogNews>
}> &
  Observing &
  Administering

/** Milliseconds for the question whether the gateway lives at all, when an answer did not come. */
const PULSE = 500

/** @throws ClientFault `unreachable` when `url` is no http(s) address */
export const createClient = (options: ClientOptions): Client => {
  const { clientInfo } = options
  const { origin, send } = openSend(options)
  const timed = createTimed(send, placeOf(options), options.deadline)

  const request: Client['request'] = (method, path, options = {}) =>
    timed(options.signal, async (end) => {
      const { query, body, alsoFine } = options
      const search = new URLSearchParams(query).toString()
      const response = await send(search === '' ? path : `${path}?${search}`, {
        method,
        headers: { accept: 'application/json', ...(body && JSON_TYPE) },
        ...(body && { body: JSON.stringify(body) }),
        signal: end,
      })
      options.onExchange?.(exchangeOf(response))
      return readBody(response, alsoFine ?? [])
    })

  return {
    url: origin,
    request,
    servers: () => request('GET', '/mcp/servers'),
    list: (kind, server) => request('GET', `/mcp/list-${kind}`, { query: { mcp_server: server } }),
    readResource: (server, uri) =>
      request('GET', '/mcp/read-resource', { query: { mcp_server: server, uri } }),
    decide: (server, tool, parameters, more = {}) =>
      request('POST', '/mcp/decide', {
        ...more,
        query: { mcp_server: server },
        body: { tool_name: tool, parameters },
      }),
    ask: (server, method, params, asked = {}) =>
      timed(asked.signal, (signal) =>
        askServer({ send, server, method, params, clientInfo, options: { ...asked, signal } }),
      ),
    events: (feed) => watchEvents(send, feed),
    log: (server, options) => watchLog(send, server, options),
    ...createAdministering((method, path, body) => request(method, path, body && { body })),
    ...createObserving((path, asked) => request('GET', path, asked)),
  }
}

/**
 * How requests reach a gateway, its address and the token added to each.
 *
 * @throws ClientFault `unreachable` when `url` is no http(s) address
 */
export const openSend = (
  options: Pick<ClientOptions, 'url' | 'why' | 'token' | 'fetch'>,
): Readonly<{ origin: string; send: Send }> => {
  const where = placeOf(options)
  return { origin: where.origin, send: createSend(where, options.token, options.fetch ?? fetch) }
}

/** Where a gateway was sought, and why there. */
type Place = Readonly<{ origin: string; why: string | undefined }>

const placeOf = ({ url, why }: Pick<ClientOptions, 'url' | 'why'>): Place => ({
  origin: toOrigin(url),
  why,
})

const createSend = (
  place: Place,
  token: string | undefined,
  fetch: NonNullable<ClientOptions['fetch']>,
): Send => {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return async (path, init) => {
    const headers = { ...init.headers, ...authorization }
    // A redirect would carry the token elsewhere.
    const safe = { ...init, headers, redirect: 'manual' as const, ...UNTIMED }
    try {
      const response = await fetch(`${place.origin}${path}`, safe)
      if (response.status >= 300 && response.status < 400) throw foreign(response)
      return response
    } catch (cause) {
      throw asFault(cause, place)
    }
  }
}

/** Runs exchanges under the deadline, and tells apart who gave up and who was silent. */
const createTimed = (send: Send, place: Place, deadline: () => AbortSignal) => {
  const isAlive = async (): Promise<boolean> => {
    const signal = AbortSignal.timeout(PULSE)
    const response = await send('/health/live', { signal }).catch(() => undefined)
    return response?.ok === true
  }
  const overdue = async (cause: unknown): Promise<ClientFault> =>
    (await isAlive())
      ? new ClientFault('upstream_silent', 'no answer in time', { cause })
      : new ClientFault('silent', `${place.origin} does not answer`, { cause, why: place.why })

  return async <T>(
    caller: AbortSignal | undefined,
    exchange: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const end = deadline()
    try {
      return await exchange(caller === undefined ? end : AbortSignal.any([caller, end]))
    } catch (cause) {
      if (caller?.aborted) throw new ClientFault('aborted', 'Given up', { cause })
      throw end.aborted ? await overdue(cause) : asFault(cause, place)
    }
  }
}

/** @throws ClientFault `refused` or `foreign` */
const readBody = async (response: Response, alsoFine: readonly number[]): Promise<JsonObject> => {
  const body = await readJson(response)
  const fine = response.ok || alsoFine.includes(response.status)
  if (fine && isObject(body)) return body
  throw restRefusal(body, response) ?? foreign(response)
}

const JSON_TYPE = { 'content-type': 'application/json' }
/** The deadline decides; Bun's own five minutes would end a live feed. */
const UNTIMED = { timeout: false }

const toOrigin = (url: string): string => {
  const address = URL.canParse(url) ? new URL(url) : undefined
  if (address === undefined || !/^https?:$/.test(address.protocol)) {
    throw new ClientFault('unreachable', `${JSON.stringify(url)} is no http:// or https:// address`)
  }
  return `${address.origin}${address.pathname.replace(/\/+$/, '')}`
}

const WHY: Readonly<Record<string, string>> = {
  ConnectionRefused: 'connection refused',
  ECONNREFUSED: 'connection refused',
  ConnectionClosed: 'the connection was closed',
  ECONNRESET: 'the connection was closed',
  FailedToOpenSocket: 'no connection',
  ENOTFOUND: 'no such host',
}

const asFault = (cause: unknown, { origin, why: place }: Place): ClientFault => {
  if (cause instanceof ClientFault) {
    const { kind, message, details } = cause
    return kind === 'foreign' ? new ClientFault(kind, message, { ...details, why: place }) : cause
  }
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const why = WHY[code] ?? (cause instanceof Error ? cause.message : String(cause))
  return new ClientFault('unreachable', `no gateway at ${origin}: ${why}`, { cause, why: place })
}
