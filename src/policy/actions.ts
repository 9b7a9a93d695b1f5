import { METHODS, methodRow } from '../core/operation.ts'

const rows = Object.values(METHODS) as readonly { action: string; itemAction?: string }[]

/** Every action that a policy may name, but for `method:{name}`, which is any method without a row. */
export const ACTIONS: readonly string[] = [
  ...new Set(rows.flatMap((row) => [row.action, row.itemAction ?? row.action])),
  ...['gateway:observe', 'gateway:approve', 'gateway:admin'],
  // What a server may ask of a client (MCP 2025-11-25, client features).
  ...['sampling', 'elicitation', 'roots'],
].filter((action, at, all) => all.indexOf(action) === at)

/** What is done to a server and its items: not to the gateway itself. */
export const SERVER_ACTIONS: readonly string[] = ACTIONS.filter(
  (action) => action !== 'list_servers' && !action.startsWith('gateway:'),
)

/** A method without a row is closed: nothing covers it but its own name. */
export const isClosed = (action: string): boolean => action.startsWith('method:')

/** Whether a policy may name this action: a method with a row goes by the row's action only. */
export const isAction = (action: string): boolean => {
  if (!isClosed(action)) return ACTIONS.includes(action)
  const method = action.slice('method:'.length)
  return method !== '' && methodRow(method) === undefined
}
