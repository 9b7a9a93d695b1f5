import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { parseLossless } from '../lib/lossless-json.ts'
import { privately } from './privately.ts'
import type { View } from './visibility.ts'

/** What must be permitted, any of it, for a capability to be worth anything. */
const NEEDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['tools', ['tools/list']],
  ['tasks', ['tools/list']],
  ['resources', ['resources/list']],
  ['prompts', ['prompts/list']],
  ['completions', ['prompts/list', 'resources/list']],
  ['logging', ['logging/setLevel']],
])

/**
 * What a server says of itself (`initialize`, `server/discover`) without the capabilities of which this
 * reader may use nothing, and private to this reader.
 */
export const trimCapabilities = (text: string, view: View): string => {
  const message = parseLossless(text)
  if (!isObject(message) || !isObject(message.result)) return text
  const { capabilities, cacheScope } = message.result
  const reachable = isObject(capabilities) ? reachableOf(capabilities, view) : undefined
  if (reachable === undefined && cacheScope !== 'public') return text
  const result = {
    ...message.result,
    ...(reachable && { capabilities: reachable }),
    ...privately(message.result),
  }
  return JSON.stringify({ ...message, result })
}

/** Undefined when nothing has to go. */
const reachableOf = (capabilities: JsonObject, view: View): JsonObject | undefined => {
  const all = Object.entries(capabilities)
  const kept = all.filter(([name]) => NEEDS.get(name)?.some(view.permits) ?? true)
  return kept.length === all.length ? undefined : Object.fromEntries(kept)
}
