import { listenUrl } from '../config/listen-url.ts'
import { sourceOf } from '../http/source.ts'
import { GatewayCannotStart } from './cannot-start.ts'
import { type GatewayOptions, type JoinedGateway, joinParts } from './join-parts.ts'

export { GatewayCannotStart } from './cannot-start.ts'

export type StartOptions = GatewayOptions &
  Readonly<{
    /** Hears sentences for the operator. */
    notice: (sentence: string) => void
  }>

export type RunningGateway = Readonly<{
  url: string
  servers: readonly string[]
  developmentToken: string | undefined
  /** Whether policy came from a file. */
  hasPolicyFile: boolean
  /** Opens the files of the record anew, after a rotation. */
  reopen: () => void
  /** Takes no new calls, lets those in flight finish for a while, then ends everything. */
  stop: () => Promise<void>
  /** Ends at once what `stop` still waits for. */
  abandon: () => void
}>

const MINUTE = 60_000
/** Milliseconds that calls in flight get to finish. */
const DRAIN = 10_000

/**
 * Settings to a listening gateway.
 *
 * @throws SettingsFault, YamlFault, GatewayCannotStart
 */
export const startGateway = async (options: StartOptions): Promise<RunningGateway> => {
  const { notice } = options
  const { host, port: wanted, noAuthNetwork } = options.settings.values
  const joined = await joinParts({ ...options, sourceOf })
  const { app } = joined
  const port = await listen(joined, host, wanted)
  const url = listenUrl(host, port)
  joined.announce(port, url)
  for (const sentence of joined.notices) notice(sentence)
  const warning = noAuthNetwork ? warnEveryMinute(notice) : undefined

  let abandon = () => {}
  const abandoned = new Promise<void>((resolve) => {
    abandon = resolve
  })
  return {
    url,
    servers: joined.servers,
    developmentToken: joined.developmentToken,
    hasPolicyFile: joined.hasPolicyFile,
    reopen: joined.reopen,
    abandon: () => abandon(),
    async stop() {
      clearInterval(warning)
      joined.closeFeeds()
      await Promise.race([app.server?.stop(), Bun.sleep(DRAIN), abandoned])
      await app.server?.stop(true)
      await joined.close()
    },
  }
}

const warnEveryMinute = (notice: (sentence: string) => void) => {
  notice(OPEN_WARNING)
  return setInterval(() => notice(OPEN_WARNING), MINUTE)
}

const OPEN_WARNING =
  'warning: --no-auth-network is on: everyone who reaches this port may use every server'

/** @throws GatewayCannotStart when the port is taken */
const listen = async ({ app, close }: JoinedGateway, hostname: string, port: number) => {
  try {
    app.listen({ hostname, port })
  } catch (cause) {
    await close()
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new GatewayCannotStart(
      `cannot listen on ${hostname}:${port}: ${reason}; another program may hold the port, try --port 0`,
      { cause },
    )
  }
  return app.server?.port ?? port
}
