import type { Conversation, Reply, SendOptions, StreamEvent } from '../../core/conversation.ts'
import { type GatewayError, MethodNotAllowed } from '../../core/errors.ts'
import { buildNotification, type Message } from '../../core/json-rpc.ts'
import type { Era } from '../../core/protocol.ts'
import type { Abortable } from '../../lib/abortable.ts'
import type { Http1Response } from '../../lib/http1-connection.ts'
import { beginCall, type Call } from '../call.ts'
import { failed, httpRefusal, NotAnAnswer, sessionGone } from '../faults.ts'
import { crossingHeaders, modernHeaders } from '../headers.ts'
import type { HttpEndpoint } from '../http-endpoint.ts'
import { answersTo, readServerMessage, type ServerMessage, withOwnId } from '../server-message.ts'
import { createLegacySession } from './legacy-session.ts'
import { readReplyStream } from './reply-stream.ts'
import { keyOf } from './wire-names.ts'

const ACCEPT = 'application/json, text/event-stream'
/** Milliseconds for what is sent out of courtesy: cancellations and the end of a session. */
const COURTESY = 2000

const isSuccess = ({ status }: Http1Response) => status >= 200 && status < 300

/** A stream that ends without an answer, because its own client cancelled the request. */
const cancelledReply = (): Reply => ({
  kind: 'stream',
  events: new ReadableStream<StreamEvent>({ start: (controller) => controller.close() }),
})

/**
 * A conversation over Streamable HTTP: of the modern era (MCP 2026-07-28, no state), or one legacy
 * session (MCP 2025-03-26 … 2025-11-25), whose id the client never sees.
 *
 * @param timeout milliseconds without a sign of life before a call is given up
 */
