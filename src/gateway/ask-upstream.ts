import { finalAnswer, type Upstream } from '../core/conversation.ts'
import { UpstreamFailed } from '../core/errors.ts'
import { buildRequest, isObject, type JsonObject } from '../core/json-rpc.ts'
import { META, MODERN_VERSIONS } from '../core/protocol.ts'
import { parseLossless } from '../lib/lossless-json.ts'

/** What the gateway says of itself where it is the client (MCP, `clientInfo`). */
export type ClientInfo = Readonly<{ name: string; version: string }>

/**
 * Asks an upstream one thing, for callers who speak no MCP themselves. Of the modern era, which needs no
 * session; where the server speaks the legacy era alone, the bridge keeps one for this principal.
 *
 * @param owner the principal on whose behalf, `iss|sub`
 * @returns the JSON-RPC answer, numbers lossless
 * @throws UpstreamFailed, UpstreamTimedOut
 */
export type AskUpstream = (
  upstream: Upstream,
  owner: string,
  method: string,
  params: JsonObject,
  signal: AbortSignal,
) => Promise<JsonObject>

export const createAskUpstream = (client: ClientInfo): AskUpstream => {
  const envelope = {
    [META.protocolVersion]: MODERN_VERSIONS[0],
    [META.clientCapabilities]: {},
    [META.clientInfo]: client,
  }
  let counter = 0
  return async (upstream, owner, method, params, signal) => {
    const conversation = await upstream.open('modern', signal)
    const message = buildRequest(++counter, method, { ...params, _meta: envelope })
    const reply = await conversation.send(message, { signal, headers: {}, owner })
    const text = await finalAnswer(reply)
    const answer = text === undefined ? undefined : parseLossless(text)
    if (!isObject(answer)) throw new UpstreamFailed('The server gave no answer')
    return answer
  }
}
