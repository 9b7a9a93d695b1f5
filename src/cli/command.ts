import type { ExitName } from './exit-codes.ts'
import type { Flags, FlagValues } from './flag.ts'
import type { GLOBAL_FLAGS } from './global-flags.ts'
import type { LocalRun } from './local.ts'
import type { Output } from './output.ts'
import type { Surroundings } from './surroundings.ts'

export type { Flag, Flags, FlagValues } from './flag.ts'

/** What stands at a place of the command line, for completion. */
export type Completes = 'server' | 'tool' | 'parameter'

export type Positional = Readonly<{
  /** In capitals, as help shows it. */
  name: string
  help: string
  optional?: true
  /** Takes all that follow. */
  many?: true
  completes?: Completes
  /** What may stand here, as completion offers it. */
  choices?: readonly string[]
}>

/** One run of a command. */
export type Call<F extends Flags> = Readonly<{
  flags: FlagValues<Omit<typeof GLOBAL_FLAGS, keyof F> & F>
  positionals: readonly string[]
  /** What stands behind `--`. */
  rest: readonly string[]
  around: Surroundings
  output: Output
  local: LocalRun
}>

export type CommandOf<F extends Flags> = Readonly<{
  /** `invoke`, or `servers ls` for one of a group. */
  name: string
  /** One line. */
  summary: string
  /** Paragraphs between the usage and the flags. */
  about?: string
  positionals?: readonly Positional[]
  /** What may stand behind `--`, as usage shows it; nothing may without it. */
  rest?: string
  /** A flag of the same name as a global one takes its place. */
  flags: F
  /** Command lines that work as printed. */
  examples: readonly string[]
  /** The exits that are worth telling, `ok` and `usage` aside. */
  exits: readonly ExitName[]
  run: (call: Call<F>) => Promise<ExitName>
}>

/** A command whose flags are known at run time only. */
export type Command = CommandOf<Flags>

/** A command, its flags typed where it runs. */
export const defineCommand = <const F extends Flags>(command: CommandOf<F>): Command =>
  command as unknown as Command
