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

  const meet = (work: (isOver: () => boolean) => Promise<void>): Promise<void> =>
    new Promise((resolve, reject) => {
      let over = false
      const done = work(() => over)
      const timer = setTimeout(() => {
        over = true
        passed = true
        reject(new Error(`no answer within ${limit} ms`))
      }, limit)
      const back = () => {
        passed = false
        clearTimeout(timer)
      }
      done.then(
        () => {
          back()
          resolve()
        },
        (cause: unknown) => {
          back()
          reject(cause)
        },
      )
    })

  return { meet, isPassed: () => passed }
}
