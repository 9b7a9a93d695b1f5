import type { Upstream } from '../core/conversation.ts'
import { createLegacyOverModern } from './bridge/legacy-over-modern.ts'
import { createModernOverLegacy } from './bridge/modern-over-legacy.ts'
import type { BridgeOptions } from './bridge/options.ts'

/**
 * Gives every upstream both eras: a conversation in one that the server speaks goes straight through,
 * one in the other is translated (MCP 2026-07-28 ⇄ 2025-11-25 and older).
 */
export const createBridge = (options: BridgeOptions): ((upstream: Upstream) => Upstream) => {
  const bridged = new WeakMap<Upstream, Upstream>()
  const build = (upstream: Upstream): Upstream => {
    const modernOverLegacy = createModernOverLegacy(upstream, options)
    upstream.beforeClose?.(modernOverLegacy.end)
    return {
      ...upstream,
      async open(era, signal, owner) {
        const spoken = await upstream.eras(signal)
        if (spoken.includes(era)) return upstream.open(era, signal, owner)
        if (era === 'modern') return modernOverLegacy
        return createLegacyOverModern(upstream, await upstream.open('modern', signal), options)
      },
    }
  }
  return (upstream) => {
    const known = bridged.get(upstream)
    if (known !== undefined) return known
    const built = build(upstream)
    bridged.set(upstream, built)
    return built
  }
}
