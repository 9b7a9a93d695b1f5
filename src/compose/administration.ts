import type { Operation } from '../core/operation.ts'
import type { Principal } from '../core/principal.ts'
import { openPolicyEditing, type PolicyEditingOptions } from './policy-editing.ts'
import { createSessionEnding, type SessionEndingOptions } from './session-ending.ts'

export type AdministrationOptions = Pick<
  PolicyEditingOptions,
  'settings' | 'policy' | 'callers' | 'now'
> &
  Pick<SessionEndingOptions, 'sessions'> &
  Readonly<{
    observatory: Pick<PolicyEditingOptions, 'history'>
    live: Pick<PolicyEditingOptions, 'note'>
    record: Pick<SessionEndingOptions, 'redact'>
  }>

/**
 * What those with `gateway:admin` may do to the gateway.
 *
 * @returns the answer as JSON text; undefined for operations that ask nothing of the kind
 */
export const openAdministration = (options: AdministrationOptions) => {
  const { sessions, observatory, live, record } = options
  const editing = openPolicyEditing({ ...options, history: observatory.history, note: live.note })
  const ending = createSessionEnding({ sessions, note: live.note, redact: record.redact })
  return (operation: Operation, principal: Principal): Promise<string> | undefined =>
    editing.answer(operation, principal) ?? ending(operation, principal)
}
