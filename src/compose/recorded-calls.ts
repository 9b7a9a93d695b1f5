import type { GatewayEvent } from '../core/events.ts'
import { methodRow, type Operation } from '../core/operation.ts'
import { LOCAL_ISSUER, type Principal } from '../core/principal.ts'
import type { Callers } from './callers.ts'

/** A call of the record, as it can be decided again. */
export type RecordedCall = Readonly<{ principal: Principal; operation: Operation }>

/** The call of an event; undefined for what was never decided, or is done to the gateway itself. */
export const toRecordedCall = (
  event: GatewayEvent,
  principalOf: Callers['find'],
): RecordedCall | undefined => {
  const { issuer, subject, user, action, mcp_server, method, decision } = event
  if (issuer === undefined || subject === undefined || decision === undefined) return undefined
  if (action === undefined || mcp_server === undefined || mcp_server === '*') return undefined
  const roles = decision.roles.map((role) => role.replace(/ \(.*$/s, ''))
  const row = methodRow(method ?? '')
  const principal = principalOf(`${issuer}|${subject}`) ?? asRecorded(issuer, subject, user, roles)
  return {
    principal,
    operation: {
      era: 'either',
      method: method ?? '',
      action,
      scope: row?.scope ?? 'item',
      resource: { server: mcp_server, name: event.tool_name ?? '*' },
      itemAction: row?.itemAction,
      arguments: undefined,
      message: undefined,
    },
  }
}

/** Whoever was not seen since the start is who the record says, with the roles held then; groups it does not keep. */
const asRecorded = (
  issuer: string,
  subject: string,
  user: string | undefined,
  roles: readonly string[],
): Principal => ({
  issuer,
  subject,
  username: user ?? subject,
  verifiedEmail: undefined,
  clientRoles: roles,
  realmRoles: [],
  groups: [],
  builtInRole:
    issuer === LOCAL_ISSUER && roles.includes('local-developer') ? 'local-developer' : undefined,
  scopes: [],
  tokenId: undefined,
  expiresAt: undefined,
})
