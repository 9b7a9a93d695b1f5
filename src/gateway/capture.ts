import type { Reply, StreamEvent } from '../core/conversation.ts'
import type { Incoming } from '../core/incoming.ts'
import { isObject } from '../core/json-rpc.ts'
import type { Operation } from '../core/operation.ts'
import { watchStream } from '../lib/watch-stream.ts'
import type { Answer, Gateway } from './gateway.ts'
import { mapEvents } from './map-events.ts'

/** A message as it crossed; only its length where it was too long to keep. */
export type Crossed = Readonly<{ text: string | undefined; characters: number }>

/** One exchange as its client knows it. Credentials are not among the headers that cross. */
export type CapturedExchange = Readonly<{
  headers: Incoming['headers']
  request: Crossed | undefined
  /** Everything that came back, the answer last. */
  replies: readonly Crossed[]
  /** Messages before those that are kept. */
  dropped: number
}>

export type Capture = Readonly<{
  /** The same gateway; while somebody watches bodies, what crosses it is kept for a while. */
  around: (gateway: Gateway) => Gateway
  /** Undefined when nothing is kept of this exchange. */
  read: (exchangeId: string) => CapturedExchange | undefined
}>

type Entry = {
  headers: Incoming['headers']
  request: Crossed | undefined
  replies: Crossed[]
  dropped: number
  size: number
}

/** Messages of one stream; the answer comes last, so the first ones go. */
const MESSAGES = 200

/**
 * Keeps the last exchanges whole for those who opened the live feed with `bodies`, in memory and nowhere
 * else; when the last of them leaves, all of it is gone. Nothing is read, copied or masked here: texts
 * that exist anyway are held a little longer, so traffic pays nothing, and nothing at all unwatched.
 *
 * @param longest characters of a message that is kept
 * @param room characters of all that is kept; at two bytes each in memory, at most
 */
export const createCapture = ({ longest = 1 << 20, room = 8 << 20 } = {}): Capture => {
  const entries = new Map<string, Entry>()
  let watching = 0
  let size = 0

  const makeRoom = () => {
    for (const [id, entry] of entries) {
      if (size <= room) return
      entries.delete(id)
      size -= entry.size
    }
  }

  const grow = (entry: Entry, by: number) => {
    entry.size += by
    size += by
    makeRoom()
  }

  const crossed = (text: string): Crossed => ({
    text: text.length <= longest ? text : undefined,
    characters: text.length,
  })

  const hear = (id: string, entry: Entry, text: string) => {
    if (entries.get(id) !== entry) return
    const heard = crossed(text)
    entry.replies.push(heard)
    const gone = entry.replies.length > MESSAGES ? entry.replies.shift() : undefined
    if (gone !== undefined) entry.dropped++
    grow(entry, sizeOf(heard) - sizeOf(gone))
  }

  const keep = ({ headers }: Incoming, answer: Answer): Answer => {
    const { id, operation } = answer.exchange
    const text = requestText(operation)
    const request = text === undefined ? undefined : crossed(text)
    const entry: Entry = { headers, request, replies: [], dropped: 0, size: 0 }
    entries.set(id, entry)
    grow(entry, sizeOf(request) + JSON.stringify(headers).length)
    if ('refusal' in answer) return answer
    return { ...answer, reply: overheard(answer.reply, (said) => hear(id, entry, said)) }
  }

  const watch = (events: ReadableStream<StreamEvent>): ReadableStream<StreamEvent> => {
    watching++
    return watchStream(events, {
      ended: () => {
        watching--
        if (watching > 0) return
        entries.clear()
        size = 0
      },
    })
  }

  const take = async (incoming: Incoming, asked: Promise<Answer>): Promise<Answer> => {
    const answer = await asked
    if (incoming.face !== 'admin') return watching === 0 ? answer : keep(incoming, answer)
    if ('refusal' in answer || answer.reply.kind !== 'stream') return answer
    if (!wantsBodies(answer.exchange.operation)) return answer
    return { ...answer, reply: { ...answer.reply, events: watch(answer.reply.events) } }
  }

  return {
    around: (gateway) => ({
      ...gateway,
      handle: (incoming) =>
        watching === 0 && incoming.face !== 'admin'
          ? gateway.handle(incoming)
          : take(incoming, gateway.handle(incoming)),
    }),
    read: (id) => entries.get(id),
  }
}

const sizeOf = (message: Crossed | undefined): number => message?.text?.length ?? 0

const wantsBodies = (operation: Operation | undefined): boolean =>
  operation?.method === 'datacline/events' &&
  isObject(operation.arguments) &&
  operation.arguments.bodies === true

/** What was sent; of a face without messages, what it meant. */
const requestText = (operation: Operation | undefined): string | undefined => {
  if (operation === undefined) return undefined
  const { message, method, arguments: given } = operation
  return message?.text ?? JSON.stringify({ method, params: given })
}

/** The same reply; each of its messages is told on its way. */
const overheard = (reply: Reply, tell: (text: string) => void): Reply => {
  if (reply.kind === 'single') tell(reply.text)
  if (reply.kind !== 'stream') return reply
  const events = mapEvents(reply.events, (text) => {
    tell(text)
    return text
  })
  return { ...reply, events }
}
