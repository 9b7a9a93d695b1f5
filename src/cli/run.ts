import { ClientFault } from '../client/fault.ts'
import { assertPositionals, readArguments, wordsOf } from './arguments.ts'
import { toCliFault } from './client-fault.ts'
import type { Call, Command } from './command.ts'
import { exitCode } from './exit-codes.ts'
import { CliFault } from './failure.ts'
import { findCommand, groupOf } from './find-command.ts'
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
  let output = createOutput(around, {
    ...outputOptions({ json: asksForJson(args) }, around.environment),
  })
  let name: string | undefined
  let local: LocalRun | undefined
  try {
    if (asksForVersion(args)) return exitCode(version(output))
    if (wordsOf(args, 1).length === 0) return await overview(args, around)
    const [word = 0] = wordsOf(args, 1)
    if (asksForHelp(args) && wordsOf(args, 2).length === 1 && isGroupOnly(args[word] ?? '')) {
      return await helpOn([args[word] ?? ''], around)
    }
    const { entry, args: own } = findCommand(args)
    name = entry.name
    const command: Command = await entry.load()
    if (asksForHelp(own)) return await helpOn([entry.name], around)
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

const asksForHelp = (args: readonly string[]): boolean =>
  beforeEnd(args).some((arg) => arg === '--help' || arg === '-h')

const asksForVersion = (args: readonly string[]): boolean =>
  beforeEnd(args).includes('--version') && wordsOf(args, 1).length === 0

const isGroupOnly = (word: string): boolean => groupOf(word).length > 0

/** Loads nothing else: `--version` is what scripts ask first. */
const version = (output: Output): 'ok' => {
  const body = versionBody()
  output.result(body, () => `${body.version}\n`)
  return 'ok'
}

const helpOn = async (topic: readonly string[], around: Surroundings): Promise<number> => {
  const { helpText } = await import('./topics.ts')
  around.stdout.write(await helpText(topic))
  return exitCode('ok')
}

/** No command: what there is; off a terminal that is a mistake. */
const overview = async (args: readonly string[], around: Surroundings): Promise<number> => {
  const { helpText } = await import('./topics.ts')
  const asked = asksForHelp(args) || around.stdout.isTerminal
  const stream = asked ? around.stdout : around.stderr
  stream.write(await helpText([]))
  return exitCode(asked ? 'ok' : 'usage')
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
