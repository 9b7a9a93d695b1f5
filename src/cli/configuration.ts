import { findDirectory } from '../config/directory.ts'
import { type Dotenv, readDotenv } from '../config/dotenv.ts'
import { resolveSettings, type Settings, type Flags as SettingsFlags } from '../config/settings.ts'
import { SettingsFault } from '../config/settings-fault.ts'
import { YamlFault } from '../lib/yaml.ts'
import { CliFault } from './failure.ts'
import type { Surroundings } from './surroundings.ts'

/** The configuration on this machine, as far as it can be read without looking into its files. */
export type Configuration = Readonly<{
  directory: string
  stateDirectory: string
  dotenv: Dotenv
  settings: Settings
}>

/**
 * Finds the configuration directory and resolves the settings in it.
 *
 * @param flags what the command line says of settings, by setting
 * @throws CliFault `usage`
 */
export const openConfiguration = (
  { environment, workingDirectory, home }: Surroundings,
  flag: string | undefined,
  flags: SettingsFlags = {},
): Configuration =>
  foreseen(() => {
    const found = findDirectory({ flag, environment, workingDirectory, home })
    const dotenv = readDotenv(found.directory)
    const { directory } = found
    return {
      ...found,
      dotenv,
      settings: resolveSettings({ flags, environment, dotenv, directory }),
    }
  })

/** Runs something that reads configuration; its faults are the operator's. @throws CliFault `usage` */
export const foreseen = <T>(act: () => T): T => {
  try {
    return act()
  } catch (cause) {
    throw asUsage(cause)
  }
}

/** A fault of configuration as one of the command line; anything else as it is. */
export const asUsage = (cause: unknown): unknown =>
  cause instanceof SettingsFault || cause instanceof YamlFault
    ? new CliFault('usage', cause.message, { cause })
    : cause
