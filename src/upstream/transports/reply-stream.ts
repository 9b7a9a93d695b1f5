import type { Reply, StreamEvent } from '../../core/conversation.ts'
import { errorText } from '../../core/json-rpc.ts'
import type { Era } from '../../core/protocol.ts'
import type { Http1Body } from '../../lib/http1-body.ts'
import { createSseParser, type SseEvent } from '../../lib/sse.ts'
import type { Call } from '../call.ts'
import { failed } from '../faults.ts'
import { answersTo, readServerMessage, type ServerMessage, withOwnId } from '../server-message.ts'

/** What a response stream belongs to. */
export type StreamOf = Readonly<{
  server: string
  era: Era
  call: Call
  body: Http1Body
  /** Id text of the request; undefined for a listening stream, which has no answer. */
  idText: string | undefined
  /** Quiet for as long as it likes, and given at once, before its first event. */
  listening: boolean
  maxEventLength: number
  /** Told of the answer before it is passed on. */
  onAnswer: (answer: ServerMessage) => void
}>

type Passed = Readonly<{ event: StreamEvent; kind: ServerMessage['kind'] | 'empty' }>

const isMessageEvent = ({ event }: SseEvent) => event === undefined || event === 'message'

/** Whether a message may stand on this stream. Modern servers send no requests; answers are only ours. */
const belongs = (message: ServerMessage, { era, idText }: StreamOf): boolean => {
  if (message.kind === 'request') return era === 'legacy'
  if (message.kind === 'answer') return idText === undefined || answersTo(message, idText)
  return true
}

const resumption = ({ id, retry }: SseEvent): Omit<StreamEvent, 'data'> => ({
  ...(id !== undefined && { id }),
  ...(retry !== undefined && { retry }),
})

const passOn = (event: SseEvent, stream: StreamOf): Passed | undefined => {
  const resume = resumption(event)
  const message = isMessageEvent(event) ? readServerMessage(event.data) : undefined
  if (message === undefined || !belongs(message, stream)) {
    // What is dropped may still say where to resume.
    const says = Object.keys(resume).length > 0
    return says ? { event: { data: '', ...resume }, kind: 'empty' } : undefined
  }
  const { kind } = message
  if (kind !== 'answer' || stream.idText === undefined) {
    return { event: { data: message.text, ...resume }, kind }
  }
  stream.onAnswer(message)
  return { event: { data: withOwnId(message, stream.idText), ...resume }, kind }
}

/** Reads on in the background until the server has ended the response, so that its connection is kept. */
const readOut = async (body: Http1Body) => {
  const timer = setTimeout(body.cancel, 1000)
  try {
    for (let rest = 0; rest < 65_536; ) {
      const piece = await body.read()
      if (piece === undefined) return
      rest += piece.length
    }
    body.cancel()
  } catch {
    // It broke after the answer: nothing is lost.
  } finally {
    clearTimeout(timer)
  }
}

/** The events of a response that may stand on its stream, one call at a time; undefined at the end. */
const createEventReader = (stream: StreamOf) => {
  const parser = createSseParser(stream.maxEventLength)
  const { deadline } = stream.call
  const queue: Passed[] = []
  let clientIsAsked = false
  const fill = (piece: Uint8Array) => {
    for (const event of parser.push(piece)) {
      const passed = passOn(event, stream)
      if (passed !== undefined) queue.push(passed)
    }
  }
  return async (): Promise<Passed | undefined> => {
    // While the client, perhaps a human, thinks about a question, the server is not the slow one.
    if (!clientIsAsked) deadline.touch()
    while (queue.length === 0) {
      const piece = await stream.body.read()
      if (piece === undefined) return undefined
      deadline.touch()
      fill(piece)
    }
    deadline.pause()
    const passed = queue.shift()
    clientIsAsked = passed?.kind === 'request'
    return passed
  }
}

/**
 * Turns a text/event-stream response into a reply: `single` when its first event is the answer, else a
 * `stream` (and for a listening stream always, at once). A stream that ends or breaks without its answer ends with a JSON-RPC error, so that no
 * client waits for nothing; unless the client itself cancelled the request, or the server gave an event
 * id in the legacy era, where the client resumes by GET (MCP 2025-11-25, SEP-1699).
 *
 * @throws Http1Error, SseError, UpstreamFailed when it breaks before the first event
 */
export const readReplyStream = async (stream: StreamOf): Promise<Reply> => {
  const { call, body, server, idText } = stream
  const next = createEventReader(stream)
  let resumable = false
  let closed = false

  const finish = () => {
    closed = true
    call.finish()
    void readOut(body)
  }
  const lastWord = (cause: unknown): StreamEvent | undefined => {
    if (idText === undefined || resumable || call.ended() === 'cancelled') return undefined
    const { rpcCode, message } = call.explain(cause)
    return { data: errorText(idText, { code: rpcCode, message }) }
  }
  const endEarly = (controller: ReadableStreamDefaultController<StreamEvent>, cause: unknown) => {
    closed = true
    call.finish()
    body.cancel()
    const word = lastWord(cause)
    if (word !== undefined) controller.enqueue(word)
    controller.close()
  }
  const deliver = (controller: ReadableStreamDefaultController<StreamEvent>, passed: Passed) => {
    if (passed.event.id !== undefined && stream.era === 'legacy') resumable = true
    controller.enqueue(passed.event)
    if (passed.kind !== 'answer' || idText === undefined) return
    finish()
    controller.close()
  }
  const cut = () => failed(server, 'ended its answer before it was complete')

  const readFirst = async () => {
    try {
      return (await next()) ?? Promise.reject(cut())
    } catch (cause) {
      body.cancel()
      throw cause
    }
  }

  if (stream.listening) call.deadline.clear()
  const first = stream.listening ? undefined : await readFirst()
  if (first?.kind === 'answer') {
    finish()
    return { kind: 'single', text: first.event.data }
  }
  let pending = first
  const pull = async (controller: ReadableStreamDefaultController<StreamEvent>) => {
    const passed = pending ?? (await next())
    pending = undefined
    if (closed) return
    if (passed === undefined) endEarly(controller, cut())
    else deliver(controller, passed)
  }
  const events = new ReadableStream<StreamEvent>(
    {
      pull: (controller) =>
        pull(controller).catch((cause: unknown) => {
          if (!closed) endEarly(controller, cause)
        }),
      cancel: () => {
        closed = true
        call.give('left')
        body.cancel()
      },
    },
    { highWaterMark: 0 },
  )
  return { kind: 'stream', events }
}
