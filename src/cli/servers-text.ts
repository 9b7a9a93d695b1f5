import { readConfigFile, shownPath } from '../config/config-file.ts'
import { editConfigFile } from '../config/edit-config-file.ts'
import { createVariableReader } from '../config/secret-reference.ts'
import { type Registration, type ServersText, serverBlocks } from '../config/server-registration.ts'
import { asUsage, type Configuration, foreseen } from './configuration.ts'
import type { Output } from './output.ts'
import type { Surroundings } from './surroundings.ts'

/** The servers file of a configuration, empty when there is none. @throws CliFault `usage` */
export const readServersText = (
  configuration: Configuration,
  environment: Surroundings['environment'],
): ServersText => {
  const { settings, directory, dotenv } = configuration
  const { mcpServersConfig, proxyTimeout } = settings.values
  const file = shownPath(mcpServersConfig, directory)
  return {
    file,
    text: foreseen(() => readConfigFile(mcpServersConfig, file)) ?? '',
    context: {
      directory,
      defaultTimeout: proxyTimeout,
      readVariable: createVariableReader(environment, dotenv),
    },
  }
}

/**
 * Edits the servers file, and says what its operator should know of the server that was edited.
 *
 * @returns whether the file changed
 * @throws CliFault `usage`; the file is then as it was
 */
export const editServersFile = async (
  {
    configuration,
    around,
    output,
  }: Readonly<{
    configuration: Configuration
    around: Surroundings
    output: Output
  }>,
  name: string,
  edit: (from: ServersText) => Registration,
): Promise<boolean> => {
  const from = readServersText(configuration, around.environment)
  const path = configuration.settings.values.mcpServersConfig
  const clock = { now: around.now, sleep: Bun.sleep }
  let registration: Registration | undefined
  const use = (text: string) => {
    registration = edit({ ...from, text })
    return registration
  }
  try {
    const changed = await editConfigFile(path, from.file, use, clock)
    for (const notice of registration?.notices ?? []) {
      if (notice.includes(` servers.${name}.`)) output.note(notice)
    }
    const written = JSON.stringify(serverBlocks(registration?.text ?? '', from.file)[name] ?? null)
    for (const variable of registration?.unset ?? []) {
      if (!written.includes(`env://${variable}"`)) continue
      output.note(`${variable} is not set here; the gateway needs it in its environment or .env`)
    }
    return changed
  } catch (cause) {
    throw asUsage(cause)
  }
}
