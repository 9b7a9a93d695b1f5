import type { State } from './state.ts'

/** What a command needs besides a screen. */
const NEEDS: ReadonlyMap<string, 'gateway' | 'admin'> = new Map([
  ['replay', 'gateway'],
  ['replay live', 'gateway'],
  ['replay edited', 'gateway'],
  ['rule', 'admin'],
  ['rule write', 'admin'],
  ['rule write now', 'admin'],
  ['rule undo', 'admin'],
  ['rule undo now', 'admin'],
  ['session end', 'admin'],
  ['session end now', 'admin'],
])

/** Why a command cannot be used here; undefined when it can, as far as is known. */
export const refusalOf = (
  { link, snapshot }: Pick<State, 'link' | 'snapshot'>,
  command: string,
): string | undefined => {
  const need = NEEDS.get(command)
  if (need === undefined) return undefined
  if (link.kind === 'file') return 'a recording has no gateway behind it'
  const caller = snapshot?.caller
  return need === 'admin' && caller?.may_admin === false
    ? `${caller.user} may only look here; this needs the permission gateway:admin`
    : undefined
}

/** Whether the caller may look at the gateway and do nothing to it. */
export const isReadOnly = ({ snapshot }: Pick<State, 'snapshot'>): boolean =>
  snapshot?.caller?.may_admin === false
