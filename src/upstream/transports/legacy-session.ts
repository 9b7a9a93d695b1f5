import type { Http1Response } from '../../lib/http1-connection.ts'
import { failed } from '../faults.ts'
import { type ServerMessage, valueAt } from '../server-message.ts'

/** What a legacy session over HTTP has agreed on; the client never sees the id. */
export type LegacySession = Readonly<{
  /** Of every message after `initialize`. */
  headers: () => Record<string, string>
  isOpen: () => boolean
  /** The response to `initialize`. @throws UpstreamFailed for an id that no server may give */
  learnId: (response: Http1Response) => void
  /** The answer to `initialize`. */
  learnVersion: (answer: ServerMessage) => void
}>

/** MCP 2025-11-25, session management: visible ASCII. */
const SESSION_ID = /^[\x21-\x7e]{1,1024}$/
const VERSION = /^[\w.-]{1,32}$/

export const createLegacySession = (server: string): LegacySession => {
  let id: string | undefined
  let version: string | undefined
  return {
    headers: () => ({
      ...(id !== undefined && { 'mcp-session-id': id }),
      ...(version !== undefined && { 'mcp-protocol-version': version }),
    }),
    isOpen: () => id !== undefined,
    learnId: ({ headers }) => {
      const given = headers.get('mcp-session-id')
      if (given !== undefined && !SESSION_ID.test(given)) {
        throw failed(server, 'gave an invalid session id')
      }
      id = given
    },
    learnVersion: ({ value }) => {
      const agreed = valueAt(value, ['result', 'protocolVersion'])
      if (typeof agreed === 'string' && VERSION.test(agreed)) version = agreed
    },
  }
}
