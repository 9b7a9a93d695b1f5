import type { GatewayError } from '../core/errors.ts'
import { type Abortable, createAbort } from '../lib/abortable.ts'
import { callLimits, createDeadline, type Deadline } from './deadline.ts'
import { asUpstreamFault, clientLeft, timedOut } from './faults.ts'

/** How a call was ended from this side, before the server's answer. */
export type CallEnd = 'expired' | 'left' | 'cancelled'

/** One call to a server over HTTP, from the first byte to the last. */
export type Call = Readonly<{
  /** Aborted when the call is to be given up, for whatever reason; goes to the HTTP client. */
  signal: Abortable
  deadline: Deadline
  ended: () => CallEnd | undefined
  /** Gives the call up. */
  give: (end: CallEnd) => void
  /** No more timers and listeners; the answer is complete. */
  finish: () => void
  /** What was thrown, told as what it means for this call. */
  explain: (cause: unknown) => GatewayError
}>

/**
 * Begins a call.
 *
 * @param options.timeout milliseconds without a sign of life
 * @param options.onExpire told when the deadline has passed, after the connection was given up
 * @param options.onFinish told once, however the call ended
 * @throws ClientLeft when the signal is aborted already
 */
export const beginCall = (
  options: Readonly<{
    server: string
    signal: AbortSignal
    timeout: number
    onExpire?: () => void
    onFinish?: () => void
  }>,
): Call => {
  if (options.signal.aborted) throw clientLeft()
  const abortion = createAbort()
  let end: CallEnd | undefined
  let finished = false
  const give = (reason: CallEnd) => {
    if (end !== undefined) return
    end = reason
    finish()
    abortion.abort()
    if (reason === 'expired') options.onExpire?.()
  }
  const deadline = createDeadline(callLimits(options.timeout), () => give('expired'))
  const onAbort = () => give('left')
  const finish = () => {
    if (finished) return
    finished = true
    deadline.clear()
    options.onFinish?.()
    options.signal.removeEventListener('abort', onAbort)
  }
  options.signal.addEventListener('abort', onAbort, { once: true })
  return {
    signal: abortion.signal,
    deadline,
    ended: () => end,
    give,
    finish,
    explain: (cause) => {
      if (end === 'expired') return timedOut(options.server)
      return end === undefined ? asUpstreamFault(options.server, cause) : clientLeft()
    },
  }
}
