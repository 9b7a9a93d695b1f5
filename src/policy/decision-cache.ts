import type { Principal } from '../core/principal.ts'
import type { Asker } from './question.ts'

/** Remembers what `make` gave for three names. */
export type Memo<T> = (first: string, second: string, third: string, make: () => T) => T

/** One asker and what was already answered to it. */
export type View<T> = Readonly<{ asker: Asker; items: Memo<T>; wholes: Memo<T> }>

/** Longer names are answered anew each time, so that nobody can fill the memory with them. */
const MAX_NAME = 256

/**
 * Gives each principal its view; for one policy only. A principal met before as the same object costs
 * nothing, an equal one the comparison of its claims. When `limit` answers and views are held, all are
 * forgotten.
 */
export const createViews = <T>(
  toAsker: (principal: Principal) => Asker,
  limit: number,
): ((principal: Principal) => View<T>) => {
  let bySelf = new WeakMap<Principal, View<T>>()
  let byClaims = new Map<string, View<T>>()
  let held = 0
  const count = () => {
    held += 1
    if (held <= limit) return
    bySelf = new WeakMap()
    byClaims = new Map()
    held = 0
  }
  const make = (principal: Principal): View<T> => {
    count()
    return { asker: toAsker(principal), items: createMemo(count), wholes: createMemo(count) }
  }
  return (principal) => {
    const same = bySelf.get(principal)
    if (same !== undefined) return same
    const claims = claimsOf(principal)
    const view = byClaims.get(claims) ?? make(principal)
    byClaims.set(claims, view)
    bySelf.set(principal, view)
    return view
  }
}

const createMemo = <T>(count: () => void): Memo<T> => {
  const firsts = new Map<string, Map<string, Map<string, T>>>()
  return (first, second, third, make) => {
    const found = firsts.get(first)?.get(second)?.get(third)
    if (found !== undefined) return found
    const made = make()
    if (first.length > MAX_NAME || second.length > MAX_NAME || third.length > MAX_NAME) return made
    count()
    const seconds = entry(firsts, first, () => new Map<string, Map<string, T>>())
    entry(seconds, second, () => new Map<string, T>()).set(third, made)
    return made
  }
}

const entry = <V>(map: Map<string, V>, key: string, make: () => V): V => {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}

/** Everything of a principal that a policy can look at; JSON keeps the parts apart. */
const claimsOf = (principal: Principal): string =>
  JSON.stringify([
    principal.issuer,
    principal.subject,
    principal.username,
    principal.verifiedEmail,
    principal.clientRoles,
    principal.realmRoles,
    principal.groups,
    principal.builtInRole,
  ])
