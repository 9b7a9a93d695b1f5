/** What runs outside and can be called off: the call of the form, a call that is made again. */
export type RunningCall = 'form' | 'replay'

export type Running = Readonly<{
  /** Runs it until it ends; `signal` is aborted when it is called off. */
  during: <T>(call: RunningCall, run: (signal: AbortSignal) => Promise<T>) => Promise<T>
  /** Nothing when it does not run. */
  cancel: (call: RunningCall) => void
}>

export const createRunning = (): Running => {
  const ends = new Map<RunningCall, AbortController>()
  return {
    during: async (call, run) => {
      const end = new AbortController()
      ends.set(call, end)
      try {
        return await run(end.signal)
      } finally {
        if (ends.get(call) === end) ends.delete(call)
      }
    },
    cancel: (call) => ends.get(call)?.abort(),
  }
}
