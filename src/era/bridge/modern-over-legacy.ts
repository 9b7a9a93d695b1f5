import type { Conversation, Upstream } from '../../core/conversation.ts'
import { EraUnsupported } from '../../core/errors.ts'
import { MODERN_VERSIONS } from '../../core/protocol.ts'
import type { BridgeOptions } from './options.ts'

/** The modern era of a legacy server: sessions and parked calls per principal behind it. */
export const createModernOverLegacy = (
  upstream: Upstream,
  _options: BridgeOptions,
): Conversation => {
  const refuse = async () => {
    throw new EraUnsupported(`${upstream.name} does not speak ${MODERN_VERSIONS[0]}; initialize`)
  }
  return { era: 'modern', send: refuse, listen: refuse, close: async () => undefined }
}
