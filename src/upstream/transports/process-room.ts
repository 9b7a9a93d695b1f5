import { type GatewayError, Overloaded } from '../../core/errors.ts'
import { sessionGone } from '../faults.ts'

/** A running process, as far as others want its place. */
export type Occupant = Readonly<{
  /** The principal for whom it runs; undefined for everybody, and for the gateway itself. */
  owner: string | undefined
  /** Milliseconds since something was last under way in it; 0 while something is. */
  quietFor: () => number
  /** Ends the process; what is under way ends with `cause`. Never throws. */
  end: (cause: GatewayError) => Promise<void>
}>

/** The places for processes of one server, of which no principal takes more than a share. */
export type ProcessRoom = Readonly<{
  /** @throws Overloaded when there is no place for one more */
  assertFree: (owner: string | undefined) => void
  /** Takes a place, which is given back when the promise resolves. */
  add: (occupant: Occupant, gone: Promise<void>) => void
  /**
   * When a principal's share is taken, ends the one of their own processes that is quiet longest, if it
   * is quiet for long enough: a client that went away without a word leaves its process behind.
   */
  makeRoom: (owner: string | undefined) => Promise<void>
  isFull: () => boolean
  /** Ends all of them. */
  close: (cause: GatewayError) => Promise<void>
}>

/** The part of a server's processes that one principal may have; one process at least. */
export const PRINCIPAL_SHARE = 1 / 2
/** Milliseconds without a call or a listener, after which its owner's next process may take the place. */
const QUIET = 60_000
/** Seconds. */
const RETRY_AFTER = 5

/** @param most processes at the same time */
export const createProcessRoom = (server: string, most: number): ProcessRoom => {
  const occupants = new Set<Occupant>()
  const share = Math.max(1, Math.floor(most * PRINCIPAL_SHARE))
  const ownOf = (owner: string | undefined) =>
    owner === undefined ? [] : [...occupants].filter((occupant) => occupant.owner === owner)

  const refuse = (sentence: string) => {
    throw new Overloaded(`Server ${server} ${sentence}`, { retryAfter: RETRY_AFTER })
  }
  return {
    assertFree: (owner) => {
      if (ownOf(owner).length >= share) {
        refuse(
          `runs ${share} ${share === 1 ? 'process' : 'processes'} for you already, as many as one caller may have; close a session that you do not need, or try again later`,
        )
      }
      if (occupants.size >= most) refuse('has too many processes; try again later')
    },
    add: (occupant, gone) => {
      occupants.add(occupant)
      void gone.then(() => occupants.delete(occupant))
    },
    makeRoom: async (owner) => {
      const own = ownOf(owner)
      if (own.length < share) return
      const [quietest] = own.sort((one, other) => other.quietFor() - one.quietFor())
      if (quietest !== undefined && quietest.quietFor() >= QUIET) await quietest.end(sessionGone())
    },
    isFull: () => occupants.size >= most,
    close: async (cause) => {
      await Promise.all([...occupants].map(({ end }) => end(cause)))
    },
  }
}
