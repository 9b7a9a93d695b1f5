import { UpstreamFailed } from '../../../core/errors.ts'
import { isObject, type JsonObject } from '../../../core/json-rpc.ts'
import { InputNotGiven } from './client-requests.ts'

/** One thing a server wants to know from the client before it answers (MCP 2026-07-28, MRTR). */
export type InputRequest = Readonly<{
  key: string
  method: string
  params: JsonObject | undefined
}>

/** Whether a modern result is not the answer yet. */
export const isInputRequired = (result: unknown): result is JsonObject =>
  isObject(result) && result.resultType === 'input_required'

/**
 * What a result that asks for input asks of the client, checked against what the client declared.
 *
 * @param newId gives the elicitation ids that a legacy client wants with a URL
 * @throws InputNotGiven for what the client did not declare, and for what no legacy client knows
 * @throws UpstreamFailed for what is no question at all
 */
export const inputRequestsOf = (
  server: string,
  { inputRequests, requestState }: JsonObject,
  capabilities: JsonObject,
  newId: () => string,
): readonly InputRequest[] => {
  if (inputRequests !== undefined && !isObject(inputRequests)) throw notAQuestion(server)
  const requests = Object.entries(inputRequests ?? {}).map(([key, entry]) =>
    toRequest(server, key, entry),
  )
  if (requests.length === 0 && typeof requestState !== 'string') throw notAQuestion(server)
  for (const { key, method, params = {} } of requests) {
    const mayAsk = Object.hasOwn(MAY_ASK, method) ? MAY_ASK[method] : undefined
    if (mayAsk?.(capabilities, params)) continue
    throw new InputNotGiven(
      mayAsk === undefined
        ? `Server ${server} wants ${method} (${key}), which the client's revision of MCP does not have`
        : `Server ${server} wants ${method} (${key}), which the client did not declare`,
    )
  }
  return requests.map((request) => withElicitationId(request, newId))
}

/** The id of a question that the client answers elsewhere; undefined for any other. */
export const elicitationId = ({ params }: InputRequest): string | undefined =>
  params?.mode === 'url' && typeof params.elicitationId === 'string'
    ? params.elicitationId
    : undefined

type MayAsk = (capabilities: JsonObject, params: JsonObject) => boolean

/** What each kind of question needs of `initialize`'s capabilities. A bare `elicitation: {}` means forms. */
const MAY_ASK: Readonly<Record<string, MayAsk>> = {
  'elicitation/create': ({ elicitation }, { mode }) => {
    if (!isObject(elicitation)) return false
    if (mode === 'url') return elicitation.url !== undefined
    return elicitation.form !== undefined || elicitation.url === undefined
  },
  'sampling/createMessage': ({ sampling }, { tools, toolChoice }) => {
    if (!isObject(sampling)) return false
    return (tools === undefined && toolChoice === undefined) || sampling.tools !== undefined
  },
  'roots/list': ({ roots }) => isObject(roots),
}

const notAQuestion = (server: string) =>
  new UpstreamFailed(`Server ${server} asked for input without saying which`)

const toRequest = (server: string, key: string, entry: unknown): InputRequest => {
  if (!isObject(entry) || typeof entry.method !== 'string') throw notAQuestion(server)
  const { method, params } = entry
  return { key, method, params: isObject(params) ? params : undefined }
}

const withElicitationId = (request: InputRequest, newId: () => string): InputRequest =>
  request.params?.mode === 'url' && request.params.elicitationId === undefined
    ? { ...request, params: { ...request.params, elicitationId: newId() } }
    : request