export const createHttpConversation = (
  era: Era,
  endpoint: HttpEndpoint,
  timeout: number,
): Conversation => {
  const { server } = endpoint
  const running = new Map<string, Call>()
  const session = createLegacySession(server)
  let closed = false

  const headersFor = (message: Message, options: SendOptions): Record<string, string> => ({
    ...crossingHeaders(options.headers),
    'content-type': 'application/json',
    accept: ACCEPT,
    ...(era === 'modern' ? modernHeaders(message) : {}),
    ...(era === 'legacy' && !opens(message) ? session.headers() : {}),
  })
  const post = (message: Message, headers: Record<string, string>, signal: Abortable) => {
    const ask = message.method === 'subscriptions/listen' ? endpoint.openStream : endpoint.request
    return ask({ method: 'POST', path: endpoint.path, headers, body: message.text, signal })
  }

  /** Tells a legacy server that nobody waits any more; closing the stream does not say so there. */
  const tellCancelled = (message: Message) => {
    if (era !== 'legacy' || opens(message) || message.idText === undefined) return
    const note = buildNotification('notifications/cancelled', {
      requestId: JSON.parse(message.idText),
      reason: 'Timed out',
    })
    const headers = headersFor(note, { signal: AbortSignal.timeout(COURTESY), headers: {} })
    post(note, headers, AbortSignal.timeout(COURTESY)).then(
      ({ body }) => body.cancel(),
      () => undefined,
    )
  }

  const opens = (message: Message | undefined) =>
    era === 'legacy' && message?.method === 'initialize'
  const learnFrom = (message: Message | undefined) => (answer: ServerMessage) => {
    if (opens(message)) session.learnVersion(answer)
  }

  const readJson = async (
    response: Http1Response,
    message: Message,
    call: Call,
  ): Promise<Reply> => {
    const answer = readServerMessage(await endpoint.text(response, call.deadline.touch))
    const idText = message.idText ?? ''
    if (answer !== undefined && answersTo(answer, idText)) {
      learnFrom(message)(answer)
      return { kind: 'single', text: withOwnId(answer, idText) }
    }
    if (!isSuccess(response)) throw httpRefusal(server, response.status)
    throw failed(
      server,
      'answered with something that is no answer to the request',
      new NotAnAnswer(),
    )
  }
  /** What a response without a usable body means. */
  const readStatus = (response: Http1Response, message: Message): Reply => {
    response.body.cancel()
    if (!isSuccess(response)) throw httpRefusal(server, response.status)
    if (message.kind !== 'request') return { kind: 'accepted' }
    throw failed(server, 'answered with neither JSON nor an event stream', new NotAnAnswer())
  }
  const readReply = async (
    response: Http1Response,
    message: Message,
    call: Call,
  ): Promise<Reply> => {
    if (response.status === 404 && session.isOpen() && !opens(message)) {
      response.body.cancel()
      throw sessionGone()
    }
    const type = message.kind === 'request' ? response.mediaType : undefined
    if (type === 'application/json') return readJson(response, message, call)
    if (type === 'text/event-stream' && isSuccess(response)) {
      return readStream(response, message, call)
    }
    return readStatus(response, message)
  }
  const readStream = (response: Http1Response, message: Message | undefined, call: Call) =>
    readReplyStream({
      server,
      era,
      call,
      body: response.body,
      idText: message?.idText,
      listening: message === undefined || message.method === 'subscriptions/listen',
      maxEventLength: endpoint.limits.maxAnswerBytes,
      onAnswer: learnFrom(message),
    })

  const refuseClosed = () => {
    if (closed) throw sessionGone()
  }
  /** Legacy: what a client's own cancellation names is not waited for any longer. */
  const releaseCancelled = (message: Message) => {
    if (era !== 'legacy' || message.method !== 'notifications/cancelled') return
    running.get(keyOf(message.params?.requestId))?.give('cancelled')
  }

  /** Begins the call for one message, findable by its id while it runs. */
  const begin = (message: Message, signal: AbortSignal): Call => {
    const key = message.kind === 'request' ? keyOf(JSON.parse(message.idText ?? 'null')) : ''
    const call = beginCall({
      server,
      signal,
      timeout,
      onExpire: () => tellCancelled(message),
      onFinish: () => {
        if (running.get(key) === call) running.delete(key)
      },
    })
    if (message.kind === 'request') running.set(key, call)
    return call
  }

  /** MCP 2026-07-28: who leaves cancels. The ids are those of many clients, and name nobody's request. */
  const meansNothing = ({ method }: Message) =>
    era === 'modern' && method === 'notifications/cancelled'

  const send = async (message: Message, options: SendOptions): Promise<Reply> => {
    refuseClosed()
    if (meansNothing(message)) return { kind: 'accepted' }
    const call = begin(message, options.signal)
    try {
      const response = await post(message, headersFor(message, options), call.signal)
      call.deadline.touch()
      if (opens(message) && isSuccess(response)) session.learnId(response)
      const reply = await readReply(response, message, call)
      if (reply.kind !== 'stream') call.finish()
      releaseCancelled(message)
      return reply
    } catch (cause) {
      call.finish()
      if (call.ended() === 'cancelled') return cancelledReply()
      throw call.explain(cause)
    }
  }

  const listen = async (lastEventId: string | undefined, options: SendOptions): Promise<Reply> => {
    refuseClosed()
    if (era === 'modern') throw new MethodNotAllowed('Listening by GET is of the legacy era')
    const call = beginCall({ server, signal: options.signal, timeout })
    try {
      const response = await endpoint.openStream({
        method: 'GET',
        path: endpoint.path,
        headers: {
          ...crossingHeaders(options.headers),
          accept: 'text/event-stream',
          ...session.headers(),
          ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
        },
        signal: call.signal,
      })
      if (isSuccess(response) && response.mediaType === 'text/event-stream') {
        return await readStream(response, undefined, call)
      }
      response.body.cancel()
      throw noListening(response.status)
    } catch (cause) {
      call.finish()
      throw call.explain(cause)
    }
  }
  const noListening = (status: number): GatewayError => {
    if (status === 404 && session.isOpen()) return sessionGone()
    if (status === 405) return new MethodNotAllowed(`Server ${server} has no such stream`)
    return httpRefusal(server, status)
  }

  return {
    era,
    send,
    listen,
    close: async () => {
      if (closed || era === 'modern') return
      closed = true
      for (const call of running.values()) call.give('left')
      if (!session.isOpen()) return
      const signal = AbortSignal.timeout(COURTESY)
      const request = {
        method: 'DELETE',
        path: endpoint.path,
        headers: session.headers(),
        signal,
      } as const
      await endpoint.request(request).then(
        ({ body }) => body.cancel(),
        () => undefined,
      )
    },
  }
}
