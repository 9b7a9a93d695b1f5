import type { Event } from './events.ts'
import type { Reducer } from './reduce.ts'
import type { State } from './state.ts'

/** The one place that holds a state. */
export type Store = Readonly<{
  get: () => State
  dispatch: (event: Event) => void
  /** Calls back after each change, until the returned function is called. */
  subscribe: (listener: () => void) => () => void
}>

/** @param fail hears of a change that could not be made; the state is then as it was */
export const createStore = (
  reduce: Reducer,
  first: State,
  fail: (cause: unknown) => void = rethrow,
): Store => {
  let state = first
  const listeners = new Set<() => void>()
  return {
    get: () => state,
    dispatch(event) {
      const before = state
      try {
        state = reduce(state, event)
      } catch (cause) {
        fail(cause)
      }
      if (state === before) return
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

const rethrow = (cause: unknown): never => {
  throw cause
}
