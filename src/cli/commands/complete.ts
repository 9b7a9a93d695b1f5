import { defineCommand } from '../command.ts'
import { complete, completionText } from '../completion.ts'

/** What the shells' scripts ask; never fails, never says anything but words. */
export const completeWords = defineCommand({
  name: '__complete',
  summary: 'Prints what may stand at the end of a command line',
  rest: 'WORD…',
  flags: {},
  examples: ['datacline __complete -- invoke demo ""'],
  exits: [],
  run: async ({ rest, around }) => {
    around.stdout.write(completionText(await complete(rest, around)))
    return 'ok'
  },
})
