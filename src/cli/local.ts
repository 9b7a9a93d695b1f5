import type { LocalGateway } from '../compose/local.ts'
import { assertServable } from '../config/settings.ts'
import { asUsage, foreseen, openConfiguration } from './configuration.ts'
import { CliFault } from './failure.ts'
import { isOn } from './is-on.ts'
import type { Output } from './output.ts'
import type { Surroundings } from './surroundings.ts'
import { VERSION } from './version.ts'

type Flags = Readonly<{
  local: boolean
  'no-auth': boolean
  config: string | undefined
  gateway: string | undefined
  'api-url': string | undefined
}>

/** The gateway inside this run of the program, for `--local`. */
export type LocalRun = Readonly<{
  /** The same one each time; undefined without `--local`. @throws CliFault */
  open: () => Promise<LocalGateway | undefined>
  /** Writes the record to its end. Never throws. */
  close: () => Promise<void>
}>

/** Milliseconds that a command gets to cancel what is under way, before it is cut off. */
const GRACE = 2000

export const createLocalRun = (
  flags: Flags,
  around: Surroundings,
  output: Pick<Output, 'note'>,
): LocalRun => {
  let opened: Promise<LocalGateway> | undefined
  return {
    open: async () => {
      if (!isLocal(flags, around)) return undefined
      opened ??= openLocal(flags, around, output)
      return opened
    },
    close: async () => {
      const gateway = await opened?.catch(() => undefined)
      await gateway?.close()
    },
  }
}

/** A gateway that the command line names wins over the variable. @throws CliFault `usage` */
const isLocal = (flags: Flags, { environment }: Surroundings): boolean => {
  const gateway = flags.gateway ?? flags['api-url']
  if (flags.local && gateway !== undefined) {
    throw new CliFault('usage', '--local and --gateway contradict each other')
  }
  return flags.local || (isOn(environment.DATACLINE_LOCAL) && gateway === undefined)
}

const openLocal = async (
  flags: Flags,
  around: Surroundings,
  output: Pick<Output, 'note'>,
): Promise<LocalGateway> => {
  const authEnabled = flags['no-auth'] ? false : undefined
  const configuration = openConfiguration(around, flags.config, { authEnabled })
  const { settings, dotenv, stateDirectory } = configuration
  foreseen(() => assertServable(settings))
  // The whole house is behind this import: commands that need a running gateway start without it.
  const { openLocalGateway, GatewayCannotStart } = await import('../compose/local.ts')
  try {
    const gateway = await openLocalGateway({
      settings,
      dotenv,
      stateDirectory,
      environment: around.environment,
      version: VERSION,
      userId: process.getuid?.(),
      onEvent: () => undefined,
      // Standard output is the command's own.
      lines: undefined,
    })
    for (const notice of gateway.notices) output.note(notice)
    void leaveInOrder(gateway, around)
    return gateway
  } catch (cause) {
    if (!(cause instanceof GatewayCannotStart)) throw asUsage(cause)
    throw new CliFault('cannot_start', cause.message, {
      hint: 'leave --local out to use the gateway that is running',
      cause,
    })
  }
}

/** Servers that this program started must not outlive it. */
const leaveInOrder = async (gateway: LocalGateway, around: Surroundings): Promise<void> => {
  const signal = await around.stopped(() => undefined)
  await Bun.sleep(GRACE)
  await gateway.close()
  around.exit(signal === 'SIGTERM' ? 143 : 130)
}
