import type { ServerEntry } from '../core/server-entry.ts'
import { readBody } from '../lib/http1-body.ts'
import type { Http1Response } from '../lib/http1-connection.ts'
import { Http1Error } from '../lib/http1-error.ts'
import { createHttp1Pool, type Http1Pool, type Http1Request } from '../lib/http1-pool.ts'
import { decodeUtf8 } from '../lib/strict-json.ts'
import { mayConnect } from './addresses.ts'
import { failed, NotAnAnswer } from './faults.ts'
import { credentialHeaders } from './headers.ts'

/** Bounds of one HTTP server; sizes in bytes, times in milliseconds. */
export type HttpLimits = Readonly<{
  maxSockets: number
  /** Streams that stay open beside those: listening ones, which would starve the calls. */
  maxStreams: number
  maxIdle: number
  maxQueue: number
  idleTime: number
  connectTimeout: number
  maxHeadBytes: number
  maxFields: number
  /** Of an answer that is no stream, and of one event of a stream. */
  maxAnswerBytes: number
}>

export const HTTP_LIMITS: HttpLimits = {
  maxSockets: 256,
  maxStreams: 4096,
  maxIdle: 64,
  maxQueue: 1024,
  // Shorter than the five seconds after which Node servers close, so that a kept connection is alive.
  idleTime: 4000,
  connectTimeout: 10_000,
  maxHeadBytes: 64 * 1024,
  maxFields: 256,
  maxAnswerBytes: 16 * 1024 * 1024,
}

/** One server behind a URL, with its own connections, so that a slow server starves no other. */
export type HttpEndpoint = Readonly<{
  server: string
  /** Path and query of the URL. */
  path: string
  limits: HttpLimits
  /** @throws Http1Error, UpstreamFailed for redirects and encodings that were not asked for */
  request: (request: Http1Request) => Promise<Http1Response>
  /** As `request`, for a response that stays open and must not stand in the way of calls. */
  openStream: (request: Http1Request) => Promise<Http1Response>
  /** Path and query of a URL reference of the server; undefined when it leads to another origin. */
  resolve: (reference: string) => string | undefined
  /** The whole body as text; `onPiece` hears every sign of life. @throws Http1Error, UpstreamFailed */
  text: (response: Http1Response, onPiece: () => void) => Promise<string>
  close: () => void
}>

const toOrigin = (url: URL) => ({
  host: url.hostname.replace(/^\[|\]$/g, ''),
  port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
  tls: url.protocol === 'https:',
})

const parseUrl = (server: string, text: string | undefined): URL => {
  const url = URL.parse(text ?? '')
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw failed(server, 'has no http or https URL')
  }
  if (!mayConnect(url.hostname)) throw new Http1Error('refused', 'Link-local or metadata address')
  return url
}

const refuseUnasked = (server: string, response: Http1Response) => {
  const coding = response.headers.get('content-encoding') ?? 'identity'
  if (response.status >= 300 && response.status < 400) {
    response.body.cancel()
    const what = `answered with a redirect (${response.status}), which is not followed`
    throw failed(server, what, new NotAnAnswer(response.status))
  }
  if (coding.toLowerCase() !== 'identity') {
    response.body.cancel()
    throw failed(server, 'compressed its answer, which was not asked for')
  }
}

/**
 * The HTTP side of one entry of mcp_servers.yaml.
 *
 * @param options.authorities PEM certificates to trust instead of the system's
 */
export const createHttpEndpoint = (
  entry: Pick<ServerEntry, 'name' | 'url' | 'credentialHeaders'>,
  options: Readonly<{ limits: HttpLimits; now: () => number; authorities: string | undefined }>,
): HttpEndpoint => {
  const { limits } = options
  const credentials = credentialHeaders(entry.credentialHeaders)
  const given = URL.parse(entry.url ?? '')
  let pool: Http1Pool | undefined
  let streams: Http1Pool | undefined
  let closed = false

  const openPool = (maxSockets: number) =>
    createHttp1Pool({
      origin: toOrigin(parseUrl(entry.name, entry.url)),
      connect: {
        limits,
        connectTimeout: limits.connectTimeout,
        mayConnect,
        authorities: options.authorities,
      },
      limits: { ...limits, maxSockets },
      now: options.now,
    })
  const refuseClosed = () => {
    if (closed) throw failed(entry.name, 'is no longer configured')
  }
  const exchange = async (by: Http1Pool, request: Http1Request) => {
    const headers = { ...credentials, ...request.headers, 'accept-encoding': 'identity' }
    const response = await by.request({ ...request, headers })
    refuseUnasked(entry.name, response)
    return response
  }

  return {
    server: entry.name,
    path: given === null ? '/' : given.pathname + given.search,
    limits,
    request: async (request) => {
      refuseClosed()
      pool ??= openPool(limits.maxSockets)
      return exchange(pool, request)
    },
    openStream: async (request) => {
      refuseClosed()
      streams ??= openPool(limits.maxStreams)
      return exchange(streams, request)
    },
    resolve: (reference) => {
      const target = given === null ? null : URL.parse(reference, given.href)
      return target?.origin === given?.origin && target
        ? target.pathname + target.search
        : undefined
    },
    text: async ({ body }, onPiece) => {
      const bytes = await readBody(body, limits.maxAnswerBytes, onPiece)
      try {
        return decodeUtf8(bytes)
      } catch (cause) {
        throw failed(entry.name, 'answered with something that is not UTF-8', cause)
      }
    },
    close: () => {
      closed = true
      pool?.close()
      streams?.close()
    },
  }
}
