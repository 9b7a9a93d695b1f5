import type { Reply } from '../core/conversation.ts'
import { SessionNotFound, UpstreamFailed } from '../core/errors.ts'
import { eventId, mapEvents } from './events.ts'
import { rewrite } from './rewrite.ts'
import { sealState } from './sealed.ts'
import type { Asking, Setting } from './setting.ts'

/** Carries what concerns one item to its server, and the answer back. */
export type Relay = Readonly<{
  /** @throws UpstreamFailed, UpstreamTimedOut, and what else the server's conversation throws */
  send: (server: string, asking: Asking) => Promise<Reply>
  /** The servers that are at work on a request with this id. */
  serversOf: (id: unknown) => readonly string[]
}>

const keyOf = (id: unknown): string => JSON.stringify(id) ?? ''

export const createRelay = (setting: Setting): Relay => {
  const { parts, lines } = setting
  const underWay = new Map<string, string>()

  const send = async (server: string, { message, owner, options, face }: Asking) => {
    const binding = { owner, face: face.name }
    const key = message.idText === undefined ? '' : keyOf(JSON.parse(message.idText))
    const seal = (state: string) => sealState(parts.seal, binding, server, state)
    const done = () => void underWay.delete(key)
    const conversation = await lines.to(server, options)
    if (lines.era === 'legacy' && key !== '') underWay.set(key, server)
    try {
      const reply = await conversation.send(message, options)
      const map = (text: string) => rewrite(text, { server, method: message.method, seal })
      return mapReply(reply, map, (id) => eventId('answer', server, id), done)
    } catch (cause) {
      done()
      throw explained(setting, server, cause)
    }
  }

  return {
    send,
    serversOf: (id) => {
      const server = underWay.get(keyOf(id))
      return server === undefined ? [] : [server]
    },
  }
}

/** The session that one server forgot is not the client's: that one goes on, with a new one behind it. */
export const explained = ({ lines }: Setting, server: string, cause: unknown): unknown => {
  if (!(cause instanceof SessionNotFound)) return cause
  lines.drop(server)
  return new UpstreamFailed(
    `Server ${server} forgot its session; the next request opens a new one`,
    {
      cause,
    },
  )
}

/** A reply with its messages and the ids of its events mapped; `onEnd` when the last one has passed. */
const mapReply = (
  reply: Reply,
  map: (text: string) => string,
  mapId: (id: string) => string,
  onEnd: () => void,
): Reply => {
  if (reply.kind === 'stream') {
    return { ...reply, events: mapEvents(reply.events, map, mapId, onEnd) }
  }
  onEnd()
  return reply.kind === 'single' ? { ...reply, text: map(reply.text) } : reply
}
