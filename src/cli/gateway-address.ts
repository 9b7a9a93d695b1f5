import { lockState } from '../compose/state-lock.ts'
import { listenUrl } from '../config/listen-url.ts'
import { runningGatewayUrl } from '../config/running-gateway.ts'
import type { Settings } from '../config/settings.ts'
import { SettingsFault } from '../config/settings-fault.ts'
import type { Call } from './command.ts'
import { openConfiguration } from './configuration.ts'
import { CliFault } from './failure.ts'
import type { Surroundings } from './surroundings.ts'

/** What tells where the gateway is. */
export type Locating = Readonly<{
  flags: Pick<Call<Record<never, never>>['flags'], 'gateway' | 'api-url' | 'config'>
  around: Surroundings
}>

/** Where a gateway is sought, and why there: a sentence for those who expected another. */
export type GatewayAddress = Readonly<{ url: string; why: string }>

/** The gateway that runs from a state directory, or why none is known. */
export type OwnGateway = Readonly<{ url: string } | { url: undefined; problem: string }>

/**
 * The gateway that a command talks to: the one that a flag or DATACLINE_GATEWAY names, else the one that
 * runs from the state directory of this configuration, else where the settings say that one would listen.
 *
 * @throws CliFault `usage`
 */
export const locateGateway = (locating: Locating): GatewayAddress => {
  const named = namedGateway(locating)
  if (named !== undefined) return named
  const { settings, stateDirectory } = openConfiguration(locating.around, locating.flags.config)
  const own = ownGateway(stateDirectory)
  if (own.url !== undefined) {
    return { url: own.url, why: `the gateway that runs from ${stateDirectory} told this address` }
  }
  const { host, port } = settings.values
  return { url: listenUrl(host, port), why: `${own.problem}; ${settingsWhy(settings)}` }
}

/**
 * The gateway that holds a state directory and listens. What one that died left behind is no address:
 * its port may be anybody's by now.
 */
export const ownGateway = (stateDirectory: string): OwnGateway => {
  const nobody: OwnGateway = { url: undefined, problem: `no gateway runs from ${stateDirectory}` }
  try {
    const url = runningGatewayUrl(stateDirectory, process.getuid?.())
    if (url === undefined || lockState(stateDirectory).kind !== 'held') return nobody
    return { url }
  } catch (cause) {
    if (cause instanceof SettingsFault) return { url: undefined, problem: cause.message }
    return nobody
  }
}

/** The gateway that flags or environment name. @throws CliFault `usage` */
export const namedGateway = ({ flags, around }: Locating): GatewayAddress | undefined => {
  const { gateway, 'api-url': apiUrl } = flags
  if (gateway !== undefined && apiUrl !== undefined && gateway !== apiUrl) {
    throw new CliFault('usage', '--gateway and --api-url name two gateways')
  }
  const sources = [
    ['--gateway', gateway],
    ['--api-url', apiUrl],
    ['DATACLINE_GATEWAY', around.environment.DATACLINE_GATEWAY || undefined],
  ] as const
  for (const [name, url] of sources) {
    if (url === undefined) continue
    if (/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
      return { url, why: `the address is from ${name}` }
    }
    const message = `${name}: ${JSON.stringify(url)} is no http:// or https:// address`
    throw new CliFault('usage', message, { hint: '--gateway http://127.0.0.1:8000' })
  }
  return undefined
}

/** `the address is from PORT (.env:3)`, or the default. */
const settingsWhy = ({ origins }: Settings): string => {
  const told = [
    ['HOST', origins.host],
    ['PORT', origins.port],
  ].flatMap(([name, origin]) => (origin === 'default' ? [] : `${name} (${origin})`))
  return told.length === 0
    ? 'the address is the default'
    : `the address is from ${told.join(' and ')}`
}
