import type { State, Want } from './state.ts'
import type { Tone } from './theme.ts'

/** A sentence in place of the hints, until the next key. */
export const say = (state: State, text: string, tone: Tone = 'plain'): State => ({
  ...state,
  message: { text, tone },
})

/** Asks the outside to do something. */
export const want = (state: State, ...wants: readonly Want[]): State => ({
  ...state,
  wants: [...state.wants, ...wants],
})
