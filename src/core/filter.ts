import type { GatewayEvent } from './events.ts'
import { formatTree } from './filter/format.ts'
import { parseTree } from './filter/parse.ts'
import { toPredicate } from './filter/predicate.ts'
import type { FilterReading, FilterTree } from './filter/tree.ts'

export { FILTER_KEYS, type FilterKey } from './filter/keys.ts'
export { type Suggestion, type Suggestions, suggest } from './filter/suggest.ts'
export { FilterFault, type FilterReading, type FilterTree } from './filter/tree.ts'

/** One filter, read: for events at hand, and for whoever compiles it to something else. */
export type Filter = Readonly<{
  /** Whether it holds for an event. Moments such as `since:15m` move on with the clock. */
  matches: (event: GatewayEvent) => boolean
  /** The same filter in full words: `decision:deny (user:ana* | user:bob)`. Empty when all match. */
  text: string
  tree: FilterTree
}>

/**
 * Reads a filter: `decision:deny -tool:search (server:prod | server:dev) dur:>200ms "a phrase" /regex/`.
 * The empty filter holds for everything.
 *
 * @param now milliseconds since the epoch
 * @throws FilterFault with the place of the fault
 */
export const parseFilter = (text: string, now: () => number, reading: FilterReading): Filter => {
  const tree = parseTree(text, reading)
  return { matches: toPredicate(tree, now), text: formatTree(tree), tree }
}
