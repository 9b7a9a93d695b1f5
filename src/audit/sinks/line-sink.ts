/** A place that gets one line for each settled event. It may lag or fail, and never holds up traffic. */
export type LineSink = Readonly<{
  name: string
  /** Takes one line without its end of line. Returns at once and never throws. */
  write: (line: string) => void
  status: () => SinkStatus
  /** Resolves when everything was written, or when it is clear that it cannot be now. */
  flush: () => Promise<void>
  close: () => Promise<void>
  /** Opens the place anew, after a rotation. */
  reopen?: () => void
}>

export type SinkStatus = Readonly<{
  state: 'up' | 'down'
  /** The last failure in one sentence; undefined while all is well. */
  problem: string | undefined
  /** Lines that wait. */
  waiting: number
  /** Lines that were given up because too many waited. */
  dropped: number
}>
