import { InvalidEnvelope, UnsupportedVersion } from '../core/errors.ts'
import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { isLogLevel, META, MODERN_VERSIONS } from '../core/protocol.ts'
import type { Dialect } from './dialect.ts'
import { CAPABILITIES, INSTRUCTIONS, type Method, SERVER_INFO, SHARED_METHODS } from './methods.ts'

/** Whether a request says by its own `_meta` that it belongs to the modern era. */
export const claimsModern = (params: JsonObject): boolean =>
  Object.hasOwn(envelopeOf(params), META.protocolVersion)

/** MCP 2026-07-28: no session, every request says all that is needed to answer it. */
export const modern: Dialect = {
  era: 'modern',
  methods: {
    ...SHARED_METHODS,
    'server/discover': () => ({
      supportedVersions: MODERN_VERSIONS,
      capabilities: CAPABILITIES,
      instructions: INSTRUCTIONS,
    }),
    'subscriptions/listen': (params, call) => listen(params, call),
  },
  check: (_method, params) => checkEnvelope(envelopeOf(params)),
  logLevel: (params) => {
    const level = envelopeOf(params)[META.logLevel]
    return isLogLevel(level) ? level : undefined
  },
  complete: (method, result) => ({
    ...result,
    resultType: 'complete',
    ...(Object.hasOwn(TIME_TO_LIVE, method) && {
      ttlMs: TIME_TO_LIVE[method],
      cacheScope: 'public',
    }),
    _meta: {
      ...(isObject(result._meta) ? result._meta : {}),
      [META.serverInfo]: SERVER_INFO,
    },
  }),
  codeOf: (_method, error) => error.rpcCode,
}

/** MCP 2026-07-28, caching: milliseconds. People can be deleted, everything else is constant. */
const TIME_TO_LIVE: Readonly<Record<string, number>> = {
  'server/discover': 300_000,
  'tools/list': 300_000,
  'prompts/list': 300_000,
  'resources/templates/list': 300_000,
  'resources/list': 0,
  'resources/read': 0,
}

const envelopeOf = (params: JsonObject): JsonObject => {
  const meta = params._meta
  return isObject(meta) ? meta : {}
}

const checkEnvelope = (envelope: JsonObject) => {
  const version = envelope[META.protocolVersion]
  if (typeof version !== 'string') {
    throw invalid(META.protocolVersion, 'expected a string (or send initialize first)')
  }
  if (!MODERN_VERSIONS.some((supported) => supported === version)) {
    throw new UnsupportedVersion(version, MODERN_VERSIONS)
  }
  if (!isObject(envelope[META.clientCapabilities])) {
    throw invalid(META.clientCapabilities, 'expected an object')
  }
  const level = envelope[META.logLevel]
  if (level !== undefined && !isLogLevel(level)) throw invalid(META.logLevel, 'unknown level')
}

const invalid = (key: string, problem: string) =>
  new InvalidEnvelope(`Invalid params._meta: ${key}: ${problem}`, {
    data: { envelope: { key, problem } },
  })

/** The kinds of change this server tells of; of these only the list of resources ever changes. */
const LISTENABLE = ['toolsListChanged', 'promptsListChanged', 'resourcesListChanged']

/** MCP 2026-07-28, subscriptions: acknowledges first, then tells until the client cancels. */
const listen: Method = (params, { id, world, signal, notify }) => {
  const wanted = params.notifications
  if (!isObject(wanted)) throw invalid('notifications', 'expected an object')
  const honoured = Object.fromEntries(
    LISTENABLE.filter((kind) => wanted[kind] === true).map((kind) => [kind, true]),
  )
  const _meta = { [META.subscriptionId]: id }
  notify('notifications/subscriptions/acknowledged', { notifications: honoured, _meta })
  return new Promise((resolve) => {
    const stop = honoured.resourcesListChanged
      ? world.directory.watch(() => notify('notifications/resources/list_changed', { _meta }))
      : () => {}
    signal.addEventListener('abort', () => {
      stop()
      resolve({ _meta })
    })
  })
}
