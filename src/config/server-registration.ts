import { parseYaml } from '../lib/yaml.ts'
import { removeFromYaml, setInYaml, YamlEditFault } from '../lib/yaml-edit.ts'
import type { Edited } from './edit-config-file.ts'
import { parseServers, type ServersContext } from './servers-file.ts'
import { type ServerBlock, ServersOutline } from './servers-schema.ts'
import { SettingsFault } from './settings-fault.ts'

/** A servers file as text, with what is needed to judge it. */
export type ServersText = Readonly<{
  text: string
  /** How messages name it. */
  file: string
  context: ServersContext
}>

/** An edited servers file, found good. */
export type Registration = Edited &
  Readonly<{
    /** Sentences about the servers of the file, each with its place. */
    notices: readonly string[]
    /** Variables that entries name with `env://` and that are not set here; the gateway needs them. */
    unset: readonly string[]
  }>

/** The entries of a servers file as they are written, good or not. @throws YamlFault for what is no YAML */
export const serverBlocks = (text: string, file: string): Readonly<Record<string, unknown>> => {
  const { servers } = parseYaml<{ servers?: unknown }>(text, file, ServersOutline).value
  return isRecord(servers) ? servers : {}
}

/** Where an entry stands, as `mcp_servers.yaml:7`. @throws YamlFault */
export const serverPlace = (text: string, file: string, name: string): string =>
  `${file}:${parseYaml(text, file, ServersOutline).lineOf(['servers', name])}`

/**
 * Adds a server behind the others, or makes an entry that is there say exactly this: keys that say so
 * already are not touched, nor are other servers and comments.
 *
 * @throws YamlFault, SettingsFault when the result would not be a valid servers file
 */
export const registerServer = (from: ServersText, name: string, block: ServerBlock): Registration =>
  edited(from, (text, file) => {
    const old = serverBlocks(text, file)[name]
    if (!isRecord(old)) return setInYaml(text, ['servers', name], block)
    const surplus = Object.keys(old).filter((key) => !Object.hasOwn(block, key))
    const without = (rest: string, key: string) => removeFromYaml(rest, ['servers', name, key])
    return Object.entries(block).reduce(
      (rest, [key, value]) => setInYaml(rest, ['servers', name, key], value),
      surplus.reduce(without, text),
    )
  })

/** @throws YamlFault, SettingsFault */
export const switchServer = (from: ServersText, name: string, enabled: boolean): Registration =>
  edited(from, (text, file) => {
    const block = serverBlocks(text, file)[name]
    // On is what an entry is that says nothing.
    if (enabled && isRecord(block) && block.enabled === undefined) return text
    return setInYaml(text, ['servers', name, 'enabled'], enabled)
  })

/** @throws YamlFault, SettingsFault */
export const removeServer = (from: ServersText, name: string): Registration =>
  edited(from, (text) => removeFromYaml(text, ['servers', name]))

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const edited = (
  { text: before, file, context }: ServersText,
  edit: (text: string, file: string) => string,
): Registration => {
  const text = written(file, () => edit(before, file))
  const unset = new Set<string>()
  // The gateway has an environment of its own: what is not set here may be set there.
  const readVariable = (name: string): string => {
    const value = context.readVariable(name)
    if (value === undefined) unset.add(name)
    // `user:password` is what every method of authentication takes.
    return value ?? 'unset:unset'
  }
  const { notices, holdsSecrets } = parseServers(text, file, { ...context, readVariable })
  return { text, holdsSecrets, notices, unset: [...unset] }
}

const written = (file: string, edit: () => string): string => {
  try {
    return edit()
  } catch (cause) {
    if (!(cause instanceof YamlEditFault)) throw cause
    throw new SettingsFault(`${file}: ${cause.message}; edit the file by hand`, { cause })
  }
}
