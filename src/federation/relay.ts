import type { Reply } from '../core/conversation.ts'
import { SessionNotFound, UpstreamFailed } from '../core/errors.ts'
import { eventId, mapEvents } from './events.ts'
import { rewrite } from './rewrite.ts'
import type { Asking, Setting } from './setting.ts'
import type { UnderWay } from './under-way.ts'

/**
 * Carries what concerns one item to its server, and the answer back: as it is, with how the face spells
 * it beside it, for the server's own names are what it is looked at by on its way.
 *
 * @throws UpstreamFailed, UpstreamTimedOut, and what else the server's conversation throws
 */
export const relay = async (
  setting: Setting,
  underWay: UnderWay,
  server: string,
  { message, options }: Asking,
): Promise<Reply> => {
  const { lines } = setting
  const { method, idText } = message
  const conversation = await lines.to(server, options)
  const done = underWay.begin(lines.era === 'legacy' ? idText : undefined, server)
  try {
    const reply = await conversation.send(message, options)
    const spell = (text: string) => rewrite(text, { server, method })
    if (reply.kind === 'stream') {
      const asItIs = (text: string) => text
      const ownId = (id: string) => eventId('answer', server, id)
      return { ...reply, spell, events: mapEvents(reply.events, asItIs, ownId, done) }
    }
    done()
    return reply.kind === 'single' ? { ...reply, spell } : reply
  } catch (cause) {
    done()
    throw explained(setting, server, cause)
  }
}

/** The session that one server forgot is not the client's: that one goes on, with a new one behind it. */
export const explained = (
  { lines }: Pick<Setting, 'lines'>,
  server: string,
  cause: unknown,
): unknown => {
  if (!(cause instanceof SessionNotFound)) return cause
  lines.drop(server)
  return new UpstreamFailed(
    `Server ${server} forgot its session; the next request opens a new one`,
    { cause },
  )
}
