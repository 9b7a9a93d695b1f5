import { LEGACY_VERSIONS, MODERN_VERSIONS } from '../core/protocol.ts'
import type { ServerEntry } from '../core/server-entry.ts'
import type { ServerGroup } from '../core/server-group.ts'
import { formatPath, type Path, parseYaml, readAll, readEach, type YamlFile } from '../lib/yaml.ts'
import { readConfigFile, shownPath } from './config-file.ts'
import { GroupsBlock, readGroups } from './groups.ts'
import type { ReadVariable } from './secret-reference.ts'
import { readConnection } from './server-connection.ts'
import type { ServerContext } from './server-context.ts'
import { caseTwins, serverNameProblem } from './server-name.ts'
import { ServerBlock, ServerNames, ServersOutline } from './servers-schema.ts'
import { SettingsFault } from './settings-fault.ts'

/** The servers of `mcp_servers.yaml`. */
export type ServersFile = Readonly<{
  servers: readonly ServerEntry[]
  groups: readonly ServerGroup[]
  /** Sentences for the operator, each with its place. */
  notices: readonly string[]
  /** Resolved credentials, for redaction. */
  secrets: readonly string[]
  /** Whether a secret stands in the file itself, so that others must not read it. */
  holdsSecrets: boolean
}>

export type ServersContext = Readonly<{
  /** The configuration directory, absolute. */
  directory: string
  /** Seconds, for servers without `timeout:`. */
  defaultTimeout: number
  /** For `env://` references. */
  readVariable: ReadVariable
}>

/**
 * Reads the servers file; undefined when there is none and nobody named it. Never creates it.
 *
 * @param path absolute
 * @param explicit whether a flag or a variable named the file, so that its absence is a fault
 * @throws SettingsFault when it cannot be read, YamlFault for its first fault, with the others behind it
 */
export const loadServers = (
  path: string,
  explicit: boolean,
  context: ServersContext,
): ServersFile | undefined => {
  const shown = shownPath(path, context.directory)
  const text = readConfigFile(path, shown)
  if (text !== undefined) return parseServers(text, shown, context)
  if (explicit) throw new SettingsFault(`${shown}: no such file`)
  return undefined
}

/**
 * The servers of a text. What can be wrong with one is known here, at load, and not when it is called.
 *
 * @param file how messages name it
 * @throws YamlFault
 */
export const parseServers = (text: string, file: string, context: ServersContext): ServersFile => {
  const yaml = parseYaml<ServersOutline>(text, file, ServersOutline)
  const names = namesIn(yaml)
  const [, read, groups] = readAll(
    () => checkNames(names, yaml),
    () =>
      readEach(names, (name) => {
        const server = yaml.read<ServerBlock>(['servers', name], ServerBlock)
        return readServer(name, server, yaml, file, context)
      }),
    () => readGroups(groupsIn(yaml), names, yaml.fault),
  )
  return {
    servers: read.map(({ entry }) => entry),
    groups,
    notices: read.flatMap(({ notices }) => notices),
    secrets: [...new Set(read.flatMap(({ secrets }) => secrets))],
    holdsSecrets: read.some(({ secrets }) => secrets.some((secret) => text.includes(secret))),
  }
}

type Outline = YamlFile<ServersOutline>

/** YAML reads `servers:` as null when all of them are commented out. */
const namesIn = ({ value, read }: Outline): readonly string[] =>
  value.servers === undefined || value.servers === null
    ? []
    : Object.keys(read<object>(['servers'], ServerNames))

const groupsIn = ({ value, read }: Outline): GroupsBlock | undefined =>
  value.groups === undefined ? undefined : read<GroupsBlock>(['groups'], GroupsBlock)

const checkNames = (names: readonly string[], yaml: Outline): void => {
  readEach(names, (name) => {
    const problem = serverNameProblem(name)
    if (problem !== undefined) throw yaml.fault(['servers', name], problem)
  })
  const twins = caseTwins(names)
  if (twins) throw yaml.fault(['servers', twins[0]], `differs from ${twins[1]} only in case`)
}

const readServer = (
  name: string,
  server: ServerBlock,
  yaml: Outline,
  file: string,
  { directory, defaultTimeout, readVariable }: ServersContext,
): Readonly<{ entry: ServerEntry; notices: readonly string[]; secrets: readonly string[] }> => {
  const full = (path: Path): Path => ['servers', name, ...path]
  const { enabled = true } = server
  const context: ServerContext = {
    enabled,
    directory,
    readVariable,
    fault: (path, sentence) => yaml.fault(full(path), sentence),
    notice: (path, sentence) =>
      `${file}:${yaml.lineOf(full(path))} ${formatPath(full(path))}: ${sentence}`,
  }
  const [pinned, reached] = readAll(
    () => protocolVersion(server.protocol_version, context),
    () => {
      const connection = readConnection(server, context)
      return { ...connection, ...sharing(server, connection.transport, context) }
    },
  )
  const { notices, secrets, ...connection } = reached
  const entry: ServerEntry = {
    name,
    ...connection,
    timeout: (server.timeout ?? defaultTimeout) * 1000,
    enabled,
    description: server.description ? String(server.description) : undefined,
    tags: server.tags ?? [],
    protocolVersion: pinned,
    at: `${file}:${yaml.lineOf(full([]))}`,
  }
  return { entry, notices, secrets }
}

/** Who shares what of a server: a session of a URL, or the process of a command. */
const sharing = (
  { stateless, process: processes }: ServerBlock,
  transport: ServerEntry['transport'],
  { fault }: ServerContext,
): Pick<ServerEntry, 'stateless' | 'process'> => {
  if (stateless !== undefined && transport !== 'http') {
    throw fault(['stateless'], 'belongs to type: http')
  }
  if (processes !== undefined && transport !== 'stdio') {
    throw fault(['process'], 'belongs to type: stdio')
  }
  return {
    ...(stateless === true && { stateless }),
    ...(processes === 'principal' && { process: processes }),
  }
}

const VERSIONS: readonly string[] = [...MODERN_VERSIONS, ...LEGACY_VERSIONS]

const protocolVersion = (version: string | undefined, { fault }: ServerContext) => {
  if (version === undefined || VERSIONS.includes(version)) return version
  throw fault(['protocol_version'], `expected one of ${VERSIONS.join(', ')}`)
}
