import { homedir } from 'node:os'
import { isatty } from 'node:tty'

/** The world around one run of the program; the only place that reads it. */
export type Surroundings = Readonly<{
  arguments: readonly string[]
  environment: Readonly<Record<string, string | undefined>>
  workingDirectory: string
  home: string
  stdin: Input
  stdout: Stream
  stderr: Stream
  /** Milliseconds since the epoch. */
  now: () => number
  /** Resolves at the first SIGINT or SIGTERM, with its name; `again` is called at every further one. */
  stopped: (again: () => void) => Promise<'SIGINT' | 'SIGTERM'>
  /** Calls back at every SIGHUP. */
  onReopen: (reopen: () => void) => void
  /**
   * Stops this job until it is continued, as ctrl-z at a shell's prompt does; goes on soon where nobody
   * could continue it.
   */
  standAside: () => Promise<void>
  /** Calls back when another program asks for that (SIGTSTP), and whenever this one was continued. */
  onJob: (heard: Readonly<{ asked: () => void; continued: () => void }>) => void
  /** Ends the program at once, without waiting for what is under way. */
  exit: (code: number) => never
}>

export type Input = Readonly<{
  isTerminal: boolean
  /** Whether there was a terminal and it was closed since. */
  isClosed: () => boolean
  /** Everything up to its end. @throws RangeError beyond `limit` bytes */
  read: (limit: number) => Promise<Uint8Array>
  /** The same in pieces, as they come. */
  pieces: () => AsyncIterable<Uint8Array>
  /** The stream itself, for prompts; only to be asked for when `isTerminal`. */
  stream: () => NodeJS.ReadStream
}>

export type Stream = Readonly<{
  write: (text: string) => void
  isTerminal: boolean
  /** Width of the terminal in characters; undefined when there is none. */
  columns: () => number | undefined
  /**
   * Resolves when everything written has left, or nobody reads any more; with the fault when it could
   * not be written for another reason, such as a full disk.
   */
  flushed: () => Promise<Error | undefined>
  /** The stream itself, for those who need its back-pressure. */
  stream: NodeJS.WriteStream
}>

/** What writing says when the reader went away, or the terminal was closed. */
const GONE: readonly unknown[] = ['EPIPE', 'EIO']

// `isTTY` is undefined off a terminal and unreliable in compiled binaries: ask the system.
const toStream = (stream: NodeJS.WriteStream, descriptor: number): Stream => {
  const isTerminal = isatty(descriptor)
  let fault: Error | undefined
  // Ending the process drops what a slow reader has not taken yet: every write is waited for.
  let unwritten = 0
  let done = () => {}
  // A reader that went away is no reason to die: `serve | head` must go on serving.
  stream.on('error', () => {})
  return {
    write: (text) => {
      if (fault !== undefined) return
      unwritten++
      stream.write(text, (cause) => {
        fault ??= cause ?? undefined
        unwritten--
        if (unwritten === 0) done()
      })
    },
    isTerminal,
    columns: () => (isTerminal ? stream.columns : undefined),
    flushed: async () => {
      if (unwritten > 0) await new Promise<void>((resolve) => (done = resolve))
      return fault !== undefined && 'code' in fault && GONE.includes(fault.code) ? undefined : fault
    },
    stream,
  }
}

const input = (isTerminal = isatty(0)): Input => ({
  isTerminal,
  isClosed: () => isTerminal && !isatty(0),
  read: async (limit) => {
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of Bun.stdin.stream()) {
      length += chunk.length
      if (length > limit) throw new RangeError(`Standard input is larger than ${limit} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  },
  pieces: () => Bun.stdin.stream(),
  stream: () => process.stdin,
})

/** Milliseconds in which a stop takes hold. */
const STOPPING = 250

/** Stopping is up to the system, which does it only while nobody listens to the signal. */
const jobControl = (): Pick<Surroundings, 'standAside' | 'onJob'> => {
  let asked = () => {}
  return {
    onJob: (heard) => {
      asked = heard.asked
      process.on('SIGTSTP', asked)
      process.on('SIGCONT', heard.continued)
    },
    standAside: async () => {
      process.off('SIGTSTP', asked)
      let wake = () => {}
      const continued = new Promise<void>((resolve) => (wake = resolve))
      process.once('SIGCONT', wake)
      // The whole job, as the terminal would: a shell waits for all of it.
      process.kill(0, 'SIGTSTP')
      await Promise.race([continued, Bun.sleep(STOPPING)])
      process.off('SIGCONT', wake)
      process.on('SIGTSTP', asked)
    },
  }
}

export const surroundings = (): Surroundings => ({
  arguments: process.argv.slice(2),
  environment: process.env,
  workingDirectory: process.cwd(),
  home: homedir(),
  stdin: input(),
  stdout: toStream(process.stdout, 1),
  stderr: toStream(process.stderr, 2),
  now: Date.now,
  stopped: (again) =>
    new Promise((resolve) => {
      let asked = 0
      const ask = (signal: 'SIGINT' | 'SIGTERM') => {
        asked++
        if (asked === 1) resolve(signal)
        else again()
      }
      process.on('SIGINT', () => ask('SIGINT'))
      process.on('SIGTERM', () => ask('SIGTERM'))
    }),
  onReopen: (reopen) => void process.on('SIGHUP', reopen),
  ...jobControl(),
  exit: (code) => process.exit(code),
})
