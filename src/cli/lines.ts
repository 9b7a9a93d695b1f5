import type { Stream } from './surroundings.ts'

/** What people read beside a screen: while it has the terminal, nothing else may write there. */
export type Lines = Readonly<{
  /** Now, or when the screen is gone. */
  write: (to: Stream, text: string) => void
  isHeld: () => boolean
  hold: () => void
  /** Writes what waited, and from now on at once. */
  flow: () => void
}>

/** What waits beyond this is no longer news. */
const MOST = 100

export const createLines = (): Lines => {
  let waiting: (() => void)[] | undefined
  return {
    write: (to, text) => {
      if (waiting === undefined) to.write(text)
      else if (waiting.length < MOST) waiting.push(() => to.write(text))
    },
    isHeld: () => waiting !== undefined,
    hold: () => {
      waiting ??= []
    },
    flow: () => {
      const due = waiting ?? []
      waiting = undefined
      for (const write of due) write()
    },
  }
}
