import { removeServer, serverPlace } from '../../config/server-registration.ts'
import { confirm } from '../ask.ts'
import { defineCommand } from '../command.ts'
import { openConfiguration } from '../configuration.ts'
import { CliFault } from '../failure.ts'
import { knownServer } from '../known-server.ts'
import { editServersFile, readServersText } from '../servers-text.ts'

export const serversRm = defineCommand({
  name: 'servers rm',
  summary: 'Removes a server from mcp_servers.yaml',
  about: 'Asks first; where nobody can be asked it needs --yes. `servers disable` keeps the entry.',
  positionals: [{ name: 'NAME', help: 'the server', completes: 'server' }],
  flags: {},
  examples: ['datacline servers rm dev-server --yes'],
  exits: ['not_found', 'interrupted'],
  run: async ({ flags, positionals, around, output }) => {
    const [name = ''] = positionals
    const configuration = openConfiguration(around, flags.config)
    const from = readServersText(configuration, around.environment)
    knownServer(from, name)
    const message = `Remove ${name} (${serverPlace(from.text, from.file, name)})?`
    const agreed = await confirm({ around, flags }, { message, instead: '--yes' })
    if (!agreed) throw new CliFault('interrupted', 'nothing was removed')
    await editServersFile({ configuration, around, output }, name, (now) => {
      knownServer(now, name)
      return removeServer(now, name)
    })
    const file = configuration.settings.values.mcpServersConfig
    if (!output.forPeople) output.result({ name, removed: true, file }, () => '')
    else if (around.stderr.isTerminal) output.note(`${name} is removed`)
    return 'ok'
  },
})
