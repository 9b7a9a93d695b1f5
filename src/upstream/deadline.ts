/** How long a call may take: milliseconds without a sign of life, and in all. */
export type DeadlineLimits = Readonly<{ quiet: number; longest: number }>

export type Deadline = Readonly<{
  /** A sign of life, or the start of a wait: the quiet time begins again. */
  touch: () => void
  /** Nobody waits for the server now; only the longest time goes on. */
  pause: () => void
  /** For good: nothing expires any more. */
  clear: () => void
}>

/** The absolute maximum is ten times the time without a sign of life. */
export const callLimits = (timeout: number): DeadlineLimits => ({
  quiet: timeout,
  longest: timeout * 10,
})

/** Calls `onExpire` at most once, when either limit has passed. */
export const createDeadline = (limits: DeadlineLimits, onExpire: () => void): Deadline => {
  let paused = false
  const expire = () => {
    clear()
    onExpire()
  }
  const longest = setTimeout(expire, limits.longest)
  const quiet = setTimeout(() => {
    if (!paused) expire()
  }, limits.quiet)
  const clear = () => {
    clearTimeout(longest)
    clearTimeout(quiet)
  }
  return {
    touch: () => {
      paused = false
      quiet.refresh()
    },
    pause: () => {
      paused = true
    },
    clear,
  }
}
