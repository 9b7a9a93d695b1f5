import { ItemNotFound, UnprocessableRequest } from '../core/errors.ts'
import type { Operation } from '../core/operation.ts'
import type { Principal } from '../core/principal.ts'
import { SESSION_ID_SHOWN } from '../core/snapshot.ts'
import type { Session, Sessions } from '../era/sessions.ts'
import type { Note } from './live.ts'

export type SessionEndingOptions = Readonly<{
  sessions: Pick<Sessions, 'list' | 'end'>
  note: Note
  redact: (text: string) => string
}>

/**
 * Ends a legacy session in the operator's name: its client is told that it is gone when it asks next, and
 * begins another. What the gateway holds at the server for it is closed.
 *
 * @returns the answer as JSON text; undefined for operations that ask nothing of the kind
 */
export const createSessionEnding = ({ sessions, note, redact }: SessionEndingOptions) => {
  /** @throws ItemNotFound, UnprocessableRequest when more than one session begins so */
  const sessionOf = (id: string): Session => {
    const [found, another] = sessions.list().filter(({ session }) => session.id.startsWith(id))
    if (found === undefined) throw new ItemNotFound(`No session ${id}; perhaps it ended by itself`)
    if (another === undefined) return found.session
    throw new UnprocessableRequest(`More than one session begins with ${id}`)
  }

  const end = async (id: unknown, { username }: Principal): Promise<string> => {
    const { id: whole, server, client } = sessionOf(String(id))
    const shown = whole.slice(0, SESSION_ID_SHOWN)
    await sessions.end(whole)
    const whose = client === undefined ? '' : ` of ${redact(client)}`
    const error = `${username} ended session ${shown}${whose} on ${server}`
    note({ code: 'session_ended', status: 'success', error })
    return JSON.stringify({ id: shown, server })
  }

  return (operation: Operation, principal: Principal): Promise<string> | undefined =>
    operation.method === 'datacline/end-session'
      ? end(operation.arguments?.id, principal)
      : undefined
}
