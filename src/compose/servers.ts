import { shownPath } from '../config/config-file.ts'
import type { Dotenv } from '../config/dotenv.ts'
import { createVariableReader } from '../config/secret-reference.ts'
import { loadServers, type ServersFile } from '../config/servers-file.ts'
import { isExplicit, type Settings } from '../config/settings.ts'
import type { Upstream, UpstreamHealth } from '../core/conversation.ts'
import { ServerNotFound } from '../core/errors.ts'
import type { JsonObject } from '../core/json-rpc.ts'
import type { ServerEntry } from '../core/server-entry.ts'
import type { ServerGroup } from '../core/server-group.ts'
import type { BridgeOptions } from '../era/bridge/options.ts'
import { createBridge } from '../era/bridge.ts'
import type { PartState } from '../http/house.ts'
import { watchFile } from '../lib/watch-file.ts'
import { createPool, type PoolDependencies } from '../upstream/pool.ts'
import type { ReadableLog } from '../upstream/server-log.ts'
import type { Note } from './live.ts'

/** The servers behind the gateway, kept in step with their file. */
export type LiveServers = Readonly<{
  /** @throws ServerNotFound when it is not there, or is disabled */
  upstream: (name: string) => Upstream
  /** The server's health and the last lines of its standard error, as they were written. @throws ServerNotFound */
  log: (name: string) => UpstreamHealth & Readonly<{ log: ReadableLog }>
  /** Every enabled server, as `GET /mcp/servers` tells of it. */
  describe: () => readonly JsonObject[]
  /** Every server of the file, the disabled ones too, with how it is doing when it is used. */
  list: () => readonly Readonly<{ entry: ServerEntry; health: UpstreamHealth | undefined }>[]
  names: () => readonly string[]
  groups: () => readonly ServerGroup[]
  /** Calls back after each valid change came into force. */
  onChange: (told: () => void) => void
  readiness: () => PartState
  notices: readonly string[]
  close: () => Promise<void>
}>

export type ServersOptions = Readonly<{
  settings: Settings
  dotenv: Dotenv
  environment: Readonly<Record<string, string | undefined>>
  upstreams: PoolDependencies
  bridging: BridgeOptions
  note: Note
  learnSecrets: (secrets: readonly string[]) => void
}>

/**
 * Loads the servers and watches their file. The embedded demo server is there when it is asked for, or
 * when there is no file; who began with it keeps it until the next start, whatever is registered meanwhile.
 *
 * @throws YamlFault, SettingsFault
 */
export const openServers = (options: ServersOptions): LiveServers => {
  const { settings, note, learnSecrets } = options
  const { values, directory } = settings
  const context = {
    directory,
    defaultTimeout: values.proxyTimeout,
    readVariable: createVariableReader(options.environment, options.dotenv),
  }
  const load = () =>
    loadServers(values.mcpServersConfig, isExplicit(settings, 'mcpServersConfig'), context)

  let entries: readonly ServerEntry[] = []
  let groups: readonly ServerGroup[] = []
  const told: (() => void)[] = []
  let problem: string | undefined
  const pool = createPool(options.upstreams)
  const bridge = createBridge(options.bridging)
  const use = (file: ServersFile | undefined) => {
    learnSecrets(file?.secrets ?? [])
    entries = withDemo(file, values.demo || first === undefined, values.proxyTimeout)
    groups = file?.groups ?? []
    pool.replace(entries.filter((entry) => entry.enabled))
    problem = undefined
  }

  const first = load()
  use(first)
  const shown = shownPath(values.mcpServersConfig, directory)
  const reload = () => {
    try {
      use(load())
      note({ code: 'servers_reloaded', status: 'success', error: `${shown} is in force` })
      for (const tell of told) tell()
    } catch (cause) {
      problem = cause instanceof Error ? cause.message : String(cause)
      const error = `the servers before stay in force: ${problem}`
      note({ code: 'servers_reload_failed', status: 'error', error })
    }
  }
  const watch = watchFile(values.mcpServersConfig, reload)

  const member = (name: string) => {
    const upstream = pool.get(name)
    if (upstream === undefined) throw new ServerNotFound(`No server called ${name} is enabled here`)
    return upstream
  }
  return {
    upstream: (name) => bridge(member(name)),
    log: (name) => ({ ...member(name).health(), log: member(name).log }),
    describe: () => entries.filter((entry) => entry.enabled).map(describe),
    list: () => entries.map((entry) => ({ entry, health: pool.get(entry.name)?.health() })),
    names: () => entries.filter((entry) => entry.enabled).map((entry) => entry.name),
    groups: () => groups,
    onChange: (tell) => void told.push(tell),
    readiness: () => (problem === undefined ? 'ok' : 'degraded'),
    notices:
      first === undefined ? [`no ${shown}: serving the embedded demo server only`] : first.notices,
    close() {
      watch.close()
      return pool.close()
    },
  }
}

const withDemo = (
  file: ServersFile | undefined,
  wanted: boolean,
  timeoutSeconds: number,
): readonly ServerEntry[] => {
  const servers = file?.servers ?? []
  if (file !== undefined && !wanted) return servers
  if (servers.some(({ name }) => name === DEMO)) return servers
  return [demoEntry(timeoutSeconds), ...servers]
}

const DEMO = 'demo'

const demoEntry = (timeoutSeconds: number): ServerEntry => ({
  name: DEMO,
  transport: 'embedded',
  declaredType: 'embedded',
  url: undefined,
  command: [],
  environment: {},
  workingDirectory: undefined,
  timeout: timeoutSeconds * 1000,
  enabled: true,
  description: 'The embedded demo server',
  tags: [],
  protocolVersion: undefined,
  credentialHeaders: {},
  at: undefined,
})

/** The address of a server as others may see it: its origin, since paths hold secrets. Null for a program. */
export const shownUrl = ({ url }: ServerEntry): string | null =>
  url === undefined ? null : (URL.parse(url)?.origin ?? null)

const describe = (entry: ServerEntry): JsonObject => ({
  name: entry.name,
  url: shownUrl(entry),
  type: entry.declaredType,
  enabled: entry.enabled,
  ...(entry.description !== undefined && { description: entry.description }),
  tags: entry.tags,
})
