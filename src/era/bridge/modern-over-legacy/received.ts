import { UpstreamFailed } from '../../../core/errors.ts'
import { isObject, type JsonObject } from '../../../core/json-rpc.ts'
import { parseLossless } from '../../../lib/lossless-json.ts'

/** One message of a legacy server, numbers lossless. */
export type Received = Readonly<{
  kind: 'request' | 'notification' | 'answer'
  value: JsonObject
  id: unknown
  /** Empty for an answer. */
  method: string
  params: JsonObject
}>

const parse = (text: string): unknown => {
  try {
    return parseLossless(text)
  } catch (cause) {
    throw new UpstreamFailed('The server said something that is nested too deeply', { cause })
  }
}

/**
 * Reads one message; the transport has seen already that it is one.
 *
 * @throws UpstreamFailed for one that could not be written again
 */
export const readReceived = (text: string): Received | undefined => {
  if (text === '') return undefined
  const value = parse(text)
  if (!isObject(value)) return undefined
  const { id, method } = value
  const params = isObject(value.params) ? value.params : {}
  if (typeof method !== 'string') return { kind: 'answer', value, id, method: '', params }
  return { kind: id === undefined ? 'notification' : 'request', value, id, method, params }
}
