import type { SendOptions } from '../core/conversation.ts'
import type { Permit } from '../core/decision.ts'
import { isObject, type JsonObject, type Message } from '../core/json-rpc.ts'
import { type Operation, toBareOperation } from '../core/operation.ts'
import type { Principal } from '../core/principal.ts'
import { META } from '../core/protocol.ts'
import type { Changes } from './changes.ts'
import type { Directory } from './directory.ts'
import type { Face } from './face.ts'
import type { Lines } from './lines.ts'
import type { FederationParts } from './parts.ts'
import type { Patience } from './patience.ts'

/** One conversation of a client with several servers, and what it needs. */
export type Setting = Readonly<{
  parts: FederationParts
  directory: Directory
  /** The face as it is now. @throws ServerNotFound */
  face: () => Face
  lines: Lines
  patience: Patience
  /** The streams that hear of changes, and whose they are, from their beginning to their end. */
  watch: (changes: Changes, owner: string) => void
  unwatch: (changes: Changes) => void
}>

/** A message, from whom it is, and what goes with it. */
export type Asking = Readonly<{
  message: Message
  principal: Principal
  owner: string
  options: SendOptions
  face: Face
}>

/** One server, and what was permitted on it. */
export type Permitted = Readonly<{ server: string; operation: Operation; permit: Permit }>

/** The servers of a face on which an operation is permitted, in their order. */
export const permitted = (
  { parts }: Pick<Setting, 'parts'>,
  { face, principal }: Pick<Asking, 'face' | 'principal'>,
  operationOn: (server: string) => Operation,
): readonly Permitted[] =>
  face.members.flatMap(({ server }) => {
    const operation = operationOn(server)
    const permit = parts.policy.decide(principal, operation)
    return permit.effect === 'permit' ? [{ server, operation, permit }] : []
  })

/** The operation of a legacy GET stream on one server. */
export const streamOperation = (server: string): Operation =>
  toBareOperation(server, 'legacy', 'datacline/stream')

/** What a client declared that it can do: in this very request, or when it initialized. */
export const declaredBy = (setting: Setting, message: Message | undefined): JsonObject => {
  if (setting.lines.era === 'legacy') return setting.lines.declared()
  const meta = isObject(message?.params?._meta) ? message.params._meta : {}
  const declared = meta[META.clientCapabilities]
  return isObject(declared) ? declared : {}
}
