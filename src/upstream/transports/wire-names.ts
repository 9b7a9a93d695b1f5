import type { Message } from '../../core/json-rpc.ts'
import { META } from '../../core/protocol.ts'
import { memberText, replaceMember } from '../../lib/json-member.ts'
import { type ServerMessage, valueAt, withOwnId } from '../server-message.ts'

/** What one request is called on the wire, and how to give its own names back. */
export type WireNames = Readonly<{
  /** The request as it is written. */
  text: string
  /** JSON text of its id on the wire. */
  id: string
  /** Keys that messages of the server refer to it by. */
  idKey: string
  tokenKey: string | undefined
  /** A message of the server that belongs to it, with the client's own id and progress token. */
  restore: (message: ServerMessage) => string
}>

const TOKEN = ['params', '_meta', 'progressToken']
const SUBSCRIPTION = ['_meta', META.subscriptionId]

/** One key for every spelling of an id or token, with its type. */
export const keyOf = (value: unknown): string => JSON.stringify(value) ?? ''

/** The names that the client gave, for a connection of its own. */
export const ownNames = (message: Message): WireNames => {
  const idText = message.idText ?? 'null'
  const token = valueAt(message.params, ['_meta', 'progressToken'])
  return {
    text: message.text,
    id: idText,
    idKey: keyOf(JSON.parse(idText)),
    tokenKey: token === undefined ? undefined : keyOf(token),
    restore: (answer) => (answer.kind === 'answer' ? withOwnId(answer, idText) : answer.text),
  }
}

/**
 * One number of the gateway's own for the id and the progress token, so that clients that share a
 * connection never meet: JSON-RPC 2.0 §4 asks only of one client that its ids differ. Only those two
 * spans of the text change.
 */
export const numberedNames = (message: Message, number: number): WireNames => {
  const idText = message.idText ?? 'null'
  const id = String(number)
  const tokenText =
    valueAt(message.params, ['_meta', 'progressToken']) === undefined
      ? undefined
      : memberText(message.text, TOKEN)
  const numbered = replaceMember(message.text, ['id'], id)
  /** Where a message of the server may name this request, and what the client calls it there. */
  const places: readonly (readonly [path: readonly string[], own: string])[] = [
    [['id'], idText],
    [['result', ...SUBSCRIPTION], idText],
    [['params', ...SUBSCRIPTION], idText],
    [['params', 'requestId'], idText],
    [['params', 'progressToken'], tokenText ?? id],
  ]
  return {
    text: tokenText === undefined ? numbered : replaceMember(numbered, TOKEN, id),
    id,
    idKey: id,
    tokenKey: tokenText === undefined ? undefined : id,
    restore: ({ text, value }) =>
      places
        .filter(([path]) => valueAt(value, path) === number)
        .reduce((restored, [path, own]) => replaceMember(restored, path, own), text),
  }
}

/** The key by which a notification names the request it belongs to; undefined when it names none. */
export const ownerKey = ({
  method,
  value,
}: ServerMessage): Readonly<{ by: 'id' | 'token'; key: string }> | undefined => {
  if (method === 'notifications/progress') {
    return { by: 'token', key: keyOf(valueAt(value, ['params', 'progressToken'])) }
  }
  const id =
    method === 'notifications/cancelled'
      ? valueAt(value, ['params', 'requestId'])
      : valueAt(value, ['params', ...SUBSCRIPTION])
  return id === undefined ? undefined : { by: 'id', key: keyOf(id) }
}
