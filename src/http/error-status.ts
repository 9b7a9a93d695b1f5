import type { Exchange } from '../core/exchange.ts'
import { isObject } from '../core/json-rpc.ts'
import { RPC } from '../core/protocol.ts'
import { mayHoldWord } from '../lib/json-word.ts'

/** MCP 2026-07-28, Streamable HTTP: errors that a server tells by the status of its response too. */
const STATUSES: ReadonlyMap<unknown, number> = new Map([
  [RPC.methodNotFound, 404],
  [RPC.headerMismatch, 400],
  [RPC.missingCapability, 400],
  [RPC.unsupportedVersion, 400],
])

/** The HTTP status of a server's single answer: 200, unless the modern era has another for its error. */
export const statusOf = ({ operation }: Exchange, text: string): number => {
  if (operation?.era !== 'modern' || !mayHoldWord(text, 'error')) return 200
  const message: unknown = JSON.parse(text)
  const error = isObject(message) ? message.error : undefined
  return (isObject(error) && STATUSES.get(error.code)) || 200
}
