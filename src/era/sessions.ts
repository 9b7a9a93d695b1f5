import type { Conversation } from '../core/conversation.ts'
import { Overloaded, SessionNotFound } from '../core/errors.ts'
import type { JsonObject } from '../core/json-rpc.ts'

/** One legacy session of one client, tied to one conversation with one upstream. */
export type Session = {
  readonly id: string
  readonly server: string
  /** `iss|sub` of the one principal that may use it: a session id never stands in for a token. */
  readonly owner: string
  readonly conversation: Conversation
  /** What the client said it can do; undefined when it said nothing readable. */
  readonly declared: JsonObject | undefined
  /** What the client called itself; for people's eyes. */
  readonly client: string | undefined
  /** The revision that the server chose; undefined until it answered. */
  version: string | undefined
  /** Aborted when the session ends. */
  readonly ended: AbortSignal
}

/** A session as it is shown. */
export type SessionUse = Readonly<{
  session: Session
  /** Milliseconds since the epoch. */
  startedAt: number
  usedAt: number
  /** How often it was carried on. */
  calls: number
}>

/** Room for one session that is being opened. */
export type Place = Readonly<{
  /** The session takes the place. */
  create: (conversation: Conversation, declared?: JsonObject, client?: string) => Session
  /** Gives the place back when no session has come to it. */
  release: () => void
}>

export type Sessions = Readonly<{
  /**
   * Takes a place before anything is started for it.
   *
   * @throws Overloaded when this principal holds too many
   */
  reserve: (owner: string, server: string) => Place
  /** @throws SessionNotFound for an unknown id, another principal's, or another server's: all alike */
  find: (id: string, owner: string, server: string) => Session
  /** Ends a session and its conversation. */
  end: (id: string) => Promise<void>
  /** Ends what nobody used for the idle time; call it now and then. */
  sweep: () => void
  count: () => number
  /** Every session, the last used first. */
  list: () => readonly SessionUse[]
  close: () => Promise<void>
}>

/** Seconds. */
const RETRY_AFTER = 60

/**
 * The legacy sessions of all clients (MCP 2025-11-25, session management).
 *
 * @param newId gives an unguessable id of visible ASCII
 * @param now milliseconds
 * @param idleTime milliseconds after which an unused session ends
 * @param limit sessions that one principal may hold on one server
 */
export const createSessions = (settings: {
  newId: () => string
  now: () => number
  idleTime: number
  limit: number
}): Sessions => {
  const { newId, now, idleTime, limit } = settings
  const held = new Map<string, Use>()
  const reserved = new Set<Belonging>()

  const end = async (id: string) => {
    const entry = held.get(id)
    held.delete(id)
    entry?.ending.abort()
    await entry?.session.conversation.close()
  }

  const hold = (opened: Omit<Session, 'version' | 'ended'>): Session => {
    const ending = new AbortController()
    const session: Session = { ...opened, version: undefined, ended: ending.signal }
    held.set(session.id, { session, ending, startedAt: now(), usedAt: now(), calls: 0 })
    return session
  }

  return {
    reserve(owner, server) {
      const all = [...reserved, ...[...held.values()].map(({ session }) => session)]
      const own = all.filter((each) => each.owner === owner && each.server === server)
      if (own.length >= limit) {
        const sentence = `You have ${limit} sessions with server ${server}, as many as one caller may have; close one that you do not need, or try again later`
        throw new Overloaded(sentence, { retryAfter: RETRY_AFTER })
      }
      const place = { owner, server }
      reserved.add(place)
      return {
        create(conversation, declared, client) {
          reserved.delete(place)
          return hold({ id: newId(), ...place, conversation, declared, client })
        },
        release: () => void reserved.delete(place),
      }
    },
    find(id, owner, server) {
      const entry = held.get(id)
      if (entry?.session.owner !== owner || entry.session.server !== server) {
        throw new SessionNotFound('Session not found')
      }
      entry.usedAt = now()
      entry.calls++
      return entry.session
    },
    end,
    sweep() {
      const oldest = now() - idleTime
      for (const [id, { usedAt }] of held) {
        if (usedAt < oldest) void end(id)
      }
    },
    count: () => held.size,
    list: () => [...held.values()].sort((one, other) => other.usedAt - one.usedAt),
    async close() {
      await Promise.all([...held.keys()].map(end))
    },
  }
}

type Belonging = Readonly<{ owner: string; server: string }>

type Use = { -readonly [Key in keyof SessionUse]: SessionUse[Key] } & {
  readonly ending: AbortController
}
