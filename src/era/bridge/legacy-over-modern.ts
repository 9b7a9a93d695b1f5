import type { Conversation, Upstream } from '../../core/conversation.ts'
import { UnsupportedVersion } from '../../core/errors.ts'
import { MODERN_VERSIONS } from '../../core/protocol.ts'
import type { BridgeOptions } from './options.ts'

/** One legacy session of a client, carried to a server of the modern era. */
export const createLegacyOverModern = (
  _upstream: Upstream,
  modern: Conversation,
  _options: BridgeOptions,
): Conversation => ({
  era: 'legacy',
  send: async (message) => {
    throw new UnsupportedVersion(String(message.params?.protocolVersion), MODERN_VERSIONS)
  },
  listen: modern.listen,
  close: async () => undefined,
})
