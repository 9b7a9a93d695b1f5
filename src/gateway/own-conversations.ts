import type { Conversation, Upstream } from '../core/conversation.ts'
import { finalAnswer } from '../core/conversation.ts'
import { SessionNotFound, UpstreamFailed } from '../core/errors.ts'
import { buildNotification, buildRequest, isObject, type JsonObject } from '../core/json-rpc.ts'
import { type Era, LEGACY_VERSIONS, META, MODERN_VERSIONS } from '../core/protocol.ts'
import { parseLossless } from '../lib/lossless-json.ts'

/** What the gateway says of itself where it is the client (MCP, `clientInfo`). */
export type ClientInfo = Readonly<{ name: string; version: string }>

/** Asks an upstream in the gateway's own name, for callers who speak no MCP themselves. */
export type OwnConversations = Readonly<{
  /**
   * Sends one request in an era that the upstream speaks, modern first.
   *
   * @returns the JSON-RPC answer, numbers lossless
   * @throws UpstreamFailed, UpstreamTimedOut
   */
  ask: (
    upstream: Upstream,
    owner: string,
    method: string,
    params: JsonObject,
    signal: AbortSignal,
  ) => Promise<JsonObject>
  /** What the server says of itself. @throws UpstreamFailed, UpstreamTimedOut */
  describe: (upstream: Upstream, owner: string, signal: AbortSignal) => Promise<JsonObject>
  /** Ends what nobody used for the idle time. */
  sweep: () => void
  close: () => Promise<void>
}>

type Own = Readonly<{ conversation: Conversation; description: JsonObject }>

/**
 * One legacy conversation per principal and server, since what a legacy server remembers of one caller
 * is none of another's business; the modern era needs none.
 *
 * @param idleTime milliseconds
 */
export const createOwnConversations = (settings: {
  client: ClientInfo
  now: () => number
  idleTime: number
}): OwnConversations => {
  const { client, now, idleTime } = settings
  const held = new Map<string, { upstream: Upstream; own: Promise<Own>; usedAt: number }>()
  let counter = 0

  const request = async (
    conversation: Conversation,
    method: string,
    params: JsonObject,
    signal: AbortSignal,
  ): Promise<JsonObject> => {
    const message = buildRequest(++counter, method, params)
    const text = await finalAnswer(await conversation.send(message, { signal, headers: {} }))
    const answer = text === undefined ? undefined : parseLossless(text)
    if (!isObject(answer)) throw new UpstreamFailed('The server gave no answer')
    return answer
  }

  const initialize = async (upstream: Upstream, signal: AbortSignal): Promise<Own> => {
    const conversation = await upstream.open('legacy', signal)
    try {
      const answer = await request(
        conversation,
        'initialize',
        { protocolVersion: LEGACY_VERSIONS[0], capabilities: {}, clientInfo: client },
        signal,
      )
      if (!isObject(answer.result)) throw new UpstreamFailed('The server refused to initialize')
      const initialized = buildNotification('notifications/initialized')
      await conversation.send(initialized, { signal, headers: {} })
      return { conversation, description: answer.result }
    } catch (cause) {
      await conversation.close()
      throw cause
    }
  }

  const legacy = (upstream: Upstream, owner: string): Promise<Own> => {
    const key = `${upstream.name} ${owner}`
    const entry = held.get(key)
    if (entry?.upstream === upstream) {
      entry.usedAt = now()
      return entry.own
    }
    // The first caller's departure must not break the conversation that the next one waits for.
    const own = initialize(upstream, AbortSignal.timeout(60_000))
    held.set(key, { upstream, own, usedAt: now() })
    own.catch(() => held.delete(key))
    return own
  }

  const forget = async (upstream: Upstream, owner: string) => {
    const key = `${upstream.name} ${owner}`
    const entry = held.get(key)
    held.delete(key)
    const own = await entry?.own.catch(() => undefined)
    await own?.conversation.close()
  }

  const askModern = async (
    upstream: Upstream,
    method: string,
    params: JsonObject,
    signal: AbortSignal,
  ) => {
    const conversation = await upstream.open('modern', signal)
    const envelope = {
      [META.protocolVersion]: MODERN_VERSIONS[0],
      [META.clientCapabilities]: {},
      [META.clientInfo]: client,
    }
    return request(conversation, method, { ...params, _meta: envelope }, signal)
  }

  const askLegacy = async (
    upstream: Upstream,
    owner: string,
    method: string,
    params: JsonObject,
    signal: AbortSignal,
  ) => {
    const { conversation } = await legacy(upstream, owner)
    try {
      return await request(conversation, method, params, signal)
    } catch (cause) {
      // The server forgot us before it did anything: one new session, and never a second attempt.
      if (!(cause instanceof SessionNotFound)) throw cause
      await forget(upstream, owner)
      const again = await legacy(upstream, owner)
      return request(again.conversation, method, params, signal)
    }
  }

  const eraOf = async (upstream: Upstream, signal: AbortSignal): Promise<Era> =>
    (await upstream.eras(signal)).includes('modern') ? 'modern' : 'legacy'

  return {
    async ask(upstream, owner, method, params, signal) {
      return (await eraOf(upstream, signal)) === 'modern'
        ? askModern(upstream, method, params, signal)
        : askLegacy(upstream, owner, method, params, signal)
    },
    async describe(upstream, owner, signal) {
      if ((await eraOf(upstream, signal)) === 'legacy') {
        return (await legacy(upstream, owner)).description
      }
      const { result } = await askModern(upstream, 'server/discover', {}, signal)
      if (!isObject(result)) throw new UpstreamFailed('The server refused to describe itself')
      return result
    },
    sweep() {
      const oldest = now() - idleTime
      for (const [key, { own, usedAt }] of held) {
        if (usedAt >= oldest) continue
        held.delete(key)
        own.then(({ conversation }) => conversation.close()).catch(() => {})
      }
    },
    async close() {
      const all = [...held.values()]
      held.clear()
      await Promise.all(
        all.map(({ own }) => own.then(({ conversation }) => conversation.close()).catch(() => {})),
      )
    },
  }
}
