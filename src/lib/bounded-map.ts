/** Entries by key, never more than its limit: the one that was set longest ago makes room. */
export type BoundedMap<Key, Value> = Readonly<{
  get: (key: Key) => Value | undefined
  has: (key: Key) => boolean
  /** Makes this the newest entry, also where it was known before. */
  set: (key: Key, value: Value) => void
  /** Whether there was such an entry. */
  delete: (key: Key) => boolean
  /** The oldest first. */
  values: () => IterableIterator<Value>
}>

/** @param limit entries that are kept */
export const createBoundedMap = <Key, Value>(limit: number): BoundedMap<Key, Value> => {
  const held = new Map<Key, Value>()
  return {
    get: (key) => held.get(key),
    has: (key) => held.has(key),
    set(key, value) {
      held.delete(key)
      held.set(key, value)
      if (held.size <= limit) return
      // One came in, so one goes.
      for (const oldest of held.keys()) return void held.delete(oldest)
    },
    delete: (key) => held.delete(key),
    values: () => held.values(),
  }
}
