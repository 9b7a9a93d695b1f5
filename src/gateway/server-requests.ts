import type { Reply } from '../core/conversation.ts'
import { errorText, isObject, type JsonObject } from '../core/json-rpc.ts'
import { RPC } from '../core/protocol.ts'
import { mapEvents } from './map-events.ts'

/** What a server may ask of a client, and the action that policy knows it by. */
const ASKS: ReadonlyMap<string, string> = new Map([
  ['sampling/createMessage', 'sampling'],
  ['elicitation/create', 'elicitation'],
  ['roots/list', 'roots'],
])

/** Undefined when the server may ask for this, else the sentence that forbids it. */
export type Forbids = (action: string) => string | undefined

/**
 * Keeps from a client what policy forbids its server to ask: a request in a stream is answered to the
 * server in the client's stead, a result that asks for input (MCP 2026-07-28, MRTR) becomes an error.
 *
 * @param answer carries our answer to the server; fire and forget
 */
export const guardServerRequests = (
  reply: Reply,
  forbids: Forbids,
  answer: (text: string) => void,
): Reply => {
  if (reply.kind === 'accepted') return reply
  if (reply.kind === 'single') return { ...reply, text: guardInput(reply.text, forbids) }
  return {
    ...reply,
    events: mapEvents(reply.events, (text) => {
      const refusal = refusalOf(text, forbids)
      if (refusal === undefined) return guardInput(text, forbids)
      answer(refusal)
      return undefined
    }),
  }
}

/** The error that answers a forbidden request; undefined for every other message. */
const refusalOf = (text: string, forbids: Forbids): string | undefined => {
  if (!text.includes('"method"')) return undefined
  const message: unknown = JSON.parse(text)
  if (!isObject(message) || message.id === undefined) return undefined
  const because = forbidden(message.method, forbids)
  if (because === undefined) return undefined
  return errorText(JSON.stringify(message.id), { code: RPC.methodNotFound, message: because })
}

const guardInput = (text: string, forbids: Forbids): string => {
  if (!text.includes('"input_required"')) return text
  const message: unknown = JSON.parse(text)
  if (!isObject(message) || !isObject(message.result)) return text
  const because = firstForbidden(message.result, forbids)
  if (because === undefined) return text
  return errorText(JSON.stringify(message.id), { code: RPC.internalError, message: because })
}

const firstForbidden = (result: JsonObject, forbids: Forbids): string | undefined => {
  if (result.resultType !== 'input_required' || !isObject(result.inputRequests)) return undefined
  return Object.values(result.inputRequests)
    .map((request) => forbidden(isObject(request) ? request.method : undefined, forbids))
    .find((because) => because !== undefined)
}

const forbidden = (method: unknown, forbids: Forbids): string | undefined => {
  const action = typeof method === 'string' ? ASKS.get(method) : undefined
  return action && forbids(action)
}
