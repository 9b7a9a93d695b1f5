const SENTINEL = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/
const ALMOST = /^=\?base64\?.*\?=$/s
const PLAIN = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/

/**
 * Reads a header value in the encoding of MCP 2026-07-28 (Streamable HTTP, value encoding): plain
 * visible ASCII as it is, anything else as `=?base64?…?=` over UTF-8. Undefined for bad base64; text
 * that matches the markers only in part is a literal.
 */
export const decodeHeaderValue = (value: string): string | undefined => {
  const encoded = SENTINEL.exec(value)?.[1]
  if (encoded === undefined) return ALMOST.test(value) ? undefined : value
  if (encoded.length % 4 !== 0) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(encoded, 'base64'))
  } catch {
    return undefined
  }
}

/** Writes a header value in the same encoding. */
export const encodeHeaderValue = (text: string): string =>
  text === '' || (PLAIN.test(text) && !ALMOST.test(text))
    ? text
    : `=?base64?${Buffer.from(text, 'utf-8').toString('base64')}?=`
