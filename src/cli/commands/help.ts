import { defineCommand } from '../command.ts'
import { helpText, TOPICS } from '../topics.ts'

const topics = Object.keys(TOPICS)

export const help = defineCommand({
  name: 'help',
  summary: 'Explains a command or a topic',
  positionals: [
    {
      name: 'TOPIC',
      help: `a command, or ${topics.join(', ')}`,
      choices: topics,
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
