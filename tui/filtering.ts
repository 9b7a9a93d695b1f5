import type { Matcher, State } from './state.ts'

/** A filter read, or why it cannot be, and where. */
export type Compiled = Readonly<{ matches: Matcher }> | Readonly<{ problem: string; at: number }>

/** @returns what the filter lets through, or the sentence that says what is wrong with it */
export const compileFilter = (
  { readFilter }: Pick<State, 'readFilter'>,
  text: string,
): Compiled => {
  if (text.trim() === '') return { matches: () => true }
  try {
    return { matches: readFilter(text) }
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause
    const at = 'at' in cause && typeof cause.at === 'number' ? cause.at : 0
    return { problem: cause.message, at }
  }
}
