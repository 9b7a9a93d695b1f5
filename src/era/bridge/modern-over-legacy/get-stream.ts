import type { Conversation } from '../../../core/conversation.ts'
import {
  MethodNotAllowed,
  SessionNotFound,
  UpstreamFailed,
  UpstreamTimedOut,
} from '../../../core/errors.ts'
import { pauseFor } from '../../../lib/pause.ts'
import { type Received, readReceived } from './received.ts'

/** What becomes of a session's GET stream. */
export type GetStream = Readonly<{
  take: (received: Received) => void
  /** The server forgot the session. */
  onGone: () => void
  /** The server had such a stream and cannot be heard any more. */
  onSilent: () => void
  signal: AbortSignal
}>

const FIRST_PAUSE = 1000
const LONGEST_PAUSE = 30_000
/** Failures in a row after which nobody waits for the server any more. */
const PATIENCE = 3

/**
 * Hears what belongs to no request (MCP 2025-11-25, the GET stream) until the signal says stop, and
 * comes back when the stream ends or breaks. A server without one is left alone.
 */
export const followGetStream = async (
  conversation: Conversation,
  stream: GetStream,
): Promise<void> => {
  const { signal } = stream
  let lastEventId: string | undefined
  let failures = 0
  let pause = FIRST_PAUSE

  const hear = async () => {
    const reply = await conversation.listen(lastEventId, { signal, headers: {} })
    failures = 0
    if (reply.kind !== 'stream') return
    for await (const event of reply.events) {
      lastEventId = event.id ?? lastEventId
      pause = event.retry ?? FIRST_PAUSE
      const received = readReceived(event.data)
      if (received !== undefined && received.kind !== 'answer') stream.take(received)
    }
  }
  /** Whether to come back after this. */
  const survives = (cause: unknown): boolean => {
    if (cause instanceof SessionNotFound) stream.onGone()
    if (cause instanceof SessionNotFound || hasNone(cause)) return false
    // Some servers send no headers before their first event.
    if (cause instanceof UpstreamTimedOut || ++failures < PATIENCE) return true
    stream.onSilent()
    return false
  }

  while (!signal.aborted) {
    try {
      await hear()
    } catch (cause) {
      if (signal.aborted || !survives(cause)) return
    }
    await pauseFor(Math.min(pause, LONGEST_PAUSE), signal, { idle: true })
    pause *= 2
  }
}

/** The server answered, and not with a stream. */
const hasNone = (cause: unknown): boolean => {
  if (cause instanceof MethodNotAllowed) return true
  const reason = cause instanceof UpstreamFailed ? cause.cause : undefined
  const status = reason instanceof Error && 'status' in reason ? reason.status : undefined
  return typeof status === 'number' && status < 500
}
