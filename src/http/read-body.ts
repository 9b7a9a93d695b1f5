import { MalformedJson, PayloadTooLarge, UnsupportedMediaType } from '../core/errors.ts'
import { decodeUtf8, readStrictJson, type StrictJson, StrictJsonError } from '../lib/strict-json.ts'
import { headerFields } from './header-fields.ts'

const JSON_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i

/** A JSON body as text, as value, and with the places of its outermost members. */
export type JsonBody = StrictJson & Readonly<{ text: string }>

/**
 * Reads a request's body as strict JSON.
 *
 * @param maxBytes the most bytes to read, whatever Content-Length says
 * @throws UnsupportedMediaType, PayloadTooLarge, MalformedJson
 */
export const readJsonBody = async (request: Request, maxBytes: number): Promise<JsonBody> => {
  if (!JSON_TYPE.test(headerFields(request)['content-type'] ?? '')) {
    throw new UnsupportedMediaType('Content-Type must be application/json')
  }
  const bytes = await readBytes(request, maxBytes)
  try {
    const text = decodeUtf8(bytes)
    const { value, spans } = readStrictJson(text)
    return { text, value, spans }
  } catch (cause) {
    if (!(cause instanceof StrictJsonError)) throw cause
    throw new MalformedJson(`The body is not acceptable JSON: ${cause.message}`, { cause })
  }
}

const tooLarge = (maxBytes: number) =>
  new PayloadTooLarge(`The body is larger than ${maxBytes} bytes`)

const readBytes = async (request: Request, maxBytes: number): Promise<Uint8Array> => {
  const declared = headerFields(request)['content-length']
  if (declared !== undefined) {
    if (Number(declared) > maxBytes) throw tooLarge(maxBytes)
    return request.bytes()
  }
  // Chunked: the length shows only while reading.
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request.body ?? []) {
    length += chunk.length
    if (length > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
