import { defineCommand } from '../command.ts'
import { versionBody } from '../version.ts'

export const version = defineCommand({
  name: 'version',
  summary: 'Prints the version',
  flags: {},
  examples: ['datacline version', 'datacline version --json'],
  exits: [],
  run: async ({ output }) => {
    const body = versionBody()
    output.result(body, () => `${body.version}\n`)
    return 'ok'
  },
})
