import { UpstreamFailed } from '../../../core/errors.ts'
import { isObject, type JsonObject } from '../../../core/json-rpc.ts'
import { refuseQuestion } from '../../translate/input-request.ts'
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
  for (const { method, params = {} } of requests) {
    const refusal = refuseQuestion(method, params, capabilities)
    if (refusal === undefined) continue
    throw new InputNotGiven(`${refusal.message}, which server ${server} needs`)
  }
  return requests.map((request) => withElicitationId(request, newId))
}

/** The id of a question that the client answers elsewhere; undefined for any other. */
export const elicitationId = ({ params }: InputRequest): string | undefined =>
  params?.mode === 'url' && typeof params.elicitationId === 'string'
    ? params.elicitationId
    : undefined

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
