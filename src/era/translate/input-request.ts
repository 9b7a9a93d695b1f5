import { isObject, type JsonObject } from '../../core/json-rpc.ts'
import { RPC } from '../../core/protocol.ts'

type Refusal = Readonly<{ code: number; message: string }>
type Kind = (capabilities: JsonObject, params: JsonObject) => boolean

/** What each kind of question needs of the client. A bare `elicitation: {}` means forms. */
const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  [
    'elicitation/create',
    ({ elicitation }, { mode }) => {
      if (!isObject(elicitation)) return false
      if (mode === 'url') return elicitation.url !== undefined
      return elicitation.form !== undefined || elicitation.url === undefined
    },
  ],
  [
    'sampling/createMessage',
    ({ sampling }, { tools, toolChoice }) => {
      if (!isObject(sampling)) return false
      return (tools === undefined && toolChoice === undefined) || sampling.tools !== undefined
    },
  ],
  ['roots/list', ({ roots }) => isObject(roots)],
])

/** The methods whose answer may be a question (MCP 2026-07-28, MRTR). */
const INTERACTIVE: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read'])

/** Whether a client has declared anything that a server may ask for. */
export const canBeAsked = ({ elicitation, sampling, roots }: JsonObject): boolean =>
  [elicitation, sampling, roots].some(isObject)

/** Whether a server may ask something while it works on a request of this client. */
export const mayBeAsked = (method: string, capabilities: JsonObject): boolean =>
  INTERACTIVE.has(method) && canBeAsked(capabilities)

/** Why a server's request cannot be put to a client with these capabilities; undefined when it can. */
export const refuseQuestion = (
  method: string,
  params: JsonObject,
  capabilities: JsonObject,
): Refusal | undefined => {
  const kind = KINDS.get(method)
  if (kind?.(capabilities, params)) return undefined
  return { code: RPC.methodNotFound, message: `The client did not declare that it knows ${method}` }
}

/** A legacy server's request as one of a modern result; elicitation ids are gone since 2026-07-28. */
export const toInputRequest = (method: string, params: unknown): JsonObject => {
  if (!isObject(params)) return { method }
  const { elicitationId: _id, ...rest } = params
  return { method, params: method === 'elicitation/create' ? rest : params }
}

/** What a server hears when nobody answered its question in time. */
export const withoutAnswer = (method: string): JsonObject =>
  method === 'elicitation/create'
    ? { result: { action: 'cancel' } }
    : { error: { code: RPC.internalError, message: 'The client did not answer in time' } }
