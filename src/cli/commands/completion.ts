import { defineCommand } from '../command.ts'
import { COMPLETION_SCRIPTS } from '../completion-scripts.ts'
import { CliFault } from '../failure.ts'

export const completion = defineCommand({
  name: 'completion',
  summary: 'Prints the script that completes command lines in bash, zsh or fish',
  positionals: [
    { name: 'SHELL', help: 'bash, zsh or fish', choices: Object.keys(COMPLETION_SCRIPTS) },
  ],
  flags: {},
  examples: [
    'source <(datacline completion bash)',
    'source <(datacline completion zsh)',
    'datacline completion fish | source',
  ],
  exits: [],
  run: async ({ positionals: [shell = ''], around }) => {
    const known = Object.keys(COMPLETION_SCRIPTS)
    const script = known.includes(shell) ? COMPLETION_SCRIPTS[shell] : undefined
    if (script === undefined) {
      throw new CliFault('usage', `${JSON.stringify(shell)} is not one of ${known.join(', ')}`)
    }
    around.stdout.write(script)
    return 'ok'
  },
})
