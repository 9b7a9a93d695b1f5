import { chosenWho } from '../choose.ts'
import { say, want } from '../say.ts'
import type { State } from '../state.ts'
import { command } from './row.ts'

/** Asks before the session under the cursor is ended: its client loses what it holds at the server. */
const confirmEnd = (state: State): State => {
  const here = state.screen === 'people' ? chosenWho(state)?.key : undefined
  const session = state.snapshot?.sessions.list.find(({ id }) => id === here)
  if (session === undefined) return say(state, 'no session is under the cursor', 'warn')
  const { id, client = 'a client', user, subject, server } = session
  return {
    ...state,
    question: {
      text: `End session ${id} of ${client}, ${user ?? subject}, on ${server}?`,
      answers: [
        { key: 'y', label: 'end it', command: `session end now ${id}` },
        { key: 'n', label: 'no', command: 'stay' },
      ],
    },
  }
}

export const SESSIONS = {
  'session end': command('end the session under the cursor, after asking', confirmEnd),
  'session end now': command(
    'end a session by its id',
    (state, id) =>
      id === ''
        ? say(state, 'session end now ID, as People & sessions shows it', 'warn')
        : want(state, { kind: 'end session', id }),
    'ID',
  ),
}
