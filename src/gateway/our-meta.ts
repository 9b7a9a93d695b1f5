import type { Reply } from '../core/conversation.ts'
import { isObject } from '../core/json-rpc.ts'
import { OUR_META } from '../core/protocol.ts'
import { parseLossless } from '../lib/lossless-json.ts'
import { mapEvents } from './map-events.ts'

/** The prefix as it may stand in JSON text, escaped or not; most texts hold neither. */
const MAY_HOLD = /dev\.datacline|\\u|\\\//

/**
 * A reply without `_meta` keys under our prefix: a server that wrote a decision into its result would
 * otherwise speak to the client in the gateway's name.
 */
export const withoutOurMeta = (reply: Reply): Reply => {
  if (reply.kind === 'accepted') return reply
  if (reply.kind === 'single') return { ...reply, text: strip(reply.text) }
  return { ...reply, events: mapEvents(reply.events, strip) }
}

const strip = (text: string): string => {
  if (!MAY_HOLD.test(text)) return text
  const message = parseLossless(text)
  if (!isObject(message) || !isObject(message.result)) return text
  const meta = message.result._meta
  if (!isObject(meta) || !Object.keys(meta).some((key) => key.startsWith(OUR_META))) return text
  const kept = Object.entries(meta).filter(([key]) => !key.startsWith(OUR_META))
  return JSON.stringify({
    ...message,
    result: { ...message.result, _meta: Object.fromEntries(kept) },
  })
}
