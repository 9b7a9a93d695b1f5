import type { Call } from './call.ts'
import type { ModernOverLegacyLimits } from './limits.ts'

/** The calls that have asked their client something, by the id that their sealed state holds. */
export type ParkedCalls = Readonly<{
  keep: (call: Call) => void
  /** Undefined for one that is over and forgotten. */
  find: (id: string) => Call | undefined
  /** Ends what waited too long, and forgets what ended a while ago. */
  sweep: () => void
  isEmpty: () => boolean
}>

/** @param now milliseconds */
export const createParkedCalls = (
  now: () => number,
  limits: Pick<ModernOverLegacyLimits, 'keeping' | 'kept'>,
): ParkedCalls => {
  const calls = new Map<string, Call>()
  /** The oldest of one principal's ended calls go first, so that results do not pile up. */
  const trim = (owner: string) => {
    const ended = [...calls.values()].filter(
      (call) => call.owner === owner && call.endedAt() !== undefined,
    )
    const surplus = Math.max(0, ended.length - limits.kept)
    for (const { id } of ended.slice(0, surplus)) calls.delete(id)
  }
  return {
    keep: (call) => {
      calls.set(call.id, call)
      trim(call.owner)
    },
    find: (id) => calls.get(id),
    sweep: () => {
      const time = now()
      for (const [id, call] of calls) {
        call.expire(time)
        const endedAt = call.endedAt()
        if (endedAt !== undefined && endedAt + limits.keeping <= time) calls.delete(id)
      }
    },
    isEmpty: () => calls.size === 0,
  }
}
