/** The last lines that a server wrote, or that the gateway noted about it; for people who look for a fault. */
export type ServerLog = Readonly<{
  keep: (line: string) => void
  /** Says it once, however often it is noticed. */
  keepOnce: (line: string) => void
  lines: () => readonly string[]
  /** How many lines there have been: the number of the last one. */
  count: () => number
  /**
   * Tells the lines that are kept after that number, and then each that comes, with its number.
   *
   * @returns ends it
   */
  watch: (after: number, hear: HearLine) => () => void
}>

export type HearLine = (line: string, number: number) => void

/** What others see of it. */
export type ReadableLog = Pick<ServerLog, 'lines' | 'count' | 'watch'>

const LINES = 200

export const createServerLog = (): ServerLog => {
  const lines: string[] = []
  const watching = new Set<HearLine>()
  let count = 0
  const keep = (line: string) => {
    lines.push(line)
    count++
    if (lines.length > LINES) lines.shift()
    for (const hear of watching) hear(line, count)
  }
  return {
    keep,
    keepOnce: (line) => {
      if (!lines.includes(line)) keep(line)
    },
    lines: () => [...lines],
    count: () => count,
    watch: (after, hear) => {
      const first = count - lines.length + 1
      for (const [index, line] of lines.entries()) {
        if (first + index > after) hear(line, first + index)
      }
      // A key of its own for each: the same listener may come twice.
      const told: HearLine = (line, number) => hear(line, number)
      watching.add(told)
      return () => watching.delete(told)
    },
  }
}

/** The log of a server that writes none. */
export const SILENT: ReadableLog = { lines: () => [], count: () => 0, watch: () => () => {} }
