import { type Check, error, type Finding, ok, ours, type Scene } from './check.ts'
import { portHolder } from './port-holder.ts'

export const port: Check = {
  title: 'the port is free',
  run: async (scene, signal) => {
    // One that runs has its port, whichever a flag gave it; there is no second from this directory.
    if (scene.gatewayUrl !== undefined) {
      return [ok('our gateway listens on it', { where: new URL(scene.gatewayUrl).host })]
    }
    const { host, port: wanted } = scene.configuration.settings.values
    const where = `${host}:${wanted}`
    const problem = listenProblem(host, wanted)
    if (problem === undefined) return [ok('it can be listened on', { where })]
    const fix = ours(scene, 'serve', '--port', '0')
    return [await taken(problem, { where, fix }, () => holder(scene, wanted, signal))]
  },
}

/** The code of the system's refusal. */
const listenProblem = (hostname: string, wanted: number): string | undefined => {
  try {
    Bun.listen({ hostname, port: wanted, socket: { data: () => {} } }).stop(true)
    return undefined
  } catch (cause) {
    return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
  }
}

const taken = async (
  problem: string,
  more: Readonly<{ where: string; fix: string }>,
  who: () => Promise<string | undefined>,
): Promise<Finding> => {
  if (problem === 'EACCES') return error('ports below 1024 need the rights of the system', more)
  if (problem !== 'EADDRINUSE') return error(`cannot be listened on (${problem})`, more)
  const name = await who()
  return error(`the port is taken${name === undefined ? '' : ` by ${name}`}`, more)
}

/** Another gateway says so itself; for any other program the system is asked. */
const holder = async (
  { fetch }: Scene,
  wanted: number,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const program = portHolder(wanted)
  const limit = AbortSignal.any([signal, AbortSignal.timeout(1_000)])
  const told: unknown = await fetch(`http://127.0.0.1:${wanted}/`, {
    redirect: 'manual',
    signal: limit,
  })
    .then((response) => response.json())
    .catch(() => undefined)
  const isGateway =
    typeof told === 'object' && told !== null && 'auth_enabled' in told && 'version' in told
  if (!isGateway) return program
  return program === undefined ? 'another datacline' : `another datacline, ${program}`
}
