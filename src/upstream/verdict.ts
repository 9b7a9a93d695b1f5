/** Remembers what `find` found for a while, and asks once for all who ask at the same time. */
export const createVerdict = <Verdict>(
  find: () => Promise<Verdict>,
  options: Readonly<{
    now: () => number
    /** Milliseconds that a verdict holds. */
    lifetime: number
    /** Milliseconds that it holds at least, however much is said against it. */
    settled: number
  }>,
) => {
  let known: { verdict: Verdict; at: number; until: number } | undefined
  let asking: Promise<Verdict> | undefined
  const ask = async () => {
    try {
      const verdict = await find()
      const at = options.now()
      known = { verdict, at, until: at + options.lifetime }
      return verdict
    } finally {
      asking = undefined
    }
  }
  return {
    get: async (): Promise<Verdict> => {
      if (known !== undefined && options.now() < known.until) return known.verdict
      asking ??= ask()
      return asking
    },
    /** The verdict while it holds, without waiting. */
    current: (): Verdict | undefined =>
      known !== undefined && options.now() < known.until ? known.verdict : undefined,
    /** Something speaks against it: it is asked for again, unless it was found just now. */
    doubt: () => {
      if (known === undefined) return
      known = { ...known, until: Math.min(known.until, known.at + options.settled) }
    },
    /** The last verdict, however old. */
    last: (): Verdict | undefined => known?.verdict,
  }
}
