import type { Message } from './json-rpc.ts'
import type { Principal } from './principal.ts'
import type { Era } from './protocol.ts'

/** One event of a stream: a JSON-RPC message as text, with what SSE says about resuming. */
export type StreamEvent = Readonly<{
  /** JSON text of one message; empty for an event that only carries `id` or `retry`. */
  data: string
  id?: string
  /** Milliseconds. */
  retry?: number
}>

/**
 * What came back for one message. `single`: one JSON-RPC answer. `stream`: messages of which the last
 * is the answer (or, for a listening stream, messages without end). `accepted`: nothing to say, HTTP 202.
 */
export type Reply =
  | Readonly<{ kind: 'single'; text: string; sessionId?: string; spell?: Spelling }>
  | Readonly<{
      kind: 'stream'
      events: ReadableStream<StreamEvent>
      sessionId?: string
      spell?: Spelling
    }>
  | Readonly<{ kind: 'accepted'; sessionId?: string }>

/**
 * A server's message as its client reads it, where names are others there than at the server. The last
 * thing that is done to it: whatever looks at it before sees the server's own names.
 */
export type Spelling = (text: string) => string

/** What goes with one message to an upstream. */
export type SendOptions = Readonly<{
  /** Aborting gives the exchange up; whether the upstream is told is the transport's and era's affair. */
  signal: AbortSignal
  /** Headers of the client that may cross, lower case: `mcp-param-*`, `traceparent` … Never credentials. */
  headers: Readonly<Record<string, string>>
  /** The principal (`iss|sub`) on whose behalf, for state that is nobody else's; undefined for the gateway's own errands. */
  owner?: string
  /** The same principal whole, for upstreams that are several servers and ask policy about each. */
  principal?: Principal
  /** Which server an item belongs to, where the upstream is several; its own name for all of them. */
  server?: string
}>

/**
 * One conversation with an upstream: all of the modern era (which has no sessions), or one legacy session.
 */
export type Conversation = Readonly<{
  era: Era
  /**
   * Sends one message and gives what comes back. The reply's id is the request's own id text, whatever
   * the transport used on the wire.
   *
   * @throws UpstreamFailed, UpstreamTimedOut, SessionNotFound when the upstream forgot its session
   */
  send: (message: Message, options: SendOptions) => Promise<Reply>
  /** The legacy GET stream: messages that belong to no request. Always a `stream`, or MethodNotAllowed. */
  listen: (lastEventId: string | undefined, options: SendOptions) => Promise<Reply>
  /** Ends a legacy session (DELETE upstream, end of the process); nothing for the modern era. Never throws. */
  close: () => Promise<void>
}>

/** How an upstream is doing, for `/health/ready`, the terminal and `servers ls`. */
export type UpstreamHealth = Readonly<{
  state: 'unknown' | 'up' | 'down'
  /** The last failure in one sentence, without secrets; undefined while all is well. */
  problem: string | undefined
  eras: readonly Era[]
}>

/** A server behind the gateway. */
export type Upstream = Readonly<{
  name: string
  /** What kind of transport speaks to it, as in mcp_servers.yaml. */
  type: string
  /**
   * Part of the gateway itself: several servers as one. What it says as a whole needs no guard, for
   * each of the servers was guarded by itself, and what stands under our prefix is our own.
   */
  virtual?: true
  /** The eras it speaks, probed once and remembered for a while. @throws UpstreamFailed, UpstreamTimedOut */
  eras: (signal: AbortSignal) => Promise<readonly Era[]>
  /**
   * A new conversation; for the modern era always the same one. Opening may start a process. An era that
   * the server does not speak is bridged, or refused.
   *
   * @param owner the principal (`iss|sub`) whose share of the server it takes; undefined for the gateway's own errands
   * @throws EraUnsupported, UpstreamFailed, UpstreamTimedOut, Overloaded when that share is taken
   */
  open: (era: Era, signal: AbortSignal, owner?: string) => Promise<Conversation>
  health: () => UpstreamHealth
  /** Whoever holds sessions of others here ends them before the server goes. Never throws. */
  beforeClose?: (end: () => Promise<void>) => void
  /** Ends every conversation and process. Never throws. */
  close: () => Promise<void>
}>

/** The text of the JSON-RPC answer in a reply; reads a stream to its end, dropping what came before. */
export const finalAnswer = async (reply: Reply): Promise<string | undefined> => {
  if (reply.kind === 'single') return reply.text
  if (reply.kind === 'accepted') return undefined
  let last: string | undefined
  for await (const event of reply.events) {
    if (event.data !== '') last = event.data
  }
  return last
}

/**
 * A server inside this process, spoken to like a stdio server: JSON text in, JSON text out, one
 * connection per conversation.
 */
export type EmbeddedServer = Readonly<{
  connect: (deliver: (text: string) => void) => EmbeddedConnection
}>

export type EmbeddedConnection = Readonly<{ receive: (text: string) => void; close: () => void }>
