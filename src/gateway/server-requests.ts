import type { Reply } from '../core/conversation.ts'
import { errorText, isObject, type JsonObject } from '../core/json-rpc.ts'
import { RPC } from '../core/protocol.ts'
import { mayHoldWord } from '../lib/json-word.ts'
import { mapEvents } from './map-events.ts'

/** What a server may ask of a client: policy's name for it is the capability that declares it. */
const ASKS: ReadonlyMap<string, string> = new Map([
  ['sampling/createMessage', 'sampling'],
  ['elicitation/create', 'elicitation'],
  ['roots/list', 'roots'],
])

/** What a client may be asked. */
export type Askable = Readonly<{
  /** Undefined when policy lets the server ask for this, else the sentence that forbids it. */
  forbids: (action: string) => string | undefined
  /**
   * What the client said it can do: in this very request (MCP 2026-07-28), or when it initialized.
   * Undefined when nobody knows, which leaves it to the client to refuse.
   */
  declared: JsonObject | undefined
}>

type Refusal = Readonly<{ code: number; message: string; data?: JsonObject }>

/**
 * Keeps from a client what policy forbids its server to ask, and what the client never said it could
 * answer: a request in a stream is answered to the server in the client's stead, a result that asks for
 * input (MCP 2026-07-28, MRTR and tasks) becomes an error.
 *
 * @param answer carries our answer to the server; fire and forget
 */
export const guardServerRequests = (
  reply: Reply,
  askable: Askable,
  answer: (text: string) => void,
): Reply => {
  if (reply.kind === 'accepted') return reply
  if (reply.kind === 'single') return { ...reply, text: guardInput(reply.text, askable) }
  return {
    ...reply,
    events: mapEvents(reply.events, (text) => {
      const refusal = refusalOf(text, askable)
      if (refusal === undefined) return guardInput(text, askable)
      answer(refusal)
      return undefined
    }),
  }
}

/** The error that answers a request which may not be asked; undefined for every other message. */
const refusalOf = (text: string, askable: Askable): string | undefined => {
  if (!mayHoldWord(text, 'method')) return undefined
  const message: unknown = JSON.parse(text)
  if (!isObject(message) || message.id === undefined) return undefined
  const refusal = refuses(message, askable)
  if (refusal === undefined) return undefined
  // MCP 2025-11-25: what a client does not support is a method that it does not have.
  const error = { code: RPC.methodNotFound, message: refusal.message }
  return errorText(JSON.stringify(message.id), error)
}

const guardInput = (text: string, askable: Askable): string => {
  if (!mayHoldWord(text, 'input_required')) return text
  const message: unknown = JSON.parse(text)
  if (!isObject(message) || !isObject(message.result)) return text
  const refusal = firstRefusal(message.result, askable)
  return refusal === undefined ? text : errorText(JSON.stringify(message.id), refusal)
}

const firstRefusal = (result: JsonObject, askable: Askable): Refusal | undefined => {
  const asks = result.resultType === 'input_required' || result.status === 'input_required'
  if (!asks || !isObject(result.inputRequests)) return undefined
  return Object.values(result.inputRequests)
    .map((request) => (isObject(request) ? refuses(request, askable) : undefined))
    .find((refusal) => refusal !== undefined)
}

const refuses = (request: JsonObject, { forbids, declared }: Askable): Refusal | undefined => {
  const action = typeof request.method === 'string' ? ASKS.get(request.method) : undefined
  if (action === undefined) return undefined
  const because = forbids(action)
  if (because !== undefined) return { code: RPC.internalError, message: because }
  const missing = declared && missingCapability(action, request.params, declared)
  return (
    missing && {
      code: RPC.missingCapability,
      message: `The server asked for ${request.method}, which the client did not declare`,
      data: { requiredCapabilities: missing },
    }
  )
}

/** The capability that a request needs and the client did not declare; undefined when it did. */
const missingCapability = (
  action: string,
  params: unknown,
  declared: JsonObject,
): JsonObject | undefined => {
  const given = declared[action]
  if (!isObject(given)) return { [action]: {} }
  const byUrl = isObject(params) && params.mode === 'url'
  return action === 'elicitation' && byUrl && !isObject(given.url)
    ? { elicitation: { url: {} } }
    : undefined
}
