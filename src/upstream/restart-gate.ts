import { failed } from './faults.ts'

export type RestartLimits = Readonly<{
  /** Milliseconds before the first restart; doubled for each one after it. */
  first: number
  longest: number
  /** A run of this many milliseconds makes good for the crashes before it. */
  forgiven: number
  /** More crashes than this within a minute, and the server counts as down. */
  perMinute: number
}>

export const RESTART_LIMITS: RestartLimits = {
  first: 200,
  longest: 30_000,
  forgiven: 60_000,
  perMinute: 5,
}

export type RestartGate = Readonly<{
  /** Waits while a wait is short. @throws UpstreamFailed with the seconds to wait when it is not */
  pass: () => Promise<void>
  /** A run ended that nobody had asked to end. */
  crashed: (startedAt: number) => void
  /** Why nothing may be started now, for health; undefined when something may. */
  problem: () => string | undefined
}>

const SHORT = 1000
const MINUTE = 60_000

/** Decides when a server that ended by itself may be started again. */
export const createRestartGate = (
  server: string,
  limits: RestartLimits,
  now: () => number,
): RestartGate => {
  let crashes: number[] = []
  let streak = 0
  let notBefore = 0

  const problem = () =>
    crashes.length > limits.perMinute && now() < notBefore
      ? `Server ${server} keeps ending; it is started again later`
      : undefined

  return {
    pass: async () => {
      const wait = notBefore - now()
      if (wait > SHORT) {
        const retryAfter = Math.ceil(wait / 1000)
        throw failed(server, 'keeps ending; it is started again later', undefined, retryAfter)
      }
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    },
    crashed: (startedAt) => {
      const time = now()
      streak = time - startedAt >= limits.forgiven ? 1 : streak + 1
      crashes = [...crashes.filter((at) => time - at < MINUTE), time]
      const tooMany = crashes.length > limits.perMinute
      const delay = tooMany ? limits.longest : limits.first * 2 ** (streak - 1)
      notBefore = time + Math.min(limits.longest, delay)
    },
    problem,
  }
}
