import { InvalidEnvelope, InvalidParams, ItemNotFound } from '../core/errors.ts'
import { isLogLevel, LEGACY_VERSIONS, type LogLevel, META, RPC } from '../core/protocol.ts'
import type { Dialect } from './dialect.ts'
import { CAPABILITIES, INSTRUCTIONS, SERVER_INFO, SHARED_METHODS } from './methods.ts'

/** What a client may send before `initialize`. */
const ALWAYS = ['initialize', 'ping']

/** MCP 2024-11-05 to 2025-11-25, for one connection: it remembers `initialize` and the log level. */
export const createLegacy = (): Dialect => {
  let initialized = false
  let level: LogLevel = 'warning'
  return {
    era: 'legacy',
    methods: {
      ...SHARED_METHODS,
      initialize: (params) => {
        const requested = params.protocolVersion
        if (typeof requested !== 'string') {
          throw new InvalidParams('initialize needs a protocolVersion of type string')
        }
        initialized = true
        return {
          protocolVersion: negotiated(requested),
          capabilities: CAPABILITIES,
          serverInfo: SERVER_INFO,
          instructions: INSTRUCTIONS,
        }
      },
      ping: () => ({}),
      'logging/setLevel': (params) => {
        if (!isLogLevel(params.level)) throw new InvalidParams('Unknown log level')
        level = params.level
        return {}
      },
    },
    check: (method) => {
      if (initialized || ALWAYS.includes(method)) return
      throw new InvalidEnvelope(
        `Send initialize first, or name the version in params._meta["${META.protocolVersion}"]`,
        { data: { envelope: { key: META.protocolVersion, problem: 'missing' } } },
      )
    },
    logLevel: () => level,
    complete: (_method, result) => result,
    codeOf: (method, error) =>
      method === 'resources/read' && error instanceof ItemNotFound
        ? RPC.resourceNotFound
        : error.rpcCode,
  }
}

/** MCP 2025-11-25, lifecycle: the version asked for if we speak it, else our latest. */
const negotiated = (requested: string): string =>
  LEGACY_VERSIONS.find((version) => version === requested) ?? LEGACY_VERSIONS[0]
