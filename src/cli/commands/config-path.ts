import { join } from 'node:path'
import { defineCommand } from '../command.ts'
import { openConfiguration } from '../configuration.ts'

export const configPath = defineCommand({
  name: 'config path',
  summary: 'Prints where configuration is read from',
  flags: {},
  examples: ['datacline config path', 'datacline config path --json --fields servers,policy'],
  exits: [],
  run: async ({ flags, around, output }) => {
    const { directory, stateDirectory, settings } = openConfiguration(around, flags.config)
    const body = {
      directory,
      state_directory: stateDirectory,
      servers: settings.values.mcpServersConfig,
      policy: settings.values.policyFile,
      dotenv: join(directory, '.env'),
    }
    output.result(body, () => `${directory}\n`)
    return 'ok'
  },
})
