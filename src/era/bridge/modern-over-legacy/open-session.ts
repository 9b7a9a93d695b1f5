import type { Conversation, Upstream } from '../../../core/conversation.ts'
import { UpstreamFailed } from '../../../core/errors.ts'
import { buildRequest, isObject, type JsonObject } from '../../../core/json-rpc.ts'
import { LEGACY_VERSIONS } from '../../../core/protocol.ts'
import { readAnswer } from './read-answer.ts'

export type Opened = Readonly<{
  conversation: Conversation
  /** The result of `initialize`, numbers lossless. */
  description: JsonObject
}>

/**
 * Opens a session with exactly these capabilities: what a server may ask is what its client can answer.
 *
 * @throws UpstreamFailed, UpstreamTimedOut
 */
export const openConversation = async (
  upstream: Upstream,
  capabilities: JsonObject,
  clientInfo: JsonObject,
  signal: AbortSignal,
  owner?: string,
): Promise<Opened> => {
  const conversation = await upstream.open('legacy', signal, owner)
  try {
    const params = { protocolVersion: LEGACY_VERSIONS[0], capabilities, clientInfo }
    const reply = await conversation.send(buildRequest(0, 'initialize', params), {
      signal,
      headers: {},
    })
    const answer = await readAnswer(reply, {
      number: 0,
      take: () => undefined,
      resume: (lastEventId) => conversation.listen(lastEventId, { signal, headers: {} }),
      signal,
    })
    return { conversation, description: checked(upstream.name, answer?.value) }
  } catch (cause) {
    await conversation.close()
    throw cause
  }
}

const checked = (server: string, answer: JsonObject | undefined): JsonObject => {
  const result = answer?.result
  if (!isObject(result)) throw new UpstreamFailed(`Server ${server} refused to initialize`)
  const known: readonly unknown[] = LEGACY_VERSIONS
  if (!known.includes(result.protocolVersion)) {
    throw new UpstreamFailed(`Server ${server} chose a revision of MCP that nobody asked for`)
  }
  return result
}
