import { nearest } from '../lib/nearest.ts'
import { type Command, helpOf, readArguments, UsageFault } from './command.ts'
import { COMMANDS } from './commands/index.ts'
import { EXIT } from './exit-codes.ts'
import type { Surroundings } from './surroundings.ts'
import { VERSION } from './version.ts'

/** Finds and runs the command. @returns the exit code; never throws */
export const run = async (around: Surroundings): Promise<number> => {
  const [name = '--help', ...rest] = around.arguments
  try {
    if (name === '--version' || name === 'version') {
      around.stdout.write(`${VERSION}\n`)
      return EXIT.ok
    }
    if (name === '--help' || name === '-h' || name === 'help') return help(rest[0], around)
    const command = find(name)
    const given = readArguments(command, rest)
    if (given.flags.help === true) {
      around.stdout.write(helpOf(command))
      return EXIT.ok
    }
    return await command.run(given, around)
  } catch (cause) {
    if (!(cause instanceof UsageFault)) throw cause
    around.stderr.write(`${cause.message}\nTry: datacline ${name} --help\n`)
    return EXIT.usage
  }
}

const find = (name: string): Command => {
  const command = COMMANDS.find((each) => each.name === name)
  if (command !== undefined) return command
  const match = nearest(
    name,
    COMMANDS.map((each) => each.name),
  )
  const hint = match === undefined ? '' : `; did you mean ${match}?`
  throw new UsageFault(`datacline: unknown command ${JSON.stringify(name)}${hint}`)
}

const help = (topic: string | undefined, around: Surroundings): number => {
  const text =
    topic === undefined
      ? [
          'datacline: an MCP gateway for your own machine, for CI and for a team.',
          '',
          'Usage: datacline COMMAND [flags]',
          '',
          ...COMMANDS.map((command) => `  ${command.name.padEnd(16)} ${command.summary}`),
          `  ${'version'.padEnd(16)} Prints the version`,
          '',
          'datacline COMMAND --help tells more.',
          '',
        ].join('\n')
      : helpOf(find(topic))
  around.stdout.write(text)
  return EXIT.ok
}
