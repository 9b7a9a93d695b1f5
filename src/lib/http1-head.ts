import { Http1Error } from './http1-error.ts'

/** Status and headers of a response, and how its body is framed (RFC 9112 §6). */
export type Http1Head = Readonly<{
  status: number
  /** Lower-case names; values of repeated fields are joined by a comma and a space. */
  headers: ReadonlyMap<string, string>
  /** Type and subtype alone, lower case; empty where there is none (RFC 9110 §8.3). */
  mediaType: string
  /** `close`: the body lasts as long as the connection. */
  framing: 'none' | 'length' | 'chunked' | 'close'
  /** Bytes of the body for `length`, else 0. */
  length: number
  /** Whether the connection may serve another request once the body is read. */
  keepAlive: boolean
}>

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/
const FORBIDDEN = /[\0-\x08\x0a-\x1f\x7f]/
const LENGTH = /^\d{1,15}$/

const refuse = (message: string): never => {
  throw new Http1Error('protocol', message)
}

const readFields = (lines: readonly string[], maxFields: number): Map<string, string> => {
  if (lines.length > maxFields) refuse(`More than ${maxFields} header fields`)
  const headers = new Map<string, string>()
  for (const line of lines) {
    // A line that begins with white space (obs-fold) or holds a control character is read differently
    // by different parsers.
    const match = FORBIDDEN.test(line) ? null : FIELD.exec(line)
    const name = match?.[1]?.toLowerCase()
    const value = match?.[2]
    if (name === undefined || value === undefined) return refuse('Malformed header field')
    const before = headers.get(name)
    headers.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return headers
}

const bodyFraming = (
  status: number,
  minor: string,
  headers: ReadonlyMap<string, string>,
): Pick<Http1Head, 'framing' | 'length'> => {
  const encoding = headers.get('transfer-encoding')
  const length = headers.get('content-length')
  if (status < 200 || status === 204 || status === 304) return { framing: 'none', length: 0 }
  if (encoding !== undefined) {
    if (length !== undefined) refuse('Both Transfer-Encoding and Content-Length')
    if (minor === '0') refuse('Transfer-Encoding in HTTP/1.0')
    if (encoding.toLowerCase() !== 'chunked') refuse('Unknown Transfer-Encoding')
    return { framing: 'chunked', length: 0 }
  }
  if (length === undefined) return { framing: 'close', length: 0 }
  if (!LENGTH.test(length)) refuse('Invalid or repeated Content-Length')
  const bytes = Number(length)
  return { framing: bytes === 0 ? 'none' : 'length', length: bytes }
}

/**
 * Reads the head of a response (RFC 9112 §4, §5, §6.3), strictly: whatever two parsers could frame
 * differently is refused.
 *
 * @param text status line and header fields, without the empty line
 * @throws Http1Error `protocol`
 */
export const parseHead = (text: string, maxFields: number): Http1Head => {
  const known = heads.get(text)
  if (known?.maxFields === maxFields) return known.head
  const head = readHead(text, maxFields)
  if (heads.size >= MAX_HEADS) heads.clear()
  if (text.length <= MAX_KNOWN_HEAD) heads.set(text, { maxFields, head })
  return head
}

/** A server says the same head again and again, but for a date that changes once a second. */
const heads = new Map<string, Readonly<{ maxFields: number; head: Http1Head }>>()
const MAX_HEADS = 64
const MAX_KNOWN_HEAD = 1024

const readHead = (text: string, maxFields: number): Http1Head => {
  const [statusLine = '', ...lines] = text.split('\r\n')
  const match = STATUS_LINE.exec(statusLine)
  if (match?.[1] === undefined) return refuse('Malformed status line')
  const minor = match[1]
  const status = Number(match[2])
  const headers = readFields(lines, maxFields)
  const tokens = (headers.get('connection') ?? '').toLowerCase().split(/[ \t]*,[ \t]*/)
  const body = bodyFraming(status, minor, headers)
  const wantsAlive = minor === '1' ? !tokens.includes('close') : tokens.includes('keep-alive')
  const mediaType = (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  const keepAlive = wantsAlive && body.framing !== 'close'
  return { status, headers, mediaType, ...body, keepAlive }
}
