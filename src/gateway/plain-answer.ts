import type { Reply, Upstream } from '../core/conversation.ts'
import { UpstreamFailed } from '../core/errors.ts'
import { isObject, type JsonObject, resultText } from '../core/json-rpc.ts'
import { methodRow, type Operation } from '../core/operation.ts'
import { INFO_META } from '../core/protocol.ts'
import type { AskUpstream } from './ask-upstream.ts'
import { assertKnownItem } from './unknown-item.ts'

/**
 * What a caller who speaks no MCP gets: one answer in plain, and whole lists instead of pages.
 *
 * @throws ItemNotFound, UpstreamFailed, UpstreamTimedOut
 */
export const plainAnswer = async (
  askUpstream: AskUpstream,
  upstream: Upstream,
  operation: Operation,
  owner: string,
  signal: AbortSignal,
): Promise<Reply> => {
  const ask = (method: string, params: JsonObject) =>
    askUpstream(upstream, owner, method, params, signal)
  const whole = (method: string) => {
    const member = methodRow(method)?.listing?.member
    return member === undefined ? undefined : everyPage((page) => ask(method, page), member)
  }
  const { method } = operation
  if (method === 'datacline/server-info') {
    const known = { name: upstream.name, type: upstream.type, eras: await upstream.eras(signal) }
    const told = description(await ask('server/discover', {}))
    return { kind: 'single', text: resultText('0', { ...known, ...told }) }
  }
  const answer = await (whole(method) ?? ask(method, operation.message?.params ?? {}))
  await assertKnownItem(operation, answer, async (listed) => (await whole(listed)) ?? {})
  return { kind: 'single', text: JSON.stringify(answer) }
}

/** A server of the original's REST dialect has a description of its own, as it said it. */
const description = ({ result }: JsonObject): JsonObject => {
  if (!isObject(result)) throw new UpstreamFailed('The server does not describe itself')
  const told = isObject(result._meta) ? result._meta[INFO_META] : undefined
  return isObject(told) ? told : result
}

/**
 * Follows `nextCursor` to the end (MCP, pagination).
 *
 * @throws UpstreamFailed for a list that never ends
 */
export const everyPage = async (
  ask: (params: JsonObject) => Promise<JsonObject>,
  member: string,
): Promise<JsonObject> => {
  const entries: unknown[] = []
  let params: JsonObject = {}
  for (let page = 0; page < 1_000; page++) {
    const answer = await ask(params)
    if (!isObject(answer.result)) return answer
    const found = answer.result[member]
    if (Array.isArray(found)) entries.push(...found)
    const cursor = answer.result.nextCursor
    if (typeof cursor !== 'string') {
      const { nextCursor: _end, ...result } = answer.result
      return { ...answer, result: { ...result, [member]: entries } }
    }
    params = { cursor }
  }
  throw new UpstreamFailed('The listing does not end')
}
