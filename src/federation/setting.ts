import type { SendOptions } from '../core/conversation.ts'
import type { Message } from '../core/json-rpc.ts'
import type { Principal } from '../core/principal.ts'
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
