import { ClientFault } from '../client/fault.ts'
import { assertPositionals, readArguments, wordsOf } from './arguments.ts'
import { toCliFault } from './client-fault.ts'
import type { Call, Command } from './command.ts'
import { type ExitName, exitCode } from './exit-codes.ts'
import { CliFault } from './failure.ts'
import { findCommand } from './find-command.ts'
import { createLocalRun, type LocalRun } from './local.ts'
import { createOutput, type Output, outputOptions } from './output.ts'
import type { Surroundings } from './surroundings.ts'
import { versionBody } from './version.ts'

/**
 * Finds and runs the command a command line names, tells how it failed, and waits until everything
 * written has left.
 *
 * @returns the exit code; never throws
 */
export const run = async (around: Surroundings): Promise<number> => {
  const code = await attempt(around)
  const lost = await around.stdout.flushed()
  if (lost !== undefined) {
    around.stderr.write(`error: the result could not be written: ${lost.message}\n`)
  }
  await around.stderr.flushed()
  return lost === undefined ? code : exitCode('internal')
}

const attempt = async (around: Surroundings): Promise<number> => {
  const args = around.arguments
  // Until the flags are read, errors take the shape that a plain look at the line asks for.
  let output = createOutput(around, outputOptions({ json: asksForJson(args) }, around.environment))
  let name: string | undefined
  let local: LocalRun | undefined
  try {
    const words = wordsOf(args, 2).map((at) => args[at] ?? '')
    if (asksFor(args, '--version') && words.length === 0) return exitCode(version(output))
    if (asksFor(args, '--help', '-h')) return exitCode(await help(words, around))
    if (words.length === 0) return exitCode(await overview(output, around))
    const { entry, args: own } = findCommand(args)
    name = entry.name
    const command: Command = await entry.load()
    const given = readArguments(command, own)
    output = createOutput(around, outputOptions(given.flags, around.environment))
    assertPositionals(command, given)
    // The flags were read by the command's own table, so they are what its type says.
    const flags = given.flags as Call<Record<never, never>>['flags']
    local = createLocalRun(flags, around, output)
    return exitCode(await command.run({ ...given, flags, around, output, local } as RunCall))
  } catch (cause) {
    const fault = toFault(cause, name, around)
    output.failure(fault)
    return exitCode(fault.exit)
  } finally {
    await local?.close()
  }
}

type RunCall = Parameters<Command['run']>[0]

const beforeEnd = (args: readonly string[]): readonly string[] => {
  const end = args.indexOf('--')
  return end === -1 ? args : args.slice(0, end)
}

const asksForJson = (args: readonly string[]): boolean =>
  beforeEnd(args).some(
    (arg, index) =>
      arg === '--json' ||
      /^(?:-o|--output)=(?:nd)?json$/.test(arg) ||
      (/^(?:nd)?json$/.test(arg) && /^(?:-o|--output)$/.test(args[index - 1] ?? '')),
  )

const asksFor = (args: readonly string[], ...spellings: readonly string[]): boolean =>
  beforeEnd(args).some((arg) => spellings.includes(arg))

/** Loads nothing else: `--version` is what scripts ask first. */
const version = (output: Output): 'ok' => {
  const body = versionBody()
  output.result(body, () => `${body.version}\n`)
  return 'ok'
}

const help = async (words: readonly string[], around: Surroundings): Promise<'ok'> => {
  const { helpText } = await import('./topics.ts')
  around.stdout.write(await helpText(words))
  return 'ok'
}

/** No command: people are shown what there is; for scripts it is a mistake. */
const overview = async (output: Output, around: Surroundings): Promise<ExitName> => {
  if (around.stdout.isTerminal) return help([], around)
  if (!output.forPeople) throw new CliFault('usage', 'no command', { hint: 'datacline --help' })
  const { helpText } = await import('./topics.ts')
  around.stderr.write(await helpText([]))
  return 'usage'
}

const toFault = (cause: unknown, name: string | undefined, around: Surroundings): CliFault => {
  if (cause instanceof ClientFault) return toCliFault(cause)
  if (!(cause instanceof CliFault)) return unforeseen(cause, around)
  if (cause.exit !== 'usage' || cause.hint !== undefined || name === undefined) return cause
  const { message, why, extra } = cause
  return new CliFault('usage', message, { why, extra, hint: `datacline ${name} --help` })
}

/** A fault of ours; its trace only for those who ask, it may hold what nobody should see. */
const unforeseen = (cause: unknown, around: Surroundings): CliFault => {
  const debug = (around.environment.DATACLINE_DEBUG ?? '') !== ''
  if (debug && cause instanceof Error) around.stderr.write(`${cause.stack}\n`)
  return new CliFault('internal', cause instanceof Error ? cause.message : String(cause), {
    why: 'this is a fault of datacline',
    ...(!debug && { hint: 'DATACLINE_DEBUG=1 shows where' }),
    cause,
  })
}
