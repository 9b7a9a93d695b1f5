import { homedir } from 'node:os'

/** The world around one run of the program; the only place that reads it. */
export type Surroundings = Readonly<{
  arguments: readonly string[]
  environment: Readonly<Record<string, string | undefined>>
  workingDirectory: string
  home: string
  stdout: Output
  stderr: Output
  /** Milliseconds since the epoch. */
  now: () => number
  /** Resolves at the first SIGINT or SIGTERM; `again` is called at the second. */
  stopped: (again: () => void) => Promise<void>
  /** Calls back at every SIGHUP. */
  onReopen: (reopen: () => void) => void
}>

export type Output = Readonly<{
  write: (text: string) => void
  isTerminal: boolean
  /** The stream itself, for those who need its back-pressure. */
  stream: NodeJS.WriteStream
}>

const output = (stream: NodeJS.WriteStream): Output => {
  // A reader that went away is no reason to die: `serve | head` must go on serving.
  stream.on('error', () => {})
  return { write: (text) => void stream.write(text), isTerminal: stream.isTTY === true, stream }
}

export const surroundings = (): Surroundings => ({
  arguments: process.argv.slice(2),
  environment: process.env,
  workingDirectory: process.cwd(),
  home: homedir(),
  stdout: output(process.stdout),
  stderr: output(process.stderr),
  now: Date.now,
  stopped: (again) =>
    new Promise((resolve) => {
      let asked = 0
      const ask = () => {
        asked++
        if (asked === 1) resolve()
        else again()
      }
      process.on('SIGINT', ask)
      process.on('SIGTERM', ask)
    }),
  onReopen: (reopen) => void process.on('SIGHUP', reopen),
})
