import type { StreamEvent, UpstreamHealth } from '../core/conversation.ts'
import type { JsonObject } from '../core/json-rpc.ts'
import type { ReadableLog } from '../upstream/server-log.ts'

/** What servers write to standard error, for those who may observe the gateway. */
export type ServerLogs = Readonly<{
  /** The lines that are kept, and how many there have been. @throws ServerNotFound */
  read: (name: string) => JsonObject
  /**
   * The lines after that number and then each that comes, until the server is another or the gateway
   * ends. @throws ServerNotFound
   */
  follow: (name: string, after: number) => ReadableStream<StreamEvent>
  /** Ends what follows servers that are gone or changed. */
  changed: () => void
  close: () => void
}>

type LogsOptions = Readonly<{
  /** @throws ServerNotFound */
  logOf: (name: string) => UpstreamHealth & Readonly<{ log: ReadableLog }>
  redact: (text: string) => string
}>

/** Lines that may wait for a slow reader; it is told how many it lost beyond them. */
const BACKLOG = 1_000

export const createServerLogs = ({ logOf, redact }: LogsOptions): ServerLogs => {
  const following = new Set<Readonly<{ name: string; log: ReadableLog; end: () => void }>>()

  const follow = (name: string, from: number): ReadableStream<StreamEvent> => {
    const { log } = logOf(name)
    // A server that was started anew counts anew.
    const after = from > log.count() ? 0 : from
    let leave = () => {}
    return new ReadableStream<StreamEvent>(
      {
        start(controller) {
          let missed = 0
          const stop = log.watch(after, (line, number) => {
            if ((controller.desiredSize ?? 0) < 1) {
              missed++
              return
            }
            if (missed > 0) controller.enqueue({ data: JSON.stringify({ missed }) })
            missed = 0
            const data = JSON.stringify({ number, line: redact(line) })
            controller.enqueue({ id: String(number), data })
          })
          leave = () => {
            stop()
            following.delete(one)
          }
          const one = {
            name,
            log,
            end: () => {
              leave()
              controller.close()
            },
          }
          following.add(one)
        },
        cancel: () => leave(),
      },
      { highWaterMark: BACKLOG },
    )
  }

  const isStill = (name: string, log: ReadableLog): boolean => {
    try {
      return logOf(name).log === log
    } catch {
      return false
    }
  }

  return {
    read: (name) => {
      const { state, problem, log } = logOf(name)
      const shown = problem === undefined ? null : redact(problem)
      const lines = log.lines().map(redact)
      return { mcp_server: name, state, problem: shown, lines, last_line: log.count() }
    },
    follow,
    changed() {
      for (const { name, log, end } of [...following]) if (!isStill(name, log)) end()
    },
    close() {
      for (const { end } of [...following]) end()
    },
  }
}
