/** The last lines that a server wrote, or that the gateway noted about it; for people who look for a fault. */
export type ServerLog = Readonly<{
  keep: (line: string) => void
  /** Says it once, however often it is noticed. */
  keepOnce: (line: string) => void
  lines: () => readonly string[]
}>

const LINES = 200

export const createServerLog = (): ServerLog => {
  const lines: string[] = []
  const keep = (line: string) => {
    lines.push(line)
    if (lines.length > LINES) lines.shift()
  }
  return {
    keep,
    keepOnce: (line) => {
      if (!lines.includes(line)) keep(line)
    },
    lines: () => [...lines],
  }
}
