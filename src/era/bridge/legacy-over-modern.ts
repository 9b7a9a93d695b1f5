import type { Conversation, Reply, SendOptions, Upstream } from '../../core/conversation.ts'
import {
  buildRequest,
  isObject,
  type JsonObject,
  type Message,
  resultText,
} from '../../core/json-rpc.ts'
import { isLogLevel, LIST_CHANGES } from '../../core/protocol.ts'
import { type ClientWord, toModernParams } from '../translate/envelope.ts'
import { toInitializeResult } from '../translate/initialize-result.ts'
import {
  givenErrorText,
  invalidParams,
  losslessParams,
  methodNotFound,
  single,
} from './legacy-over-modern/answers.ts'
import { createCalls } from './legacy-over-modern/calls.ts'
import { createChangeFeed } from './legacy-over-modern/change-feed.ts'
import { createClientRequests } from './legacy-over-modern/client-requests.ts'
import { askModern } from './legacy-over-modern/leg.ts'
import {
  LEGACY_OVER_MODERN_LIMITS,
  type LegacyOverModernLimits,
} from './legacy-over-modern/limits.ts'
import { createOutbox } from './legacy-over-modern/outbox.ts'
import type { BridgeOptions } from './options.ts'

type Answer = (message: Message, idText: string, options: SendOptions) => Reply | Promise<Reply>

/**
 * One legacy session of a client (MCP 2025-11-25 and older), carried to a server of the modern era,
 * which has no sessions: all that a session is, is kept here.
 */
export const createLegacyOverModern = (
  { name: server }: Upstream,
  modern: Conversation,
  { now, newId, gateway }: BridgeOptions,
  limits: LegacyOverModernLimits = LEGACY_OVER_MODERN_LIMITS,
): Conversation => {
  let word: ClientWord = { capabilities: {}, clientInfo: undefined, logLevel: undefined }
  /** On whose behalf the session itself speaks to the server. */
  let behalf: Omit<SendOptions, 'signal' | 'headers'> = {}
  let offered: JsonObject = {}

  const requests = createClientRequests(newId, limits.answer)
  const calls = createCalls({ server, modern, requests, newId, limits })
  const outbox = createOutbox(limits.backlog)
  const feed = createChangeFeed({
    server,
    now,
    lists: () => announcedLists(offered),
    listen: (notifications, signal) => {
      const params = toModernParams('subscriptions/listen', { notifications }, word)
      const message = buildRequest(newId(), 'subscriptions/listen', params)
      return modern.send(message, { ...behalf, signal, headers: {} })
    },
    deliver: outbox.deliver,
    limits,
  })

  /** Whether the server offers what a method needs; without it, a legacy server knows no such method. */
  const offers = (part: string, member?: string): boolean => {
    const found = offered[part]
    return isObject(found) && (member === undefined || found[member] === true)
  }

  const initialize: Answer = async (message, idText, options) => {
    const { capabilities, clientInfo, protocolVersion } = losslessParams(message)
    const { signal: _signal, headers: _headers, ...whose } = options
    behalf = whose
    word = { ...word, capabilities: isObject(capabilities) ? capabilities : {}, clientInfo }
    const params = toModernParams('server/discover', {}, word)
    const request = buildRequest(newId(), 'server/discover', params)
    const answer = await askModern(server, modern, request, options, () => undefined)
    if ('error' in answer) return single(givenErrorText(idText, answer.error))
    const result = toInitializeResult(answer.result, protocolVersion, gateway)
    offered = isObject(result.capabilities) ? result.capabilities : {}
    return single(resultText(idText, result))
  }
  const setLogLevel: Answer = (message, idText) => {
    if (!offers('logging')) return methodNotFound(idText)
    const level = message.params?.level
    if (!isLogLevel(level)) return invalidParams(idText, 'level must be the name of a log level')
    word = { ...word, logLevel: level }
    return single(resultText(idText, {}))
  }
  const changing =
    (change: (uri: string) => Promise<void>): Answer =>
    async (message, idText) => {
      if (!offers('resources', 'subscribe')) return methodNotFound(idText)
      const uri = message.params?.uri
      if (typeof uri !== 'string') return invalidParams(idText, 'uri must be a string')
      await change(uri)
      return single(resultText(idText, {}))
    }
  const carry: Answer = (message, idText, options) => calls.carry(message, idText, word, options)
  const notCarried: Answer = ({ method }, idText) =>
    methodNotFound(idText, `${method}: server ${server} has no tasks of MCP 2025-11-25`)
  /** These names mean something to the tasks extension too. */
  const task: Answer = (message, idText, options) =>
    (declaresTasks(word.capabilities) ? carry : notCarried)(message, idText, options)
  const unknown: Answer = (_message, idText) => methodNotFound(idText)

  const answers: ReadonlyMap<string, Answer> = new Map([
    ['initialize', initialize],
    ['ping', (_message, idText) => single(resultText(idText, {}))],
    ['logging/setLevel', setLogLevel],
    ['resources/subscribe', changing(feed.subscribe)],
    ['resources/unsubscribe', changing(feed.unsubscribe)],
    ['tasks/get', task],
    ['tasks/cancel', task],
    ['tasks/list', notCarried],
    ['tasks/result', notCarried],
    // Of the modern era: a legacy client has other ways.
    ['server/discover', unknown],
    ['subscriptions/listen', unknown],
  ])

  const takeNotification = (message: Message, options: SendOptions): Reply | Promise<Reply> => {
    const { method = '' } = message
    if (!OF_SESSIONS.has(method)) return modern.send(message, options)
    if (method === 'notifications/cancelled') {
      calls.cancel(JSON.stringify(losslessParams(message).requestId ?? null))
    }
    return { kind: 'accepted' }
  }

  return {
    era: 'legacy',
    send: async (message, options) => {
      if (message.kind === 'notification') return takeNotification(message, options)
      if (message.kind === 'response') {
        requests.answer(message.text)
        return { kind: 'accepted' }
      }
      const answer = answers.get(message.method ?? '') ?? carry
      return answer(message, message.idText ?? '', options)
    },
    listen: async () => {
      feed.hearLists()
      return { kind: 'stream', events: outbox.open() }
    },
    close: async () => {
      calls.close()
      feed.close()
      outbox.close()
    },
  }
}

/** What a client tells of a session that a modern server knows nothing of. */
const OF_SESSIONS: ReadonlySet<string> = new Set([
  'notifications/initialized',
  'notifications/cancelled',
  'notifications/progress',
  'notifications/roots/list_changed',
])

/** The filter of `subscriptions/listen` for all the lists whose changes the server announces. */
const announcedLists = (offered: JsonObject): JsonObject => {
  const announces = (part: unknown) => isObject(part) && part.listChanged === true
  return Object.fromEntries(
    LIST_CHANGES.filter(({ capability }) => announces(offered[capability])).map(({ flag }) => [
      flag,
      true,
    ]),
  )
}

const declaresTasks = ({ extensions }: JsonObject): boolean =>
  isObject(extensions) && extensions['io.modelcontextprotocol/tasks'] !== undefined
