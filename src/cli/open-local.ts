import { GatewayCannotStart, type LocalGateway, openLocalGateway } from '../compose/local.ts'
import { assertServable } from '../config/settings.ts'
import { asUsage, foreseen, openConfiguration } from './configuration.ts'
import { CliFault } from './failure.ts'
import type { LocalFlags } from './local.ts'
import type { Output } from './output.ts'
import type { Surroundings } from './surroundings.ts'
import { VERSION } from './version.ts'

/**
 * The gateway inside this program, as flags and environment configure it.
 *
 * @throws CliFault `usage`; `cannot_start` while another holds the state directory
 */
export const openLocal = async (
  flags: LocalFlags,
  around: Surroundings,
  output: Pick<Output, 'note'>,
): Promise<LocalGateway> => {
  const authEnabled = flags['no-auth'] ? false : undefined
  const configuration = openConfiguration(around, flags.config, { authEnabled })
  const { settings, dotenv, stateDirectory } = configuration
  foreseen(() => assertServable(settings))
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

/** Milliseconds that a command gets to cancel what is under way, before it is cut off. */
const GRACE = 2000

/** Servers that this program started must not outlive it. */
const leaveInOrder = async (gateway: LocalGateway, around: Surroundings): Promise<void> => {
  const signal = await around.stopped(() => around.exit(130))
  await Bun.sleep(GRACE)
  await gateway.close()
  around.exit(signal === 'SIGTERM' ? 143 : 130)
}
