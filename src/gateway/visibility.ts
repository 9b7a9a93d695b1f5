import { methodRow, type Operation } from '../core/operation.ts'
import type { Principal } from '../core/principal.ts'
import type { Tasks } from './tasks.ts'

/** What the policy in force says about what somebody may see; nothing of it is counted or recorded. */
export type Visibility = Readonly<{
  /** May this principal see this item in this listing? */
  mayList: (principal: Principal, operation: Operation, name: string) => boolean
  mayUseServer: (principal: Principal, server: string) => boolean
  /** May this principal use this item by this action? */
  mayUse: (
    principal: Principal,
    action: string,
    resource: Readonly<{ server: string; name: string }>,
  ) => boolean
  /** Several servers as one, which were each looked at before they were joined. */
  isVirtual: (server: string) => boolean
  /** Would this operation be permitted? */
  permits: (principal: Principal, operation: Operation) => boolean
}>

/** What one principal may see of one server. */
export type View = Readonly<{
  /** Whether a method that acts on no item, such as `tools/list`, would be permitted. */
  permits: (method: string) => boolean
  mayRead: (uri: string) => boolean
  mayUse: (action: string, name: string) => boolean
  /** Whether an entry belongs into the answer to a listing. */
  mayList: (method: string, name: string) => boolean
  ownsTask: (id: string) => boolean
}>

export const createView = (
  visibility: Visibility,
  tasks: Pick<Tasks, 'find'>,
  principal: Principal,
  server: string,
): View => {
  const mayUse: View['mayUse'] = (action, name) =>
    visibility.mayUse(principal, action, { server, name })
  const ownsTask: View['ownsTask'] = (id) => {
    const origin = tasks.find(principal, server, id)
    return origin !== undefined && mayUse('invoke_tool', origin.name)
  }
  return {
    permits: (method) => visibility.permits(principal, wholeOperation(server, method)),
    mayRead: (uri) => mayUse('read_resource', uri),
    mayUse,
    ownsTask,
    mayList: (method, name) =>
      method === 'tasks/list'
        ? ownsTask(name)
        : visibility.mayList(principal, wholeOperation(server, method), name),
  }
}

/** An operation that is only asked about. */
const wholeOperation = (server: string, method: string): Operation => {
  const row = methodRow(method)
  return {
    era: 'either',
    method,
    action: row?.action ?? `method:${method}`,
    scope: row?.scope ?? 'item',
    resource: { server, name: '*' },
    itemAction: row?.itemAction,
    arguments: undefined,
    message: undefined,
  }
}
