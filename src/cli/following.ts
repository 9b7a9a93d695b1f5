import { type Client, ClientFault } from '../client.ts'
import { pauseFor } from '../lib/pause.ts'
import type { Call } from './command.ts'
import type { ExitName } from './exit-codes.ts'
import { CliFault } from './failure.ts'
import { connectAsOperator } from './operator.ts'

type Lost = Readonly<{ kind: 'lost'; fault: ClientFault; retryIn: number }>

/** One thing that is followed. */
export type Following<News> = Readonly<{
  /** What it tells, until the signal is aborted. */
  open: (client: Client, signal: AbortSignal) => AsyncIterable<News | Lost>
  hear: (news: News) => void
}>

/**
 * Shows what happens until ctrl-c, or until nobody reads any more (`… -f | head`). A gateway that went
 * away is looked for anew: it may listen elsewhere by then, with another operator's token.
 *
 * @throws ClientFault, CliFault when it refuses
 */
export const follow = async <News extends { readonly kind: string }>(
  call: Call<Record<never, never>>,
  client: Client,
  { open, hear }: Following<News>,
): Promise<ExitName> => {
  const { around, output } = call
  const leaving = new AbortController()
  let exit: ExitName = 'ok'
  void around
    .stopped(() => around.exit(130))
    .then((signal) => {
      exit = signal === 'SIGINT' ? 'interrupted' : 'terminated'
      leaving.abort()
    })
  around.stdout.stream.once('error', () => leaving.abort())
  const lost = (cause: Error) => output.note(`${cause.message}; trying again`)
  let reached: Client | undefined = client
  while (!leaving.signal.aborted) {
    for await (const news of reached === undefined ? [] : open(reached, leaving.signal)) {
      if (!isLost(news)) {
        hear(news)
        continue
      }
      lost(news.fault)
      break
    }
    await pauseFor(RETRY, leaving.signal)
    reached = await anew(call, leaving.signal, reached, lost)
  }
  return exit
}

const isLost = (news: { readonly kind: string }): news is Lost => news.kind === 'lost'

/** Milliseconds between two looks for a gateway that went away. */
const RETRY = 500

/** The gateway as it can be reached now; undefined while it cannot, which is said once. */
const anew = async (
  call: Call<Record<never, never>>,
  signal: AbortSignal,
  before: Client | undefined,
  lost: (cause: Error) => void,
): Promise<Client | undefined> => {
  if (signal.aborted) return undefined
  try {
    const client = await connectAsOperator(call)
    await client.request('GET', '/health/live', { signal })
    return client
  } catch (cause) {
    const isAway =
      cause instanceof CliFault
        ? cause.exit === 'gateway_unreachable'
        : cause instanceof ClientFault
    if (!isAway) throw cause
    if (before !== undefined && cause instanceof CliFault) lost(cause)
    return undefined
  }
}
