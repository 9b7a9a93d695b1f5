import { type Client, type ClientOptions, createClient } from '../client.ts'
import { readAttachToken } from '../config/attach-token.ts'
import { runningGatewayUrl } from '../config/running-gateway.ts'
import type { Call } from './command.ts'
import { foreseen, openConfiguration } from './configuration.ts'
import { connect, gatewayUrl, readToken, timeoutOf } from './connection.ts'
import { CliFault } from './failure.ts'
import { VERSION } from './version.ts'

/**
 * The gateway as its operator speaks to it: with the token given, else with the attach token of the
 * state directory, which goes to the gateway that wrote it and nowhere else.
 *
 * @throws CliFault
 */
export const connectAsOperator = async (call: Call<Record<never, never>>): Promise<Client> => {
  if ((await readToken(call)) !== undefined) return connect(call)
  const { stateDirectory } = openConfiguration(call.around, call.flags.config)
  // A gateway that opens writes the token anew.
  const local = await call.local.open()
  const token = foreseen(() => readAttachToken(stateDirectory))
  const url = local === undefined ? ownUrl(call, stateDirectory) : 'http://localhost'
  if (token === undefined || url === undefined) {
    throw new CliFault('auth', 'this needs a token with the permission gateway:observe', {
      why: `${stateDirectory} holds no operator token for that gateway`,
      hint: 'give --token-file, or --config DIR of a gateway that runs on this machine',
    })
  }
  const deadline = AbortSignal.timeout(timeoutOf(call))
  const options: ClientOptions = {
    url,
    token,
    deadline: () => deadline,
    clientInfo: { name: 'datacline', version: VERSION },
  }
  return createClient(local === undefined ? options : { ...options, fetch: local.fetch })
}

const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

/** Where the gateway of the state directory listens; undefined when the command line means another. */
const ownUrl = (call: Call<Record<never, never>>, stateDirectory: string): string | undefined => {
  const { flags, around } = call
  const own = runningGatewayUrl(stateDirectory)
  const isNamed = flags.gateway ?? flags['api-url'] ?? around.environment.DATACLINE_GATEWAY
  if (own === undefined || !isNamed) return own
  const named = new URL(gatewayUrl(call))
  return LOOPBACK.includes(named.hostname) && named.port === new URL(own).port ? own : undefined
}
