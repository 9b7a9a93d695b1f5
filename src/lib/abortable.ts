/** As much of an `AbortSignal` as it takes to give something up; each `AbortSignal` is one. */
export type Abortable = Readonly<{
  aborted: boolean
  addEventListener: (
    type: 'abort',
    listener: () => void,
    options?: Readonly<{ once?: boolean }>,
  ) => void
  removeEventListener: (type: 'abort', listener: () => void) => void
}>

/**
 * What an `AbortController` does, for one call among many: an event target of the DOM with a listener
 * costs more than the rest of a call's bookkeeping.
 */
export const createAbort = (): Readonly<{ signal: Abortable; abort: () => void }> => {
  const listeners = new Set<() => void>()
  let aborted = false
  return {
    signal: {
      get aborted() {
        return aborted
      },
      addEventListener: (_type, listener) => void listeners.add(listener),
      removeEventListener: (_type, listener) => void listeners.delete(listener),
    },
    abort: () => {
      if (aborted) return
      aborted = true
      const told = [...listeners]
      listeners.clear()
      for (const listener of told) listener()
    },
  }
}
