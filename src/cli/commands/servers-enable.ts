import { switchServer } from '../../config/server-registration.ts'
import { type Command, defineCommand } from '../command.ts'
import { openConfiguration } from '../configuration.ts'
import { knownServer } from '../known-server.ts'
import { editServersFile } from '../servers-text.ts'

const switching = (word: 'enable' | 'disable'): Command => {
  const enabled = word === 'enable'
  return defineCommand({
    name: `servers ${word}`,
    summary: `Switches a server of mcp_servers.yaml ${enabled ? 'on' : 'off'}`,
    about: 'A running gateway picks the change up by itself.',
    positionals: [{ name: 'NAME', help: 'the server', completes: 'server' }],
    flags: {},
    examples: [`datacline servers ${word} dev-server`],
    exits: ['not_found'],
    run: async ({ flags, positionals, around, output }) => {
      const [name = ''] = positionals
      const configuration = openConfiguration(around, flags.config)
      const changed = await editServersFile({ configuration, around, output }, name, (from) => {
        knownServer(from, name)
        return switchServer(from, name, enabled)
      })
      const file = configuration.settings.values.mcpServersConfig
      if (!output.forPeople) output.result({ name, enabled, changed, file }, () => '')
      else if (around.stderr.isTerminal) output.note(`${name} is ${enabled ? 'on' : 'off'}`)
      return 'ok'
    },
  })
}

export const serversEnable = switching('enable')
export const serversDisable = switching('disable')
