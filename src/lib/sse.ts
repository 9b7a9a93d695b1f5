/** One event of a text/event-stream (WHATWG HTML §9.2). */
export type SseEvent = Readonly<{
  /** The `event` field; undefined means `message`. */
  event?: string
  /** Empty for an event that only carries `id` or `retry`. */
  data: string
  id?: string
  /** Milliseconds. */
  retry?: number
}>

export type SseParser = Readonly<{
  /**
   * Takes the next bytes and gives the events that they complete.
   *
   * @throws SseError on invalid UTF-8 and on an event beyond the limit
   */
  push: (bytes: Uint8Array) => readonly SseEvent[]
}>

export class SseError extends Error {
  override readonly name = 'SseError'
}

type Draft = { event?: string; data: string[]; id?: string; retry?: number }

const BREAK = /\r\n|\r|\n/g
const DIGITS = /^\d{1,9}$/

const FIELDS: ReadonlyMap<string, (draft: Draft, value: string) => void> = new Map([
  ['data', (draft, value) => draft.data.push(value)],
  [
    'event',
    (draft, value) => {
      draft.event = value
    },
  ],
  [
    'id',
    (draft, value) => {
      if (!value.includes('\0')) draft.id = value
    },
  ],
  [
    'retry',
    (draft, value) => {
      if (DIGITS.test(value)) draft.retry = Number(value)
    },
  ],
])

/** Comments are lines whose field name is empty; unknown fields are ignored, as the standard says. */
const addLine = (draft: Draft, line: string) => {
  const colon = line.indexOf(':')
  const field = colon === -1 ? line : line.slice(0, colon)
  const from = line.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1
  FIELDS.get(field)?.(draft, colon === -1 ? '' : line.slice(from))
}

const toEvent = ({ event, data, id, retry }: Draft): SseEvent | undefined => {
  if (data.length === 0 && id === undefined && retry === undefined) return undefined
  return {
    data: data.join('\n'),
    ...(event !== undefined && event !== '' && { event }),
    ...(id !== undefined && { id }),
    ...(retry !== undefined && { retry }),
  }
}

/**
 * An incremental parser. It differs from the standard in two points: an event without data is given
 * too when it carries `id` or `retry`, since resuming needs them, and `id` is not inherited.
 *
 * @param maxLength the most characters one event may have, over all its lines
 */
export const createSseParser = (maxLength: number): SseParser => {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let draft: Draft = { data: [] }
  let length = 0
  // The pieces of a line that has not ended yet; joined once, so that a long line stays linear.
  let pieces: string[] = []
  let skipLineFeed = false

  const grow = (more: number) => {
    length += more
    if (length > maxLength) throw new SseError(`An event is longer than ${maxLength} characters`)
  }
  const endLine = (rest: string, events: SseEvent[]) => {
    pieces.push(rest)
    const line = pieces.length === 1 ? rest : pieces.join('')
    pieces = []
    if (line !== '') return addLine(draft, line)
    const event = toEvent(draft)
    draft = { data: [] }
    length = 0
    if (event !== undefined) events.push(event)
  }
  const decode = (bytes: Uint8Array): string => {
    try {
      const text = decoder.decode(bytes, { stream: true })
      const clean = skipLineFeed && text.startsWith('\n') ? text.slice(1) : text
      if (text !== '') skipLineFeed = text.endsWith('\r')
      return clean
    } catch (cause) {
      throw new SseError('The stream is not UTF-8', { cause })
    }
  }

  return {
    push: (bytes) => {
      const text = decode(bytes)
      const events: SseEvent[] = []
      let start = 0
      for (const found of text.matchAll(BREAK)) {
        grow(found.index - start)
        endLine(text.slice(start, found.index), events)
        start = found.index + found[0].length
      }
      if (start < text.length) {
        grow(text.length - start)
        pieces.push(text.slice(start))
      }
      return events
    },
  }
}

const oneLine = (value: string) => value.replace(/[\r\n\0]/g, '')

/** The text of one event, ready for the wire; line breaks in `data` become several `data` lines. */
export const encodeSse = ({ event, data, id, retry }: SseEvent): string => {
  let text = ''
  if (event !== undefined) text += `event: ${oneLine(event)}\n`
  if (id !== undefined) text += `id: ${oneLine(id)}\n`
  if (retry !== undefined) text += `retry: ${retry}\n`
  const lines = data.includes('\n') || data.includes('\r') ? data.split(BREAK) : [data]
  for (const line of lines) text += `data: ${line}\n`
  return `${text}\n`
}

/** A comment that keeps a quiet stream alive. */
export const SSE_KEEPALIVE = ':\n\n'
