import type { Reply } from '../core/conversation.ts'
import type { Permit } from '../core/decision.ts'
import { isObject } from '../core/json-rpc.ts'
import type { Operation } from '../core/operation.ts'
import type { Principal } from '../core/principal.ts'
import type { Parts } from './gateway.ts'
import { mapEvents } from './map-events.ts'
import { makePrivate } from './privately.ts'
import { mayHear } from './screen-notice.ts'
import type { Tasks } from './tasks.ts'
import { trimCapabilities } from './trim-capabilities.ts'
import { trimCompletion } from './trim-completion.ts'
import { trimListing } from './trim-listing.ts'
import { trimReplayed } from './trim-replayed.ts'
import { createView, type View, type Visibility } from './visibility.ts'

type Trim = (text: string) => string | undefined

/**
 * Carries out what a permit obliges to on a reply, single or streamed: an upstream may answer a listing
 * as a stream, and a filter that misses that is a hole. What is streamed besides the answer reaches its
 * reader only as far as it concerns what the reader may use.
 */
export const createFulfil =
  (visibility: Visibility, tasks: Tasks): Parts['fulfil'] =>
  (permit, reply, operation, principal) => {
    if (reply.kind === 'accepted') return reply
    const view = createView(visibility, tasks, principal, operation.resource.server)
    const trim = trimmerFor(permit, { visibility, tasks, view, operation, principal })
    if (reply.kind === 'single') return trim ? trimSingle(reply, trim) : reply
    const screened = isScreened(visibility, operation)
    const map = screened ? screening(view, trim ?? asItIs) : trim
    return map ? { ...reply, events: mapEvents(reply.events, map) } : reply
  }

const screening =
  (view: View, keep: Trim): Trim =>
  (text) =>
    mayHear(text, view) ? keep(text) : undefined

const trimSingle = (reply: Extract<Reply, { kind: 'single' }>, trim: Trim): Reply => {
  const text = trim(reply.text)
  return text === undefined ? { kind: 'accepted' } : { ...reply, text }
}

const asItIs: Trim = (text) => text

/** What watches the gateway itself is no server's message, and what several say was screened before. */
const isScreened = ({ isVirtual }: Visibility, { scope, resource }: Operation): boolean =>
  scope !== 'gateway' && !isVirtual(resource.server)

/** What is to be done to each message of the reply; undefined for nothing. */
const trimmerFor = (permit: Permit, asked: Asked): Trim | undefined => {
  const { visibility, view, operation } = asked
  const { method, resource } = operation
  if (visibility.isVirtual(resource.server)) return undefined
  const special = BY_METHOD.get(method)?.(asked)
  if (special !== undefined) return special
  if (!permit.obligations.includes('trim_listing')) return undefined
  return (text) => trimListing(text, method, (name) => view.mayList(method, name))
}

type Asked = Readonly<{
  visibility: Visibility
  tasks: Tasks
  view: View
  operation: Operation
  principal: Principal
}>

const describes =
  ({ view }: Asked): Trim =>
  (text) =>
    trimCapabilities(text, view)

const BY_METHOD: ReadonlyMap<string, (asked: Asked) => Trim> = new Map<
  string,
  (asked: Asked) => Trim
>([
  ['initialize', describes],
  ['server/discover', describes],
  ['resources/read', () => makePrivate],
  [
    'completion/complete',
    ({ operation, view }) =>
      (text) =>
        trimCompletion(text, operation.message?.params ?? {}, view.mayRead),
  ],
  [
    'datacline/stream',
    ({ view }) =>
      (text) =>
        trimReplayed(text, view),
  ],
  [
    'tools/call',
    ({ tasks, principal, operation }) =>
      (text) => {
        tasks.learn(principal, operation, text)
        return text
      },
  ],
  [
    'datacline/list-servers',
    ({ visibility, principal }) =>
      (text) =>
        trimServers(text, (name) => visibility.mayUseServer(principal, name)),
  ],
])

const trimServers = (text: string, mayUse: (name: string) => boolean): string => {
  const message: unknown = JSON.parse(text)
  if (!isObject(message) || !isObject(message.result)) return text
  const { servers } = message.result
  if (!Array.isArray(servers)) return text
  const kept = servers.filter((entry: unknown) => isObject(entry) && mayUse(String(entry.name)))
  return JSON.stringify({ ...message, result: { servers: kept } })
}
