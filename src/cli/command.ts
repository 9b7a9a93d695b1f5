import type { ExitName } from './exit-codes.ts'
import type { GLOBAL_FLAGS } from './global-flags.ts'
import type { Output } from './output.ts'
import type { Surroundings } from './surroundings.ts'

/** What stands at a place of the command line, for completion. */
export type Completes = 'server' | 'tool' | 'parameter' | 'file' | 'directory'

/** One flag: `value` names what follows it; without one the flag is a switch. */
export type Flag = Readonly<{
  value?: string
  short?: string
  /** May be given several times; its value is a list. */
  repeat?: true
  /** Heading in the help; `Flags` unless told. */
  group?: string
  choices?: readonly string[]
  help: string
}>

export type Flags = Readonly<Record<string, Flag>>

export type Positional = Readonly<{
  /** In capitals, as help shows it. */
  name: string
  help: string
  optional?: true
  /** Takes all that follow. */
  many?: true
  completes?: Completes
}>

/** Flags as read: text, a list of texts, or whether a switch was given. */
export type FlagValues<F extends Flags> = {
  readonly [K in keyof F]: F[K] extends { value: string }
    ? F[K] extends { repeat: true }
      ? readonly string[]
      : string | undefined
    : boolean
}

/** One run of a command. */
export type Call<F extends Flags> = Readonly<{
  flags: FlagValues<typeof GLOBAL_FLAGS & F>
  positionals: readonly string[]
  /** What stands behind `--`. */
  rest: readonly string[]
  around: Surroundings
  output: Output
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
