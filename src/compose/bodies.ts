import type { Bodies } from '../core/history.ts'
import type { CapturedExchange, Crossed } from '../gateway/capture.ts'
import { decodeHeaderValue } from '../lib/header-value.ts'
import { parseLossless } from '../lib/lossless-json.ts'

/** Masks secrets in a JSON value, and leaves out what is too long, saying so in its place. */
type Redact = (value: unknown) => unknown

/** What crossed, as those may see it who may observe the gateway: masked when it is asked for. */
export const toBodies = (captured: CapturedExchange, redact: Redact): Bodies => {
  const { headers, request, replies, dropped } = captured
  return {
    headers: redact(readable(headers)) as Bodies['headers'],
    ...(request !== undefined && { request: toBody(request, redact) }),
    replies: replies.map((each) => toBody(each, redact)),
    dropped,
  }
}

/** Values as they are meant: what looks like a secret does not look so in base64. */
const readable = (headers: CapturedExchange['headers']): CapturedExchange['headers'] =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, decodeHeaderValue(value) ?? value]),
  )

const toBody = ({ text, characters }: Crossed, redact: Redact): Bodies['replies'][number] => {
  if (text === undefined) return { characters }
  const shown = redact(readValue(text))
  return { characters, text: typeof shown === 'string' ? shown : JSON.stringify(shown) }
}

/** A key names its secret only where the message can be read; else its text must do. */
const readValue = (text: string): unknown => {
  try {
    return parseLossless(text)
  } catch {
    return text
  }
}
