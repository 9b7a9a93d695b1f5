import type { Client } from '../client.ts'
import { readAttachToken } from '../config/attach-token.ts'
import type { Call } from './command.ts'
import { foreseen, openConfiguration } from './configuration.ts'
import { clientOf, type Reached, reachGateway, readToken } from './connection.ts'
import { CliFault } from './failure.ts'
import { namedGateway, ownGateway } from './gateway-address.ts'

type AnyCall = Call<Record<never, never>>

/**
 * The gateway as its operator speaks to it: with the token given, else with the attach token of the
 * state directory, which goes to the gateway that holds that directory and nowhere else.
 *
 * @throws CliFault
 */
export const connectAsOperator = async (call: AnyCall): Promise<Client> => {
  const given = await readToken(call)
  // A gateway inside this program writes its token when it opens.
  const reached = await reachGateway(call)
  return clientOf(call, reached, given ?? operatorToken(call, reached))
}

/** @throws CliFault `gateway_unreachable` when none runs here, `auth` for a gateway of somewhere else */
const operatorToken = (call: AnyCall, reached: Reached): string => {
  const { stateDirectory } = openConfiguration(call.around, call.flags.config)
  const hint = 'give --token-file, or --config DIR of a gateway that runs on this machine'
  if (reached.fetch === undefined) {
    const own = ownGateway(stateDirectory)
    const isNamed = namedGateway(call) !== undefined
    if (own.url === undefined && !isNamed) {
      throw new CliFault('gateway_unreachable', own.problem, {
        hint: `datacline serve, or ${hint}`,
      })
    }
    if (own.url === undefined || !isSame(own.url, reached.url)) throw foreign(stateDirectory, hint)
  }
  const token = foreseen(() => readAttachToken(stateDirectory, process.getuid?.()))
  if (token === undefined) throw foreign(stateDirectory, hint)
  return token
}

const foreign = (stateDirectory: string, hint: string): CliFault =>
  new CliFault('auth', 'this needs a token with the permission gateway:observe', {
    why: `${stateDirectory} holds no operator token for that gateway`,
    hint,
  })

const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

/** Whether an address that somebody named is that of our own gateway, however it is spelled. */
const isSame = (own: string, named: string): boolean => {
  const [ours, theirs] = [new URL(own), new URL(named)]
  const names = LOOPBACK.includes(ours.hostname) ? LOOPBACK : [ours.hostname]
  return names.includes(theirs.hostname) && theirs.port === ours.port
}
