import { type Conversation, finalAnswer, type Reply } from '../core/conversation.ts'
import { UpstreamFailed } from '../core/errors.ts'
import { buildRequest, type JsonObject, type Message } from '../core/json-rpc.ts'
import { type Era, LEGACY_VERSIONS, META, MODERN_VERSIONS, RPC } from '../core/protocol.ts'
import { NotAnAnswer } from './faults.ts'
import { readServerMessage, valueAt } from './server-message.ts'

const CLIENT = { name: 'datacline', version: '1' }

/** What is asked to learn whether a server is modern (MCP 2026-07-28, `server/discover`). */
const discover = (): Message =>
  buildRequest('datacline-probe', 'server/discover', {
    _meta: {
      [META.protocolVersion]: MODERN_VERSIONS[0],
      [META.clientCapabilities]: {},
      [META.clientInfo]: CLIENT,
    },
  })

/** What is asked to learn whether it is legacy; the session it may open is thrown away. */
const initialize = (): Message =>
  buildRequest('datacline-probe', 'initialize', {
    protocolVersion: LEGACY_VERSIONS[0],
    capabilities: {},
    clientInfo: CLIENT,
  })

const isModernAnswer = (answer: JsonObject): boolean => {
  const supported = valueAt(answer, ['result', 'supportedVersions'])
  if (valueAt(answer, ['error', 'code']) === RPC.unsupportedVersion) return true
  return Array.isArray(supported) && MODERN_VERSIONS.some((version) => supported.includes(version))
}
const isLegacyAnswer = (answer: JsonObject): boolean =>
  typeof valueAt(answer, ['result', 'protocolVersion']) === 'string'

const QUESTIONS = {
  modern: { message: discover, speaks: isModernAnswer },
  legacy: { message: initialize, speaks: isLegacyAnswer },
} as const

/** HTTP statuses that say nothing about the era: the server could not or would not look at the request. */
const saysNothing = (status: number | undefined) =>
  status !== undefined && (status >= 500 || [401, 403, 407, 408, 429].includes(status))

const answered = (cause: unknown): NotAnAnswer | undefined => {
  const reason = cause instanceof UpstreamFailed ? cause.cause : undefined
  return reason instanceof NotAnAnswer ? reason : undefined
}

/**
 * Whether a failure says that the server does not speak like this, and not merely that it is unwell or
 * elsewhere.
 */
export const speaksOtherwise = (cause: unknown): boolean => {
  const reason = answered(cause)
  return reason !== undefined && !saysNothing(reason.status) && !isRedirect(reason.status)
}

/** Whether a failure is a redirect: about a POST it says that the URL is wrong, about a GET nothing. */
export const redirects = (cause: unknown): boolean => isRedirect(answered(cause)?.status)

const isRedirect = (status = 0) => status >= 300 && status < 400

/**
 * Whether a server speaks an era: it is asked in a conversation of its own, which is closed again.
 *
 * @throws UpstreamFailed, UpstreamTimedOut when what came back is no evidence
 */
export const speaksEra = async (
  era: Era,
  conversation: Conversation,
  signal: AbortSignal,
): Promise<boolean> => {
  const { message, speaks } = QUESTIONS[era]
  try {
    const text = await finalAnswer(await conversation.send(message(), { signal, headers: {} }))
    const answer = readServerMessage(text ?? '')?.value
    return answer !== undefined && speaks(answer)
  } catch (cause) {
    if (speaksOtherwise(cause)) return false
    throw cause
  } finally {
    // Nobody waits until a process has ended.
    void conversation.close()
  }
}

const OPENING: readonly unknown[] = ['initialize', 'server/discover']
/** Errors are short; nothing longer is searched. */
const MAX_ERROR = 4096
/** MCP 2026-07-28, error codes: modern servers give no such code; legacy ones say with it "initialize first". */
const NOT_INITIALIZED = -32000
/** The codes that speak against an era, whatever was asked. */
const AGAINST: Record<Era, readonly unknown[]> = {
  modern: [RPC.unsupportedVersion, NOT_INITIALIZED],
  legacy: [RPC.unsupportedVersion],
}

/** Whether an answer says that the server does not speak this era, or not any more. */
export const contradicts = (era: Era, { method }: Message, reply: Reply): boolean => {
  if (reply.kind !== 'single' || reply.text.length > MAX_ERROR) return false
  const opens = OPENING.includes(method)
  if (!opens && !AGAINST[era].some((code) => reply.text.includes(String(code)))) return false
  const code = valueAt(readServerMessage(reply.text)?.value, ['error', 'code'])
  return AGAINST[era].includes(code) || (opens && code !== undefined)
}

/** The era of a pinned `protocol_version`. Revisions are dates, so that they compare as text. */
export const eraOfVersion = (version: string): Era =>
  version >= MODERN_VERSIONS[0] ? 'modern' : 'legacy'
