import { isObject } from '../../core/json-rpc.ts'
import { isStream, readMessages } from '../answer.ts'
import type { Send } from '../ask-server.ts'
import { ClientFault } from '../fault.ts'
import { type Delivered, deliver } from './exchange.ts'
import { type Line, withId } from './line.ts'

export const BOTH_KINDS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
}

/** One legacy session at the gateway, on behalf of a client that knows nothing of it. */
export type LegacyLink = Readonly<{
  isOpen: () => boolean
  /** Sends a line, in the session where there is one, and delivers what comes back. @throws ClientFault */
  send: (line: Line, signal: AbortSignal) => Promise<void>
  /** Ends the session. Never throws. */
  close: () => Promise<void>
}>

export type LinkOptions = Readonly<{
  send: Send
  /** Of the server at the gateway. */
  path: string
  write: (line: string) => void
  note: (sentence: string) => void
  signal: AbortSignal
  /** Milliseconds before a lost stream is tried again; doubles up to 16 times that. */
  firstRetry: number
}>

type Session = Readonly<{ id: string; version: string | undefined }>

/** How often an answer is fetched by resuming before it is given up. */
const RESUMPTIONS = 100

export const createLegacyLink = (options: LinkOptions): LegacyLink => {
  const { send, path, signal, write, note } = options
  let session: Session | undefined
  let opening: Line | undefined
  let renewing: Promise<void> | undefined
  let listening: AbortController | undefined
  let renewals = 0

  const headersOf = (held: Session | undefined): Record<string, string> => ({
    ...BOTH_KINDS,
    ...(held && { 'mcp-session-id': held.id }),
    ...(held?.version !== undefined && { 'mcp-protocol-version': held.version }),
  })
  const post = (body: string, held: Session | undefined, until: AbortSignal) =>
    send(path, { method: 'POST', headers: headersOf(held), body, signal: until })
  const adopt = (response: Response, version: unknown) => {
    const id = response.headers.get('mcp-session-id')
    session =
      id === null
        ? undefined
        : { id, version: typeof version === 'string' ? version : session?.version }
  }

  /** The gateway forgot the session: the client's own `initialize` opens another. */
  const renew = (lost: Session): Promise<void> => {
    if (session !== lost) return renewing ?? Promise.resolve()
    renewing ??= reopen().finally(() => {
      renewing = undefined
    })
    return renewing
  }
  const reopen = async () => {
    if (opening === undefined) throw new ClientFault('refused', 'the session was never opened')
    const body = withId(opening, `"datacline-renewal-${++renewals}"`)
    const response = await post(body, undefined, signal)
    for await (const message of readMessages(response)) {
      if (!isObject(message.result)) continue
      adopt(response, message.result.protocolVersion)
      await post(INITIALIZED, session, signal)
      note('the gateway forgot the session; a new one is open')
      return listen()
    }
    throw new ClientFault('refused', 'the server refused to initialize again')
  }

  const initialize = async (line: Line, until: AbortSignal) => {
    opening = line
    session = undefined
    const response = await post(line.text, undefined, until)
    await deliver(response, line.idText, {
      write,
      note,
      hear: (text) => {
        const message: unknown = JSON.parse(text)
        const result = isObject(message) ? message.result : undefined
        if (isObject(result)) adopt(response, result.protocolVersion)
      },
    })
  }

  const inSession = async (line: Line, until: AbortSignal) => {
    const held = session
    let response = await post(line.text, held, until)
    if (held !== undefined && (await isForgotten(response))) {
      await renew(held)
      // It was refused before anything was done with it: this is no second attempt.
      response = await post(line.text, session, until)
    }
    if (line.method === 'notifications/initialized') listen()
    const end = await deliver(response, line.idText, { write, note })
    if (line.idText === undefined || line.kind !== 'request' || end.answered) return
    await resume(line.idText, end, until)
  }

  /** MCP 2025-11-25: a stream that ended before its answer is resumed by GET after its last event. */
  const resume = async (idText: string, first: Delivered, until: AbortSignal) => {
    let end = first
    for (let tries = 0; tries < RESUMPTIONS && end.lastEventId !== undefined; tries++) {
      await pause(end.retry ?? options.firstRetry, until)
      const response = await get(end.lastEventId, until)
      if (!isStream(response)) break
      const next = await deliver(response, idText, { write, note })
      if (next.answered) return
      end = {
        ...next,
        lastEventId: next.lastEventId ?? end.lastEventId,
        retry: next.retry ?? end.retry,
      }
    }
    throw new ClientFault('unreachable', 'the gateway broke off without an answer')
  }
  const get = (lastEventId: string | undefined, until: AbortSignal) =>
    send(path, {
      headers: {
        ...headersOf(session),
        accept: 'text/event-stream',
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
      signal: until,
    })

  /** What belongs to no request arrives on a stream of its own, as long as the session lasts. */
  const listen = () => {
    listening?.abort()
    listening = new AbortController()
    void keepListening(AbortSignal.any([listening.signal, signal]))
  }
  const keepListening = async (until: AbortSignal) => {
    let lastEventId: string | undefined
    let failures = 0
    while (!until.aborted) {
      const held = session
      const end = await listenOnce(lastEventId, held, until)
      if (end === 'never' || until.aborted) return
      lastEventId = end?.lastEventId ?? lastEventId
      failures = end === undefined ? failures + 1 : 0
      await pause(end?.retry ?? options.firstRetry * 2 ** Math.min(failures, 4), until)
    }
  }
  /** Undefined when it could not be reached. */
  const listenOnce = async (
    lastEventId: string | undefined,
    held: Session | undefined,
    until: AbortSignal,
  ): Promise<Delivered | 'never' | undefined> => {
    try {
      const response = await get(lastEventId, until)
      if (isStream(response)) return await deliver(response, undefined, { write, note })
      const forgotten = held !== undefined && (await isForgotten(response))
      if (!forgotten) return 'never'
      // A new session has a new stream.
      await renew(held)
      return 'never'
    } catch {
      return undefined
    }
  }

  return {
    isOpen: () => session !== undefined,
    send: (line, until) =>
      line.method === 'initialize' ? initialize(line, until) : inSession(line, until),
    close: async () => {
      listening?.abort()
      if (session === undefined) return
      const headers = headersOf(session)
      const end = AbortSignal.timeout(400)
      await send(path, { method: 'DELETE', headers, signal: end }).catch(() => undefined)
    },
  }
}

const INITIALIZED = '{"jsonrpc":"2.0","method":"notifications/initialized"}'

/** 404 of the session, as opposed to one of the server (MCP 2025-11-25, session management). */
const isForgotten = async (response: Response): Promise<boolean> => {
  if (response.status !== 404) return false
  return (await response.clone().text()).includes('"session_not_found"')
}

const pause = (milliseconds: number, until: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      until.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, until.aborted ? 0 : milliseconds)
    until.addEventListener('abort', done, { once: true })
  })
