import { isObject } from '../../core/json-rpc.ts'
import { replaceMember } from '../../lib/json-member.ts'
import { isStream, readEvents } from '../answer.ts'
import { answers, faultText, onOneLine } from './line.ts'

/** How a response ended. */
export type Delivered = Readonly<{
  /** Whether the answer was among what came. */
  answered: boolean
  /** The last event id of a stream, to resume after it. */
  lastEventId: string | undefined
  /** Milliseconds that the server wants to be left alone before. */
  retry: number | undefined
}>

/**
 * Writes what a response holds, one message a line. A refusal becomes a JSON-RPC error of the request;
 * without a request (`idText` undefined) it is only noted.
 *
 * @param hear is told of every message that is written
 */
export const deliver = async (
  response: Response,
  idText: string | undefined,
  to: Readonly<{
    write: (line: string) => void
    note: (sentence: string) => void
    hear?: (text: string) => void
  }>,
): Promise<Delivered> => {
  const tell = (text: string) => {
    to.hear?.(text)
    to.write(onOneLine(text))
  }
  if (isStream(response)) return deliverStream(response, idText, tell)
  const text = await response.text()
  if (text === '' && response.ok) return WHOLE
  const message = toMessage(text, response, idText)
  if (idText !== undefined || response.ok) tell(message)
  else to.note(sentenceOf(text, response))
  return WHOLE
}

const WHOLE: Delivered = { answered: true, lastEventId: undefined, retry: undefined }

const deliverStream = async (
  response: Response,
  idText: string | undefined,
  tell: (text: string) => void,
): Promise<Delivered> => {
  let answered = false
  let lastEventId: string | undefined
  let retry: number | undefined
  try {
    for await (const event of readEvents(response)) {
      lastEventId = event.id ?? lastEventId
      retry = event.retry ?? retry
      if (event.data === '') continue
      tell(event.data)
      answered ||= idText !== undefined && answers(event.data, idText)
    }
  } catch {
    // Broken off: whether the answer was there is what counts.
  }
  return { answered, lastEventId, retry }
}

/** The answer as a message with the request's own id, whatever kind of refusal it is. */
const toMessage = (text: string, response: Response, idText: string | undefined): string => {
  const value = parse(text)
  const isMessage = isObject(value) && value.jsonrpc === '2.0'
  if (Array.isArray(value) || (isMessage && value.id !== null)) return text
  if (isMessage && isObject(value.error)) {
    return replaceMember(text, ['id'], idText ?? 'null')
  }
  return faultText(idText, sentenceOf(text, response))
}

const sentenceOf = (text: string, { status }: Response): string => {
  const value = parse(text)
  const error = isObject(value) && isObject(value.error) ? value.error.message : undefined
  const detail = error ?? (isObject(value) ? value.detail : undefined)
  return typeof detail === 'string'
    ? `The gateway refused: ${detail} (HTTP ${status})`
    : `What answered is no datacline gateway (HTTP ${status})`
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
