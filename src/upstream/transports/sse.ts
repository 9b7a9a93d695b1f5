import type { Conversation } from '../../core/conversation.ts'
import { type GatewayError, SessionNotFound } from '../../core/errors.ts'
import { beginCall } from '../call.ts'
import { clientLeft, failed, httpRefusal, sessionGone } from '../faults.ts'
import type { HttpEndpoint } from '../http-endpoint.ts'
import { unlessAborted } from '../unless-aborted.ts'
import { type EventSource, openEventSource } from './event-source.ts'
import { createMultiplexer } from './multiplexer.ts'

/** What a server says to a message; the answer to a request comes on the stream. */
const assertAccepted = (server: string, status: number) => {
  if (status === 404) throw sessionGone()
  if (status < 200 || status > 299) throw httpRefusal(server, status)
}

/**
 * One session over HTTP+SSE (MCP 2024-11-05): messages are posted one by one, and everything the server
 * says comes on one stream. The stream is the session: when it ends, what was asked over it ends with an
 * error, and whatever comes later finds no session.
 *
 * @param timeout milliseconds without a sign of life before a call is given up
 */
export const createSseConversation = (endpoint: HttpEndpoint, timeout: number): Conversation => {
  const { server } = endpoint
  const left = new AbortController()
  let opening: Promise<EventSource> | undefined
  let source: EventSource | undefined
  let over = false

  const end = (cause: GatewayError) => {
    over = true
    multiplexer.fail(cause)
    source?.close()
  }
  const post = async (text: string): Promise<void> => {
    if (source === undefined) throw sessionGone()
    const call = beginCall({ server, signal: left.signal, timeout })
    try {
      const response = await endpoint.request({
        method: 'POST',
        path: source.postPath,
        headers: { 'content-type': 'application/json' },
        body: text,
        signal: call.signal,
      })
      // "Accepted" or nothing; read so that the connection can be kept.
      await endpoint.text(response, () => undefined)
      assertAccepted(server, response.status)
    } catch (cause) {
      if (cause instanceof SessionNotFound) end(cause)
      throw call.explain(cause)
    } finally {
      call.finish()
    }
  }
  const multiplexer = createMultiplexer({ server, names: 'own', timeout, write: post })

  const open = async (): Promise<EventSource> => {
    try {
      source = await openEventSource(endpoint, timeout, {
        onMessage: (text) => {
          if (!multiplexer.receive(text)) multiplexer.lost()
        },
        onEnd: (cause) => end(failed(server, 'ended its event stream', cause)),
      })
      if (over) source.close()
      return source
    } catch (cause) {
      opening = undefined
      throw cause
    }
  }
  const ready = async (signal: AbortSignal) => {
    if (over) throw sessionGone()
    opening ??= open()
    await unlessAborted(opening, signal, clientLeft)
    if (over) throw sessionGone()
  }

  return {
    era: 'legacy',
    send: async (message, options) => {
      await ready(options.signal)
      return multiplexer.send(message, options)
    },
    listen: async (lastEventId, options) => {
      await ready(options.signal)
      return multiplexer.listen(lastEventId, options)
    },
    close: async () => {
      end(sessionGone())
      left.abort()
    },
  }
}

/**
 * Opens a stream of HTTP+SSE and closes it again, to see that it is there.
 *
 * @throws UpstreamFailed, UpstreamTimedOut when there is none
 */
export const tryEventSource = async (endpoint: HttpEndpoint, timeout: number): Promise<void> => {
  const ears = { onMessage: () => undefined, onEnd: () => undefined }
  const source = await openEventSource(endpoint, timeout, ears)
  source.close()
}
