import type { Registration, ServersText } from '../config/server-registration.ts'
import { parseServers } from '../config/servers-file.ts'
import { GatewayError } from '../core/errors.ts'
import type { Era } from '../core/protocol.ts'
import { foreseen } from './configuration.ts'
import { CliFault } from './failure.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * Speaks to a server that is about to be registered, as the gateway would.
 *
 * @returns the eras of MCP that it speaks
 * @throws CliFault `upstream_unreachable`, `usage` when a secret that it needs is not set here
 */
export const probe = async (
  { file, context }: ServersText,
  { text }: Registration,
  name: string,
  { environment }: Surroundings,
): Promise<readonly Era[]> => {
  const { servers } = foreseen(() => parseServers(text, file, context))
  const entry = servers.find((each) => each.name === name)
  if (entry === undefined) return []
  const { probeServer } = await import('../compose/probe-server.ts')
  try {
    return await probeServer(entry, environment, AbortSignal.timeout(entry.timeout))
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause
    const details = { why: 'nothing was written', hint: 'leave --probe out to register it anyway' }
    throw new CliFault('upstream_unreachable', cause.message, { ...details, cause })
  }
}
