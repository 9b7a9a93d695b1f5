import { isObject } from '../core/json-rpc.ts'
import type { Parts } from './gateway.ts'

/** The action by which what a completion completes is used. */
const USED_BY: ReadonlyMap<unknown, string> = new Map([
  ['ref/prompt', 'get_prompt'],
  ['ref/resource', 'read_resource'],
])

/**
 * Decides operations; a completion is permitted when `complete` is, and when what it completes may be
 * used, since its values tell of that.
 */
export const createDecide =
  (decide: Parts['decide']): Parts['decide'] =>
  (principal, operation) => {
    const first = decide(principal, operation)
    if (operation.method !== 'completion/complete' || first.effect === 'deny') return first
    const ref = operation.message?.params?.ref
    const action = isObject(ref) ? USED_BY.get(ref.type) : undefined
    return action === undefined ? first : decide(principal, { ...operation, action })
  }
