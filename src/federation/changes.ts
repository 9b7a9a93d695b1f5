import type { StreamEvent } from '../core/conversation.ts'

/** A stream of what several servers tell without being asked, while they come and go. */
export type Changes = Readonly<{
  events: ReadableStream<StreamEvent>
  /** The servers, or what may be used of them, may be others now: joins, leaves, and tells. */
  changed: () => void
  end: () => void
}>

/** A server to hear, and what of it, as a text that is another one when that is something else. */
export type Heard = Readonly<{ server: string; wanted: string }>

export type ChangesOptions<P extends Heard> = Readonly<{
  /** The servers to hear, as it is now. */
  servers: () => readonly P[]
  /** Undefined for a server that has nothing to tell. @throws when it cannot be heard now */
  join: (permitted: P, signal: AbortSignal) => Promise<ReadableStream<StreamEvent> | undefined>
  /** What stands first, once every server was asked or the budget is spent. */
  greeting: () => string | undefined
  /** What tells the client to look again, since something may be there that was not. */
  notices: readonly string[]
  /** Whether what a server would have told while its stream was broken is lost. */
  lossy: boolean
  /** Milliseconds that one server may keep the greeting waiting. */
  budget: number
  /** Milliseconds. */
  retry: number
  onEnd: () => void
}>

/** Messages that may wait for a slow reader; the servers wait then. */
const ROOM = 16

export const createChanges = <P extends Heard>(options: ChangesOptions<P>): Changes => {
  const { servers, join, retry } = options
  const heard = new Map<string, Readonly<{ wanted: string; until: AbortController }>>()
  /** Servers that were away: when one of them is back, the client must look again. */
  const away = new Set<string>()
  const opened = Promise.withResolvers<void>()
  let room = Promise.withResolvers<void>()
  let ended = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let controller: ReadableStreamDefaultController<StreamEvent> | undefined

  const leave = (server: string) => {
    heard.get(server)?.until.abort()
    heard.delete(server)
  }
  const stop = () => {
    if (ended) return
    ended = true
    clearTimeout(timer)
    for (const server of [...heard.keys()]) leave(server)
    room.resolve()
    opened.resolve()
    options.onEnd()
  }
  const tell = (data: string) => {
    if (!ended) controller?.enqueue({ data })
  }
  const tellAll = async () => {
    await opened.promise
    for (const notice of options.notices) tell(notice)
  }

  const untilRoom = async () => {
    while (!ended && (controller?.desiredSize ?? 0) <= 0) await room.promise
  }
  const pump = async (stream: ReadableStream<StreamEvent>, signal: AbortSignal) => {
    const reader = stream.getReader()
    const cancel = () => void reader.cancel().catch(() => undefined)
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    await opened.promise
    for (;;) {
      const { done, value } = await reader.read()
      if (done || ended) return
      await untilRoom()
      if (ended || signal.aborted) return
      controller?.enqueue(value)
    }
  }

  const later = () => {
    if (ended || timer !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      reconcile()
    }, retry)
  }

  /** Hears one server until it ends; resolves when it is joined, or is known to be away. */
  const hear = async (permitted: P): Promise<void> => {
    const { server, wanted } = permitted
    const until = new AbortController()
    const mine = { wanted, until }
    heard.set(server, mine)
    const gone = () => {
      if (heard.get(server) !== mine) return
      heard.delete(server)
      later()
    }
    try {
      const stream = await join(permitted, until.signal)
      if (away.delete(server)) void tellAll()
      if (stream === undefined) return
      const over = () => {
        if (options.lossy) away.add(server)
        gone()
      }
      pump(stream, until.signal).then(over, over)
    } catch {
      away.add(server)
      gone()
    }
  }

  const reconcile = (): readonly Promise<void>[] => {
    if (ended) return []
    const wanted = servers()
    for (const [server, { wanted: before }] of [...heard]) {
      const same = wanted.some((each) => each.server === server && each.wanted === before)
      if (!same) leave(server)
    }
    return wanted.filter(({ server }) => !heard.has(server)).map(hear)
  }

  const events = new ReadableStream<StreamEvent>(
    {
      start: (given) => {
        controller = given
      },
      pull: () => {
        room.resolve()
        room = Promise.withResolvers()
      },
      cancel: stop,
    },
    { highWaterMark: ROOM },
  )

  let greeted = false
  const greet = () => {
    clearTimeout(patience)
    if (greeted) return
    greeted = true
    const greeting = options.greeting()
    if (greeting !== undefined) tell(greeting)
    opened.resolve()
  }
  const patience = setTimeout(greet, options.budget)
  void Promise.all(reconcile()).then(greet)

  return {
    events,
    changed: () => {
      reconcile()
      void tellAll()
    },
    end: () => {
      if (ended) return
      stop()
      controller?.close()
    },
  }
}
