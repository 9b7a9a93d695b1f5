import type { State } from '../state.ts'

/** What a command does to the state; `argument` is the rest of the line. */
export type CommandRow = Readonly<{
  help: string
  /** What may stand behind the name, as help shows it. */
  takes?: string
  run: (state: State, argument: string) => State
}>

export const command = (help: string, run: CommandRow['run'], takes?: string): CommandRow => ({
  help,
  run,
  ...(takes !== undefined && { takes }),
})
