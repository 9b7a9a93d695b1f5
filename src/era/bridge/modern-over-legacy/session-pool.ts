import type { Upstream } from '../../../core/conversation.ts'
import { Overloaded } from '../../../core/errors.ts'
import type { BridgeOptions } from '../options.ts'
import type { Asked } from './asked.ts'
import type { ModernOverLegacyLimits } from './limits.ts'
import { openSession, type Session } from './session.ts'

/**
 * What a session is wanted for. `alone`: a call during which the server may ask something, which only
 * one call at a time can be attributed to. `together`: any other call. `hearing`: nothing that the
 * server could mix up with a call.
 */
export type Use = 'alone' | 'together' | 'hearing'

/** A session for as long as something is done in it. */
export type Lease = Readonly<{
  session: Session
  /**
   * Gives it back. A session whose call was given up is `spoiled`: the server may still ask something
   * for that call, so nothing that could be asked goes through it again.
   */
  release: (spoiled?: boolean) => void
}>

/** The legacy sessions of everybody: one principal's never serve another. */
export type SessionPool = Readonly<{
  /** @throws Overloaded when this principal holds too many; UpstreamFailed, UpstreamTimedOut */
  lease: (asked: Asked, use: Use) => Promise<Lease>
  /** Ends what nobody used for the idle time. */
  sweep: () => void
  isEmpty: () => boolean
  /** Ends all of them. Never throws. */
  close: () => Promise<void>
}>

type Entry = {
  readonly key: string
  readonly owner: string
  readonly opening: Promise<Session>
  readonly uses: Record<Use, number>
  spoiled: boolean
  usedAt: number
}

export const createSessionPool = (
  upstream: Upstream,
  { now, gateway }: Pick<BridgeOptions, 'now' | 'gateway'>,
  limits: ModernOverLegacyLimits,
): SessionPool => {
  const entries = new Set<Entry>()

  const drop = async (entry: Entry): Promise<void> => {
    if (!entries.delete(entry)) return
    await entry.opening.then(({ close }) => close()).catch(() => undefined)
  }
  const makeRoom = (owner: string) => {
    const own = [...entries].filter((entry) => entry.owner === owner)
    if (own.length < limits.sessions) return
    const [oldest] = own.filter(isIdle).sort((one, other) => one.usedAt - other.usedAt)
    if (oldest !== undefined) return void drop(oldest)
    const sentence = `More than ${limits.sessions} sessions on ${upstream.name} are in use`
    throw new Overloaded(sentence, { retryAfter: 1 })
  }
  const open = ({ owner, sessionKey, capabilities }: Asked): Entry => {
    makeRoom(owner)
    const opening = openSession(upstream, {
      capabilities,
      clientInfo: gateway,
      owner: owner === '' ? undefined : owner,
      opening: limits.opening,
      onGone: () => void drop(entry),
    })
    const entry: Entry = {
      key: sessionKey,
      owner,
      opening,
      uses: { alone: 0, together: 0, hearing: 0 },
      spoiled: false,
      usedAt: now(),
    }
    entries.add(entry)
    opening.catch(() => entries.delete(entry))
    return entry
  }

  return {
    async lease(asked, use) {
      const fits = (entry: Entry) => entry.key === asked.sessionKey && FITS[use](entry, limits)
      const entry = [...entries].find(fits) ?? open(asked)
      entry.uses[use]++
      const session = await entry.opening
      let released = false
      return {
        session,
        release: (spoiled = false) => {
          if (released) return
          released = true
          entry.uses[use]--
          entry.usedAt = now()
          entry.spoiled ||= spoiled
          if (entry.spoiled && isIdle(entry)) void drop(entry)
        },
      }
    },
    sweep: () => {
      const oldest = now() - limits.idle
      for (const entry of entries) {
        if (isIdle(entry) && entry.usedAt <= oldest) void drop(entry)
      }
    },
    isEmpty: () => entries.size === 0,
    close: async () => {
      await Promise.all([...entries].map(drop))
    },
  }
}

const isIdle = ({ uses }: Entry) => uses.alone + uses.together + uses.hearing === 0

type Fits = (entry: Entry, limits: ModernOverLegacyLimits) => boolean

const FITS: Readonly<Record<Use, Fits>> = {
  alone: ({ uses, spoiled }) => uses.alone + uses.together === 0 && !spoiled,
  together: ({ uses }) => uses.alone === 0,
  hearing: ({ uses }, { listens }) => uses.hearing < listens,
}
