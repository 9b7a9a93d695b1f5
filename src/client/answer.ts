import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { parseLossless } from '../lib/lossless-json.ts'
import { createSseParser, type SseEvent } from '../lib/sse.ts'
import { ClientFault } from './fault.ts'

/** The most characters of one event. */
const MAX_EVENT = 64 * 1024 * 1024

const mediaType = (response: Response): string =>
  (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''

export const isStream = (response: Response): boolean => mediaType(response) === 'text/event-stream'

/**
 * The JSON body of an answer, its numbers as they were written.
 *
 * @throws ClientFault `foreign` when it is none: a proxy's page, another program on that port
 */
export const readJson = async (response: Response): Promise<unknown> => {
  const text = await response.text()
  if (!mediaType(response).endsWith('json')) throw foreign(response)
  try {
    return parseLossless(text)
  } catch (cause) {
    throw foreign(response, cause)
  }
}

export const foreign = (response: Response, cause?: unknown): ClientFault => {
  const type = mediaType(response) || 'something without a type'
  const { status } = response
  const where = URL.canParse(response.url) ? new URL(response.url).origin : 'The gateway'
  return new ClientFault(
    'foreign',
    `${where} answered ${status} with ${type}, as no datacline does`,
    {
      status,
      cause,
    },
  )
}

/** The data of each event of a stream, with its id; `onBytes` hears of every sign of life. */
export async function* readEvents(
  response: Response,
  onBytes: () => void = () => {},
): AsyncGenerator<SseEvent> {
  const parser = createSseParser(MAX_EVENT)
  for await (const bytes of response.body ?? []) {
    onBytes()
    yield* parser.push(bytes)
  }
}

/** The JSON-RPC messages of an answer, one or a stream of them. @throws ClientFault `foreign` */
export async function* readMessages(response: Response): AsyncGenerator<JsonObject> {
  if (!isStream(response)) {
    const message = await readJson(response)
    if (!isObject(message)) throw foreign(response)
    yield message
    return
  }
  for await (const { data } of readEvents(response)) {
    if (data === '') continue
    const message = parseLossless(data)
    if (isObject(message)) yield message
  }
}
