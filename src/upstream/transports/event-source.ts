import type { Http1Body } from '../../lib/http1-body.ts'
import { createSseParser, type SseEvent, type SseParser } from '../../lib/sse.ts'
import { beginCall } from '../call.ts'
import { failed, httpRefusal, NotAnAnswer } from '../faults.ts'
import type { HttpEndpoint } from '../http-endpoint.ts'

/** The one stream of a session over HTTP+SSE (MCP 2024-11-05, transports). */
export type EventSource = Readonly<{
  /** Path and query that messages are posted to. */
  postPath: string
  close: () => void
}>

export type EventSourceEars = Readonly<{
  /** The data of one `message` event. */
  onMessage: (text: string) => void
  /** Once, when the stream is over; with what broke it, undefined when the server ended it. */
  onEnd: (cause: unknown) => void
}>

const isStream = (type: string | undefined) => /^text\/event-stream\s*(?:;|$)/i.test(type ?? '')
const isMessage = ({ event }: SseEvent) => event === undefined || event === 'message'

/** Reads up to the `endpoint` event; gives it with the events that came in the same piece. */
const readEndpoint = async (
  body: Http1Body,
  parser: SseParser,
): Promise<Readonly<{ reference: string; rest: readonly SseEvent[] }> | undefined> => {
  for (;;) {
    const piece = await body.read()
    if (piece === undefined) return undefined
    const events = parser.push(piece)
    const at = events.findIndex(({ event }) => event === 'endpoint')
    if (at !== -1) return { reference: events[at]?.data ?? '', rest: events.slice(at + 1) }
  }
}

/** Hands on what comes until the end. */
const pump = async (
  body: Http1Body,
  parser: SseParser,
  first: readonly SseEvent[],
  onMessage: (text: string) => void,
) => {
  let events = first
  for (;;) {
    for (const event of events) if (isMessage(event)) onMessage(event.data)
    const piece = await body.read()
    if (piece === undefined) return
    events = parser.push(piece)
  }
}

/**
 * Opens the stream of a session and waits for its `endpoint` event, which must stay on the server's own
 * origin: the gateway's credential for the server goes there.
 *
 * @param timeout milliseconds for the stream to open; afterwards it may be quiet for ever
 * @throws UpstreamFailed (caused by `NotAnAnswer` when this is no such stream), UpstreamTimedOut
 */
export const openEventSource = async (
  endpoint: HttpEndpoint,
  timeout: number,
  ears: EventSourceEars,
): Promise<EventSource> => {
  const { server } = endpoint
  const call = beginCall({ server, signal: new AbortController().signal, timeout })
  const open = async () => {
    const response = await endpoint.openStream({
      method: 'GET',
      path: endpoint.path,
      headers: { accept: 'text/event-stream' },
      signal: call.signal,
    })
    if (response.status === 200 && isStream(response.headers.get('content-type'))) return response
    response.body.cancel()
    if (response.status !== 200) throw httpRefusal(server, response.status)
    throw failed(server, 'has no event stream at its URL', new NotAnAnswer())
  }
  try {
    const { body } = await open()
    const parser = createSseParser(endpoint.limits.maxAnswerBytes)
    const found = await readEndpoint(body, parser)
    if (found === undefined) {
      throw failed(server, 'ended its event stream before it named an endpoint', new NotAnAnswer())
    }
    const postPath = endpoint.resolve(found.reference)
    if (postPath === undefined) {
      throw failed(server, 'named an endpoint of another origin, which is not contacted')
    }
    call.deadline.clear()
    const end = (cause?: unknown) => {
      call.give('left')
      ears.onEnd(cause)
    }
    pump(body, parser, found.rest, ears.onMessage).then(() => end(), end)
    return { postPath, close: () => call.give('left') }
  } catch (cause) {
    const fault = call.explain(cause)
    call.give('left')
    throw fault
  }
}
