import type { Authenticate } from '../auth/authenticator.ts'
import { type Principal, principalId } from '../core/principal.ts'
import { createBoundedMap } from '../lib/bounded-map.ts'

/** Who called since the start, each as they were established the last time. */
export type Callers = Readonly<{
  /** The same authentication, which remembers whom it establishes. */
  remembering: (authenticate: Authenticate) => Authenticate
  /** @param id `iss|sub`; undefined for who never called, or was forgotten over others since */
  find: (id: string) => Principal | undefined
}>

/** @param most callers that are remembered; beyond it those who have been quiet longest are forgotten */
export const createCallers = (most = 1_000): Callers => {
  const known = createBoundedMap<string, Principal>(most)

  const remember = (principal: Principal): Principal => {
    known.set(principalId(principal), principal)
    return principal
  }

  return {
    remembering:
      (authenticate) =>
      (...given) => {
        const established = authenticate(...given)
        // A token that was verified before is answered at once, and nothing has to be waited for.
        return established instanceof Promise ? established.then(remember) : remember(established)
      },
    find: (id) => known.get(id),
  }
}
