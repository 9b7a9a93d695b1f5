import { defineCommand } from '../command.ts'
import { helpText } from '../topics.ts'

export const help = defineCommand({
  name: 'help',
  summary: 'Explains a command or a topic',
  positionals: [
    {
      name: 'TOPIC',
      help: 'a command, or exit-codes, environment, output, parameters',
      optional: true,
      many: true,
    },
  ],
  flags: {},
  examples: ['datacline help exit-codes', 'datacline help invoke'],
  exits: ['not_found'],
  run: async ({ positionals, around }) => {
    around.stdout.write(await helpText(positionals))
    return 'ok'
  },
})
