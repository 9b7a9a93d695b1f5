import type { Reply } from '../core/conversation.ts'
import { isObject } from '../core/json-rpc.ts'
import { OUR_META } from '../core/protocol.ts'
import { mapMemberAt } from '../lib/json-member.ts'
import { parseLossless } from '../lib/lossless-json.ts'
import { mapEvents } from './map-events.ts'

/** The prefix as it may stand in JSON text, escaped or not; most texts hold neither. */
const MAY_HOLD = /dev\.datacline|\\u|\\\//

/** Where a decision of ours stands in an answer. */
const PLACES = [
  ['result', '_meta'],
  ['error', 'data'],
] as const

/**
 * A reply without keys under our prefix: a server that wrote a decision into its result or its error
 * would otherwise speak to the client in the gateway's name.
 */
export const withoutOurMeta = (reply: Reply): Reply => {
  if (reply.kind === 'accepted') return reply
  if (reply.kind === 'single') return { ...reply, text: strip(reply.text) }
  return { ...reply, events: mapEvents(reply.events, strip) }
}

const strip = (text: string): string =>
  MAY_HOLD.test(text)
    ? PLACES.reduce((rest, place) => mapMemberAt(rest, place, withoutOurs), text)
    : text

const withoutOurs = (text: string): string => {
  const value = parseLossless(text)
  if (!isObject(value) || !Object.keys(value).some((key) => key.startsWith(OUR_META))) return text
  const kept = Object.entries(value).filter(([key]) => !key.startsWith(OUR_META))
  return JSON.stringify(Object.fromEntries(kept))
}
