import { UpstreamTimedOut } from '../core/errors.ts'

/** Whose patience it is, with which server, about what. */
export type Asked = Readonly<{ owner: string; server: string; method: string }>

/** Remembers which servers kept somebody waiting, so that not every list waits for them again. */
export type Patience = Readonly<{
  /**
   * Asks within the budget. A server that was just found to hang is asked without anybody waiting for
   * it, and whoever asks hears so at once.
   *
   * @param ask gets the signal with which it is to end
   * @throws UpstreamTimedOut, and what `ask` throws
   */
  ask: <T>(
    asked: Asked,
    ask: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ) => Promise<T>
}>

export type PatienceOptions = Readonly<{
  /** Milliseconds that one server may keep the others waiting. */
  budget: number
  /** Milliseconds for which it is remembered that it did. */
  memory: number
  /** A server that hung has answered this principal. */
  onRecovery: (owner: string) => void
}>

/** What opens a conversation; while that hangs, nothing else can be asked either. */
const OPENING = ['initialize', 'server/discover'] as const

/** Of one server and principal: what it did not answer in time, and whether it is asked again now. */
type Hanging = Map<string, { probing: boolean }>

export const createPatience = ({ budget, memory, onRecovery }: PatienceOptions): Patience => {
  const hanging = new Map<string, Hanging>()
  const keyOf = ({ owner, server }: Asked) => `${server} ${owner}`

  const remember = (asked: Asked) => {
    const key = keyOf(asked)
    const mine = hanging.get(key) ?? new Map<string, { probing: boolean }>()
    const entry = { probing: false }
    hanging.set(key, mine.set(asked.method, entry))
    const fade = () => mine.get(asked.method) === entry && forget(asked, [asked.method])
    setTimeout(fade, memory).unref()
  }
  const forget = (asked: Asked, methods: readonly string[]) => {
    const mine = hanging.get(keyOf(asked))
    for (const method of methods) mine?.delete(method)
    if (mine?.size === 0) hanging.delete(keyOf(asked))
  }
  const hangingOn = (asked: Asked) => {
    const mine = hanging.get(keyOf(asked))
    return mine?.get(asked.method) ?? OPENING.map((each) => mine?.get(each)).find(Boolean)
  }

  const probe = async (asked: Asked, ask: (signal: AbortSignal) => Promise<unknown>) => {
    const late = AbortSignal.timeout(memory)
    try {
      await unlessLate(ask(late), late, memory)
      forget(asked, [asked.method, ...OPENING])
      onRecovery(asked.owner)
    } catch {
      // What fails at once hangs no more: the next list tells why.
      if (!late.aborted) forget(asked, [asked.method, ...OPENING])
    }
  }

  return {
    async ask(asked, ask, signal) {
      const hung = hangingOn(asked)
      if (hung !== undefined) {
        if (!hung.probing) void probe(asked, ask).finally(() => (hung.probing = false))
        hung.probing = true
        throw new UpstreamTimedOut('It did not answer in time before, and is being asked again')
      }
      const late = AbortSignal.timeout(budget)
      try {
        return await unlessLate(ask(AbortSignal.any([signal, late])), late, budget)
      } catch (cause) {
        if (late.aborted && !signal.aborted) remember(asked)
        throw cause
      }
    },
  }
}

const unlessLate = <T>(answering: Promise<T>, late: AbortSignal, budget: number): Promise<T> =>
  new Promise((resolve, reject) => {
    const give = () => reject(new UpstreamTimedOut(`No answer within ${budget} ms`))
    late.addEventListener('abort', give, { once: true })
    answering.then(resolve, reject).finally(() => late.removeEventListener('abort', give))
  })
