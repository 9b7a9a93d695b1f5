import type { Reply } from '../core/conversation.ts'
import type { Permit } from '../core/decision.ts'
import { isObject } from '../core/json-rpc.ts'
import type { Operation } from '../core/operation.ts'
import type { Principal } from '../core/principal.ts'
import { mapEvents } from './map-events.ts'
import { trimListing } from './trim-listing.ts'

/** What fulfilling needs of the policy. */
export type Visibility = Readonly<{
  /** May this principal see this item in this listing? */
  mayList: (principal: Principal, operation: Operation, name: string) => boolean
  mayUseServer: (principal: Principal, server: string) => boolean
}>

/**
 * Carries out the obligations of a permit on a reply, single or streamed: an upstream may answer a
 * listing as a stream, and a filter that misses that is a hole.
 */
export const createFulfil =
  (visibility: Visibility) =>
  (permit: Permit, reply: Reply, operation: Operation, principal: Principal): Reply => {
    const trim = trimmerFor(visibility, permit, operation, principal)
    if (reply.kind === 'accepted' || trim === undefined) return reply
    if (reply.kind === 'single') return { ...reply, text: trim(reply.text) }
    return { ...reply, events: mapEvents(reply.events, trim) }
  }

/** What is to be done to each message of the reply; undefined for nothing. */
const trimmerFor = (
  visibility: Visibility,
  permit: Permit,
  operation: Operation,
  principal: Principal,
): ((text: string) => string) | undefined => {
  if (operation.method === 'datacline/list-servers') {
    return (text) => trimServers(text, (name) => visibility.mayUseServer(principal, name))
  }
  if (!permit.obligations.includes('trim_listing')) return undefined
  const mayList = (name: string) => visibility.mayList(principal, operation, name)
  return (text) => trimListing(text, operation.method, mayList)
}

const trimServers = (text: string, mayUse: (name: string) => boolean): string => {
  const message: unknown = JSON.parse(text)
  if (!isObject(message) || !isObject(message.result)) return text
  const { servers } = message.result
  if (!Array.isArray(servers)) return text
  const kept = servers.filter((entry: unknown) => isObject(entry) && mayUse(String(entry.name)))
  return JSON.stringify({ ...message, result: { servers: kept } })
}
