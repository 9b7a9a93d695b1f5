import { refusalOf } from './allowed.ts'
import { ACTIONS } from './commands/acting.ts'
import { BARS } from './commands/bars.ts'
import { BROWSING } from './commands/browsing.ts'
import { MOTIONS } from './commands/moving.ts'
import type { CommandRow } from './commands/row.ts'
import { RULING } from './commands/ruling.ts'
import { SESSIONS } from './commands/sessions.ts'
import { VIEWS } from './commands/viewing.ts'
import { say } from './say.ts'
import type { State } from './state.ts'

/** Every command by its name: what keys run, and what `:` completes. */
export const COMMANDS: ReadonlyMap<string, CommandRow> = new Map(
  Object.entries({
    ...VIEWS,
    ...MOTIONS,
    ...BARS,
    ...BROWSING,
    ...ACTIONS,
    ...RULING,
    ...SESSIONS,
  }),
)

/** Runs `name argument…`: the longest name that the line begins with. */
export const runCommand = (state: State, line: string): State => {
  const words = line.trim().split(/\s+/)
  for (const length of [3, 2, 1]) {
    const name = words.slice(0, length).join(' ')
    const found = COMMANDS.get(name)
    const refusal = refusalOf(state, name)
    if (found && refusal !== undefined) return say(state, refusal, 'warn')
    if (found) return found.run(state, words.slice(length).join(' '))
  }
  return say(state, `no command ${JSON.stringify(words[0] ?? '')}; ? lists them`, 'warn')
}
