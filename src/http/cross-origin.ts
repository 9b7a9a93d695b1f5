import { headerFields } from './header-fields.ts'

/** Headers that a page of an allowed origin may send and read (Fetch standard, CORS protocol). */
const ALLOW_HEADERS =
  'authorization, content-type, accept, last-event-id, mcp-protocol-version, mcp-method, mcp-name, mcp-session-id'
const EXPOSE_HEADERS = 'mcp-session-id, www-authenticate, retry-after'

/**
 * What a page of a configured origin is told, on every answer. Nothing for all others: without these
 * headers, a browser keeps our answers from a page.
 */
export const crossOriginHeaders = (
  request: Request,
  allowedOrigins: readonly string[],
): Readonly<Record<string, string>> | undefined => {
  const { origin } = headerFields(request)
  if (origin === undefined || !allowedOrigins.includes(origin)) return undefined
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSE_HEADERS,
    vary: 'origin',
  }
}

/** The answer to a preflight of a configured origin; undefined for whatever is none. */
export const preflight = (
  request: Request,
  allowedOrigins: readonly string[],
): Response | undefined => {
  if (request.method !== 'OPTIONS') return undefined
  const headers = crossOriginHeaders(request, allowedOrigins)
  if (headers === undefined) return undefined
  return new Response(null, {
    status: 204,
    headers: {
      ...headers,
      'access-control-allow-methods': 'GET, POST, DELETE',
      'access-control-allow-headers': ALLOW_HEADERS,
      'access-control-max-age': '600',
    },
  })
}
