import { GatewayError } from '../../core/errors.ts'
import type { ServerEntry } from '../../core/server-entry.ts'
import {
  type Check,
  editAt,
  error,
  type Finding,
  isReadable,
  ok,
  ours,
  type Scene,
  warning,
} from './check.ts'
import { readServers } from './servers.ts'

/** Milliseconds for one server. */
const EACH = 4_000

export const upstreams: Check = {
  title: 'every enabled server answers',
  run: async (scene, signal) => {
    const entries = enabledServers(scene)
    if (entries.length === 0) return [ok('no server to ask')]
    const found = await Promise.all(entries.map((entry) => ask(entry, scene, signal)))
    return found.flat()
  },
}

/** A file that cannot be read is another check's finding. */
const enabledServers = (scene: Scene): readonly ServerEntry[] => {
  try {
    return readServers(scene)?.servers.filter(({ enabled }) => enabled) ?? []
  } catch {
    return []
  }
}

const ask = async (
  entry: ServerEntry,
  scene: Scene,
  signal: AbortSignal,
): Promise<readonly Finding[]> => {
  const { name, at, url } = entry
  const readable = wireWarning(entry, scene)
  const place = url === undefined ? at : `${URL.parse(url)?.origin} (${at})`
  // What asks servers is heavy: loaded only when there is one to ask.
  const { probeServer } = await import('../../compose/probe-server.ts')
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(Math.min(EACH, entry.timeout))])
    const eras = await probeServer(entry, scene.environment, limit)
    return [ok(`${name} answers, ${eras.join(' and ')}`, { where: place }), ...readable]
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause
    const why = cause.code === 'client_left' ? 'no answer in time' : cause.message
    const fix = ours(scene, 'servers', 'disable', name)
    return [error(`${name} does not answer: ${why}`, { where: place, fix }), ...readable]
  }
}

const wireWarning = ({ name, url, at }: ServerEntry, scene: Scene): readonly Finding[] => {
  if (url === undefined || !isReadable(url)) return []
  const line = Number(at?.split(':').at(-1))
  const fix = editAt(scene.configuration.settings.values.mcpServersConfig, line)
  const detail = `${name} is spoken to over plain http: calls and credentials can be read on the way`
  return [warning(detail, { where: at, fix })]
}
