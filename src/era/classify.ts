import {
  HeaderMismatch,
  InvalidEnvelope,
  MethodNotFound,
  UnsupportedVersion,
} from '../core/errors.ts'
import { isObject, type JsonObject, type Message } from '../core/json-rpc.ts'
import { type Era, LEGACY_VERSIONS, META, MODERN_VERSIONS, NAMED_BY } from '../core/protocol.ts'
import { decodeHeaderValue } from '../lib/header-value.ts'

/** The headers that say something about a message, undefined where absent. */
export type StandardHeaders = Readonly<{
  protocolVersion: string | undefined
  method: string | undefined
  name: string | undefined
}>

/**
 * Tells which era a POSTed message belongs to, and refuses a modern one whose headers and body
 * disagree. The body decides; headers are only cross-checked (MCP 2026-07-28, Streamable HTTP:
 * intermediaries that process the body must verify the headers against it).
 *
 * @throws InvalidEnvelope, HeaderMismatch, UnsupportedVersion, MethodNotFound
 */
export const classify = (message: Message, headers: StandardHeaders): Era => {
  const envelope = envelopeOf(message)
  const claimed = envelope !== undefined && Object.hasOwn(envelope, META.protocolVersion)
  const modernHeader = isModernVersion(headers.protocolVersion)
  if (
    message.kind === 'request' &&
    (claimed || (modernHeader && message.method !== 'initialize'))
  ) {
    checkModern(message, envelope, headers)
    return 'modern'
  }
  if (message.kind === 'notification' && modernHeader) return 'modern'
  checkLegacyVersion(headers.protocolVersion)
  return 'legacy'
}

/** Methods that a revision took away, although an older one had them (MCP 2026-07-28, changelog). */
const REMOVED: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
  'tasks/list',
  'tasks/result',
])

const isModernVersion = (version: string | undefined) =>
  version !== undefined && (MODERN_VERSIONS as readonly string[]).includes(version)

const envelopeOf = (message: Message): JsonObject | undefined => {
  const meta = message.params?._meta
  return isObject(meta) ? meta : undefined
}

const checkModern = (
  message: Message,
  envelope: JsonObject | undefined,
  headers: StandardHeaders,
): void => {
  const version = envelope?.[META.protocolVersion]
  if (typeof version !== 'string') {
    throw new InvalidEnvelope(`params._meta["${META.protocolVersion}"] is required`)
  }
  if (!isObject(envelope?.[META.clientCapabilities])) {
    throw new InvalidEnvelope(`params._meta["${META.clientCapabilities}"] is required`)
  }
  mustAgree('MCP-Protocol-Version', headers.protocolVersion, version)
  if (!isModernVersion(version)) throw new UnsupportedVersion(version, MODERN_VERSIONS)
  mustAgree('Mcp-Method', headers.method, message.method ?? '')
  const parameter = NAMED_BY.get(message.method ?? '')
  const named = parameter && message.params?.[parameter]
  if (typeof named === 'string') mustAgree('Mcp-Name', decodedName(headers.name), named)
  if (REMOVED.has(message.method ?? '')) throw new MethodNotFound(message.method ?? '', 'modern')
}

const decodedName = (value: string | undefined): string | undefined => {
  if (value === undefined) return undefined
  const decoded = decodeHeaderValue(value)
  if (decoded === undefined) throw new HeaderMismatch('Mcp-Name holds invalid base64')
  return decoded
}

const mustAgree = (header: string, value: string | undefined, body: string): void => {
  if (value === undefined) throw new HeaderMismatch(`The ${header} header is missing`)
  if (value !== body) {
    throw new HeaderMismatch(`The ${header} header and the body disagree`, {
      data: { mismatch: { header: value, body } },
    })
  }
}

const checkLegacyVersion = (version: string | undefined): void => {
  if (version === undefined || isModernVersion(version)) return
  if ((LEGACY_VERSIONS as readonly string[]).includes(version)) return
  throw new UnsupportedVersion(version, [...MODERN_VERSIONS, ...LEGACY_VERSIONS])
}
