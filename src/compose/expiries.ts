/** When the tokens of those who were seen expire. */
export type Expiries = Readonly<{
  /** @param expiresAt seconds since the epoch; undefined when it does not expire */
  add: (id: string, expiresAt: number | undefined) => void
  /** Milliseconds since the epoch; undefined when that is not known. */
  of: (id: string) => number | undefined
}>

/** As many as people are shown, and some. */
const MOST = 1_000

export const createExpiries = (): Expiries => {
  const known = new Map<string, number>()
  return {
    add(id, expiresAt) {
      if (expiresAt === undefined) return
      known.delete(id)
      known.set(id, expiresAt * 1000)
      if (known.size <= MOST) return
      const [oldest] = known.keys()
      if (oldest !== undefined) known.delete(oldest)
    },
    of: (id) => known.get(id),
  }
}
