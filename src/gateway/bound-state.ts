import type { Reply } from '../core/conversation.ts'
import { InvalidParams } from '../core/errors.ts'
import type { Operation } from '../core/operation.ts'
import { type Principal, principalId } from '../core/principal.ts'
import { mapMemberAt, mapString, replaceMember } from '../lib/json-member.ts'
import { mayHoldWord } from '../lib/json-word.ts'
import type { Seal } from '../lib/seal.ts'
import { mapEvents } from './map-events.ts'

/**
 * A server's `requestState` (MCP 2026-07-28, MRTR) as its client gets it: sealed, for that principal and
 * that request. To the server all clients of the gateway are one, so it could not tell whose it is.
 */
export type BoundState = Readonly<{
  /** The operation with the state as the server gave it. @throws InvalidParams for any other state */
  open: (principal: Principal, operation: Operation) => Operation
  close: (reply: Reply, operation: Operation, principal: Principal) => Reply
}>

/** Milliseconds for which a person may think about a question. */
const LIFETIME = 24 * 3_600_000

export const createBoundState = (seal: Seal): BoundState => ({
  open(principal, operation) {
    const { era, message } = operation
    const sealed = message?.params?.requestState
    if (era !== 'modern' || message === undefined || sealed === undefined) return operation
    const purpose = purposeOf(operation, principal)
    const state = typeof sealed === 'string' ? seal.open(purpose, sealed) : undefined
    if (typeof state !== 'string') {
      throw new InvalidParams('The requestState is not one of this request')
    }
    const text = replaceMember(message.text, ['params', 'requestState'], JSON.stringify(state))
    const params = { ...message.params, requestState: state }
    return { ...operation, message: { ...message, text, params } }
  },
  close(reply, operation, principal) {
    if (operation.era !== 'modern' || reply.kind === 'accepted') return reply
    const sealed = (text: string) => {
      if (!mayHoldWord(text, 'requestState')) return text
      const purpose = purposeOf(operation, principal)
      return mapMemberAt(text, ['result', 'requestState'], (state) =>
        mapString(state, (own) => seal.close(purpose, own, LIFETIME)),
      )
    }
    return reply.kind === 'single'
      ? { ...reply, text: sealed(reply.text) }
      : { ...reply, events: mapEvents(reply.events, sealed) }
  },
})

const purposeOf = ({ method, resource }: Operation, principal: Principal): string =>
  JSON.stringify(['state', resource.server, method, resource.name, principalId(principal)])
