import type { EmbeddedConnection } from '../core/conversation.ts'
import {
  asGatewayError,
  type GatewayError,
  MalformedJson,
  MalformedRequest,
  MethodNotFound,
} from '../core/errors.ts'
import {
  buildNotification,
  errorText,
  isObject,
  type JsonObject,
  type Message,
  resultText,
  toMessage,
} from '../core/json-rpc.ts'
import { LOG_LEVELS } from '../core/protocol.ts'
import type { Dialect } from './dialect.ts'
import { createLegacy } from './legacy.ts'
import { claimsModern, modern } from './modern.ts'
import type { Call, World } from './tool.ts'

/** One client of the demo server: JSON-RPC text in and out, as over stdio but without lines. */
export const openConnection = (
  world: World,
  deliver: (text: string) => void,
): EmbeddedConnection => {
  const legacy = createLegacy()
  const underWay = new Map<string, AbortController>()
  let stopWatching: (() => void) | undefined
  const notify = (method: string, params?: JsonObject) =>
    deliver(buildNotification(method, params).text)

  const answer = async (method: string, params: JsonObject, idText: string) => {
    if (underWay.has(idText)) {
      const twice = new MalformedRequest(`The id ${idText} is already in use`)
      return deliver(refusalText(idText, twice))
    }
    const controller = new AbortController()
    underWay.set(idText, controller)
    const dialect = claimsModern(params) ? modern : legacy
    const call = toCall(dialect, params, idText, { world, signal: controller.signal, notify })
    const text = await answerText(dialect, method, params, idText, call)
    underWay.delete(idText)
    // MCP, cancellation: a request that was cancelled is not answered.
    if (!controller.signal.aborted) deliver(text)
  }

  const listeners: Readonly<Record<string, (params: JsonObject) => void>> = {
    'notifications/initialized': () => {
      stopWatching ??= world.directory.watch(() => notify('notifications/resources/list_changed'))
    },
    'notifications/cancelled': (params) => {
      underWay.get(JSON.stringify(params.requestId))?.abort()
    },
  }

  return {
    receive: (text) => {
      const read = readMessage(text)
      if ('refusal' in read) return deliver(read.refusal)
      const { kind, method = '', params = {}, idText } = read.message
      // This server asks nothing, so a response is nobody's.
      if (kind === 'request' && idText !== undefined) void answer(method, params, idText)
      if (kind === 'notification' && Object.hasOwn(listeners, method)) listeners[method]?.(params)
    },
    close: () => {
      stopWatching?.()
      for (const controller of underWay.values()) controller.abort()
    },
  }
}

/** The message, or the refusal to send back; with the id when that much can be read. */
const readMessage = (text: string): { message: Message } | { refusal: string } => {
  let idText: string | undefined
  try {
    const value = parseJson(text)
    const id = isObject(value) ? value.id : undefined
    if (typeof id === 'string' || typeof id === 'number') idText = JSON.stringify(id)
    return { message: toMessage(text, value, idText) }
  } catch (cause) {
    return { refusal: refusalText(idText, cause) }
  }
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new MalformedJson('Not JSON', { cause })
  }
}

const toCall = (
  dialect: Dialect,
  params: JsonObject,
  idText: string,
  { world, signal, notify }: Pick<Call, 'world' | 'signal' | 'notify'>,
): Call => {
  const meta = params._meta
  const progressToken = isObject(meta) ? meta.progressToken : undefined
  const wanted = dialect.logLevel(params)
  const unlessCancelled: Call['notify'] = (method, sent) => {
    if (!signal.aborted) notify(method, sent)
  }
  return {
    id: JSON.parse(idText),
    world,
    signal,
    notify: unlessCancelled,
    progress: (progress, total, message) => {
      if (progressToken === undefined) return
      unlessCancelled('notifications/progress', { progressToken, progress, total, message })
    },
    log: (level, data) => {
      if (wanted === undefined || LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(wanted)) return
      unlessCancelled('notifications/message', { level, logger: 'demo', data })
    },
  }
}

const answerText = async (
  dialect: Dialect,
  method: string,
  params: JsonObject,
  idText: string,
  call: Call,
): Promise<string> => {
  try {
    dialect.check(method, params)
    const run = Object.hasOwn(dialect.methods, method) ? dialect.methods[method] : undefined
    if (run === undefined) throw new MethodNotFound(method, dialect.era)
    return resultText(idText, dialect.complete(method, await run(params, call)))
  } catch (cause) {
    return refusalText(idText, cause, (error) => dialect.codeOf(method, error))
  }
}

const refusalText = (
  idText: string | undefined,
  cause: unknown,
  codeOf = (error: GatewayError): number => error.rpcCode,
): string => {
  const error = asGatewayError(cause)
  return errorText(idText, {
    code: codeOf(error),
    message: error.message,
    ...(error.data && { data: error.data }),
  })
}
