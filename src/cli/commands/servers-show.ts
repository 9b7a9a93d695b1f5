import { serverPlace } from '../../config/server-registration.ts'
import { printable } from '../../core/printable.ts'
import { yamlText } from '../../lib/yaml-text.ts'
import { defineCommand } from '../command.ts'
import { openConfiguration } from '../configuration.ts'
import { knownServer } from '../known-server.ts'
import { maskedBlock } from '../masked-block.ts'
import { readServersText } from '../servers-text.ts'
import { printableText } from '../text.ts'

export const serversShow = defineCommand({
  name: 'servers show',
  summary: 'Shows one entry of mcp_servers.yaml',
  about: 'Secrets that stand in the file are not shown.',
  positionals: [{ name: 'NAME', help: 'the server', completes: 'server' }],
  flags: {},
  examples: ['datacline servers show prod-server', 'datacline servers show prod-server --json'],
  exits: ['not_found'],
  run: async ({ flags, positionals, around, output }) => {
    const [name = ''] = positionals
    const from = readServersText(openConfiguration(around, flags.config), around.environment)
    const server = maskedBlock(knownServer(from, name))
    const at = serverPlace(from.text, from.file, name)
    const body = { name, at, server }
    output.result(
      body,
      () =>
        `${output.paint('dim', `# ${printable(at)}`)}\n${printableText(yamlText({ [name]: server }))}`,
    )
    return 'ok'
  },
})
