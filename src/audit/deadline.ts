/** A limit on how long something may take, which remembers whether the last thing is overdue. */
export type Deadline = Readonly<{
  /** Rejects when the work takes longer; the work is told, and its late result is dropped. */
  meet: (work: (isOver: () => boolean) => Promise<void>) => Promise<void>
  /** Whether something is overdue and nothing has come back since. */
  isPassed: () => boolean
}>

/** @param limit milliseconds */
export const createDeadline = (limit: number): Deadline => {
  let passed = false

  const meet = async (work: (isOver: () => boolean) => Promise<void>): Promise<void> => {
    let over = false
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      over = true
      passed = true
      late.reject(new Error(`no answer within ${limit} ms`))
    }, limit)
    const done = work(() => over).finally(() => {
      passed = false
      clearTimeout(timer)
    })
    await Promise.race([done, late.promise])
  }

  return { meet, isPassed: () => passed }
}
