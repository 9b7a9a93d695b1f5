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
    if (reply.kind === 'accepted' || !permit.obligations.includes('trim_listing')) return reply
    const trim =
      operation.method === 'datacline/list-servers'
        ? (text: string) => trimServers(text, (name) => visibility.mayUseServer(principal, name))
        : (text: string) =>
            trimListing(text, operation.method, (name) =>
              visibility.mayList(principal, operation, name),
            )
    if (reply.kind === 'single') return { ...reply, text: trim(reply.text) }
    return { ...reply, events: mapEvents(reply.events, trim) }
  }

const trimServers = (text: string, mayUse: (name: string) => boolean): string => {
  const message: unknown = JSON.parse(text)
  if (!isObject(message) || !isObject(message.result)) return text
  const { servers } = message.result
  if (!Array.isArray(servers)) return text
  const kept = servers.filter((entry: unknown) => isObject(entry) && mayUse(String(entry.name)))
  return JSON.stringify({ ...message, result: { servers: kept } })
}
