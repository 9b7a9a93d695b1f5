import type { Client } from '../src/client.ts'
import type { AuditEvent } from '../src/core/events.ts'
import type { Bodies } from '../src/core/history.ts'
import { tidied } from './row.ts'
import type { State } from './state.ts'

/** A call with all its parts, its messages where the gateway still has them. */
export type WholeCall = Readonly<{ event: AuditEvent; bodies: Bodies | undefined }>

/** Where calls are asked for. */
export type Asking = Readonly<{
  reach: () => Promise<Client>
  get: () => State
  /** An event of the recording that is shown, whole. */
  recorded: (seq: number) => AuditEvent | undefined
}>

/** A call as the gateway, or the recording, has it. @throws ClientFault */
export const askWhole = async (
  event: AuditEvent,
  { reach, get, recorded }: Asking,
): Promise<WholeCall> => {
  if (get().link.kind === 'file') {
    return { event: tidied(recorded(event.seq) ?? event), bodies: undefined }
  }
  const { event: asked, rows, bodies } = await (await reach()).event(event.seq)
  const parameters = asked.parameters ?? rows.find((row) => row.parameters)?.parameters
  return { event: { ...asked, parameters }, bodies }
}
