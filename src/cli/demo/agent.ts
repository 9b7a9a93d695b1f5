import { ClientFault, createClient } from '../../client.ts'
import type { Demo } from '../../compose/demo.ts'
import { pauseFor } from '../../lib/pause.ts'
import { VERSION } from '../version.ts'
import { SCRIPT, type Step } from './script.ts'

export type AgentOptions = Readonly<{
  demo: Pick<Demo, 'gateway' | 'token'>
  /** Calls, after which it is over. */
  calls: number
  /** Milliseconds between two of them. */
  pause: number
  signal: AbortSignal
}>

/** Milliseconds that a call may take. */
const PATIENCE = 30_000

/**
 * Acts the script over HTTP, as agents of several people would. Calls do not wait for one another.
 * Resolves when all of them are over, or the signal is aborted and they were given up.
 */
export const runAgent = async ({ demo, calls, pause, signal }: AgentOptions): Promise<void> => {
  const underWay = new Set<Promise<void>>()
  for (let made = 0; made < calls && !signal.aborted; made++) {
    const step = SCRIPT[made % SCRIPT.length]
    if (step === undefined) break
    const act = perform(demo, step, signal).finally(() => underWay.delete(act))
    underWay.add(act)
    await pauseFor(pause * (step.rest ?? 1), signal)
  }
  await Promise.all(underWay)
}

/** Whatever the gateway answers is what the demo is there to show. */
const perform = async (
  { gateway, token }: AgentOptions['demo'],
  step: Step,
  signal: AbortSignal,
): Promise<void> => {
  const ends = [signal, ...(step.leaves === undefined ? [] : [AbortSignal.timeout(step.leaves)])]
  const client = createClient({
    url: gateway.url,
    token: step.person && (await token(step.person, step.token ?? 'fresh')),
    deadline: () => AbortSignal.timeout(PATIENCE),
    clientInfo: { name: `${step.person?.name ?? 'unknown'}-agent`, version: VERSION },
  })
  try {
    await client.ask('demo', step.method, step.params, { signal: AbortSignal.any(ends) })
  } catch (cause) {
    if (!(cause instanceof ClientFault)) throw cause
  }
}
