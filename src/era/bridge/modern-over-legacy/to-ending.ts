import { isObject, type JsonObject } from '../../../core/json-rpc.ts'
import { RPC } from '../../../core/protocol.ts'
import { mayBeAsked, refuseQuestion, toInputRequest } from '../../translate/input-request.ts'
import { toModernError, urlElicitations } from '../../translate/modern-error.ts'
import { toModernResult } from '../../translate/modern-result.ts'
import type { Asked } from './asked.ts'
import type { Ending } from './round.ts'

/**
 * A legacy server's answer as the modern client gets it. An error that sends the person to a URL first
 * becomes the question to go there, after which the client makes the same request again.
 *
 * @param sealRepeat gives the state that comes back with that request
 */
export const toEnding = (
  asked: Asked,
  answer: JsonObject,
  description: JsonObject,
  sealRepeat: () => string,
): Ending => {
  const { result, error } = answer
  if (isObject(result)) {
    return { ...answer, result: toModernResult(asked.method, result, description.serverInfo) }
  }
  if (!isObject(error)) return answer
  const elicitations = urlElicitations(error)
  if (elicitations === undefined) return { ...answer, error: toModernError(error, asked.params) }
  return askToVisit(asked, error, elicitations, sealRepeat)
}

const askToVisit = (
  { method, capabilities }: Asked,
  error: JsonObject,
  elicitations: readonly JsonObject[],
  sealRepeat: () => string,
): Ending => {
  const kind = 'elicitation/create'
  const answerable =
    mayBeAsked(method, capabilities) &&
    refuseQuestion(kind, { mode: 'url' }, capabilities) === undefined
  if (!answerable) {
    const data = { requiredCapabilities: { elicitation: { url: {} } } }
    return { error: { code: RPC.missingCapability, message: error.message, data } }
  }
  const requests = elicitations.map((elicitation, index) => [
    `url-${index + 1}`,
    toInputRequest(kind, { ...elicitation, mode: 'url' }),
  ])
  return {
    result: {
      resultType: 'input_required',
      inputRequests: Object.fromEntries(requests),
      requestState: sealRepeat(),
    },
  }
}
