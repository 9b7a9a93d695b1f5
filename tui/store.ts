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

export const createStore = (reduce: Reducer, first: State): Store => {
  let state = first
  const listeners = new Set<() => void>()
  return {
    get: () => state,
    dispatch(event) {
      const next = reduce(state, event)
      if (next === state) return
      state = next
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
