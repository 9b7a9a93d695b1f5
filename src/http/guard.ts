import {
  type GatewayError,
  HeadersTooLarge,
  MalformedRequest,
  MisdirectedRequest,
  OriginNotAllowed,
  Unauthenticated,
} from '../core/errors.ts'
import { type HeaderFields, headerFields } from './header-fields.ts'

/** What the door lets in, whoever asks. */
export type DoorSettings = Readonly<{
  /** Host names without a port, lower case, beside the loopback names. */
  allowedHosts: readonly string[]
  /** Origins beside the gateway's own, such as `https://tools.example.com`. */
  allowedOrigins: readonly string[]
  /** When listening beyond loopback, a literal address is as good a Host as a name of ours. */
  addressHosts: boolean
  /** Bytes. */
  maxBodyBytes: number
}>

const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]']
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/i
const ADDRESS = /^(\[[0-9a-f:.]+\]|\d{1,3}(\.\d{1,3}){3})$/i
/** A comma in one of these means that two were sent: Bun joins duplicates (RFC 9110 §5.3). */
const SINGLE: ReadonlySet<string> = new Set([
  'host',
  'authorization',
  'content-length',
  'content-type',
  'origin',
  'mcp-protocol-version',
  'mcp-method',
  'mcp-session-id',
])
const MAX_HEADERS = 100
/** Below the 16 KiB at which Bun itself answers 431, so that the refusal is ours and recorded. */
const MAX_HEADER_BYTES = 14_336
const MAX_URL = 8_192

/** The host name without its port, lower case; undefined when the header is no host (RFC 9110 §7.2). */
export const hostName = (host: string | undefined): string | undefined =>
  HOST.exec(host ?? '')?.[1]?.toLowerCase()

export const isLoopbackName = (name: string | undefined): boolean =>
  name !== undefined && LOOPBACK_NAMES.includes(name)

/**
 * The checks that hold for every request, before anything of it is parsed: one Host of ours, an Origin
 * of ours or none, no other web site behind it, no header twice, no flood, no token in the address.
 *
 * @returns the refusal, or undefined to let the request in
 */
export const createGuard = (settings: DoorSettings) => {
  const hosts = new Set([...LOOPBACK_NAMES, ...settings.allowedHosts])
  const origins = new Set(settings.allowedOrigins)

  const checkHost = ({ host }: HeaderFields): GatewayError | undefined => {
    if (host?.includes(',')) return new MalformedRequest('More than one Host header')
    const name = hostName(host)
    if (name === undefined) return new MalformedRequest('The Host header is missing or no host')
    if (hosts.has(name) || (settings.addressHosts && ADDRESS.test(name))) return undefined
    return new MisdirectedRequest(`Host ${name} is not served here; add it to ALLOWED_HOSTS`)
  }

  const checkOrigin = ({ origin, host }: HeaderFields): GatewayError | undefined => {
    if (origin === undefined || origins.has(origin)) return undefined
    const name = host?.toLowerCase()
    const own = origin === `http://${name}` || origin === `https://${name}`
    return own ? undefined : new OriginNotAllowed('Origin not allowed; add it to ALLOWED_ORIGINS')
  }

  return (request: Request): GatewayError | undefined => {
    const fields = headerFields(request)
    return (
      checkHost(fields) ??
      checkOrigin(fields) ??
      checkSite(fields, request.url) ??
      checkHeaders(fields) ??
      checkUrl(request.url)
    )
  }
}

/** What a browser says of a request that another site caused (W3C, Fetch Metadata). */
const OTHER_SITES = ['cross-site', 'same-site']
/** What a link may lead to from anywhere: pages that are the same for everybody. */
const PUBLIC_PAGE = /^\w+:\/\/[^/?#]*\/(?:docs|openapi\.json|config|health(?:\/\w+)?)?(?:[?#]|$)/

/** An image, a frame or a link of another site is a GET without an Origin. */
const checkSite = (fields: HeaderFields, url: string): GatewayError | undefined => {
  const site = fields['sec-fetch-site']
  const isForeign = site !== undefined && OTHER_SITES.includes(site) && fields.origin === undefined
  return isForeign && !PUBLIC_PAGE.test(url)
    ? new OriginNotAllowed('Nothing here may be asked for by another web site')
    : undefined
}

const checkHeaders = (all: HeaderFields): GatewayError | undefined => {
  let count = 0
  let bytes = 0
  let twice: string | undefined
  for (const name in all) {
    const value = all[name] ?? ''
    count++
    bytes += name.length + value.length + 4
    if (SINGLE.has(name) && value.includes(',')) twice = name
  }
  if (twice !== undefined) return new MalformedRequest(`More than one ${twice} header`)
  return count > MAX_HEADERS || bytes > MAX_HEADER_BYTES
    ? new HeadersTooLarge(`More than ${MAX_HEADERS} headers or ${MAX_HEADER_BYTES} bytes of them`)
    : undefined
}

/** RFC 6750 §2.3 allows a token in the query; MCP forbids it, since addresses end up in logs. */
const TOKEN_IN_QUERY = /[?&](access_token|token|id_token|api_key)=/i

const checkUrl = (url: string): GatewayError | undefined => {
  if (url.length > MAX_URL) return new MalformedRequest('The address is too long')
  return TOKEN_IN_QUERY.test(url) ? new Unauthenticated('token_in_query', true) : undefined
}
