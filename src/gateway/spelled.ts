import type { Reply } from '../core/conversation.ts'
import { mapEvents } from './map-events.ts'

/** A reply as its client reads it; the same one where nothing is called otherwise there. */
export const spelled = (reply: Reply): Reply => {
  if (reply.kind === 'accepted' || reply.spell === undefined) return reply
  const { spell } = reply
  return reply.kind === 'single'
    ? { ...reply, text: spell(reply.text) }
    : { ...reply, events: mapEvents(reply.events, spell) }
}
