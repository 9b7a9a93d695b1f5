import type { Conversation, Reply, SendOptions } from '../core/conversation.ts'
import { InternalFault, InvalidParams, MethodNotFound, SessionNotFound } from '../core/errors.ts'
import { isObject, type JsonObject, type Message, resultText } from '../core/json-rpc.ts'
import { toOperation } from '../core/operation.ts'
import { LEGACY_VERSIONS, META, MODERN_VERSIONS } from '../core/protocol.ts'
import { parseLossless } from '../lib/lossless-json.ts'
import { askEach, degraded, type Told } from './ask-each.ts'
import { helloOf } from './hello.ts'
import { listen, listenByGet } from './listen.ts'
import { cursorOf, cursorsAfter, lifetimeOf, mergeListing, toPart } from './listing.ts'
import { labelOf } from './names.ts'
import { createRelay, explained } from './relay.ts'
import { openCursors, sealCursors } from './sealed.ts'
import { readId } from './server-ids.ts'
import { type Asking, declaredBy, permitted, type Setting } from './setting.ts'

/** Several servers as one conversation: items go to their server, the rest to each that it concerns. */
export const createFaceConversation = (setting: Setting): Conversation => {
  const { parts, directory, lines } = setting
  const { era } = lines
  const relay = createRelay(setting)

  /** Asks each server on which the operation is permitted, and keeps what its reader may see. */
  const each = (asking: Asking, ask: (server: string, options: SendOptions) => Promise<Reply>) => {
    const { message, options, principal } = asking
    const declared = declaredBy(setting, message)
    return askEach(
      permitted(setting, asking, (server) => toOperation(server, era, message)),
      async ({ server, operation, permit }, signal) => {
        const conversation = await lines.to(server, { ...options, signal, server })
        const reply = await ask(server, { ...options, signal, server })
        return parts.screen({ permit, operation, principal, reply, conversation, declared })
      },
      options.signal,
      parts.budget,
    )
  }
  const sendTo = async (server: string, message: Message, options: SendOptions) => {
    try {
      return await (await lines.to(server, options)).send(message, options)
    } catch (cause) {
      throw explained(setting, server, cause)
    }
  }

  const single = ({ message }: Asking, result: JsonObject): Reply => ({
    kind: 'single',
    text: resultText(message.idText ?? 'null', result),
  })
  /** MCP 2026-07-28: every result says what it is, and of whom. */
  const complete = (result: JsonObject, all: readonly Told[], lifetime: number): JsonObject => {
    const missing = degraded(all)
    const meta = {
      ...missing,
      ...(era === 'modern' && { [META.serverInfo]: parts.gateway }),
    }
    return {
      ...result,
      ...(era === 'modern' && { resultType: 'complete', ttlMs: lifetime, cacheScope: 'private' }),
      ...(Object.keys(meta).length > 0 && { _meta: meta }),
    }
  }

  const initialize = async (asking: Asking): Promise<Reply> => {
    const { message, face } = asking
    lines.introduce(message)
    const all = await each(asking, async (server, options) => ({
      kind: 'single',
      text: await lines.hello(server, options),
    }))
    const wanted = message.params?.protocolVersion
    const protocolVersion = LEGACY_VERSIONS.find((each) => each === wanted) ?? LEGACY_VERSIONS[0]
    const hello = helloOf(face, all)
    return single(
      asking,
      complete({ protocolVersion, ...hello, serverInfo: parts.gateway }, all, 0),
    )
  }

  const discover = async (asking: Asking): Promise<Reply> => {
    const { message, face } = asking
    const all = await each(asking, (server, options) => sendTo(server, message, options))
    const hello = { supportedVersions: MODERN_VERSIONS, ...helloOf(face, all) }
    return single(asking, complete(hello, all, lifetimeOf(all)))
  }

  const list = async (asking: Asking): Promise<Reply> => {
    const { message, owner, face } = asking
    const binding = { owner, face: face.name }
    const method = message.method ?? ''
    const cursor = cursorOf(message)
    const from = cursor === undefined ? undefined : openCursors(parts.seal, binding, method, cursor)
    if (cursor !== undefined && from === undefined) throw new InvalidParams('Invalid cursor')
    const rest = from && { ...face, members: face.members.filter(({ server }) => server in from) }
    const all = await each({ ...asking, face: rest ?? face }, (server, options) =>
      sendTo(server, toPart(message, from?.[server]), options),
    )
    const cursors = cursorsAfter(all)
    const nextCursor = cursors && sealCursors(parts.seal, binding, method, cursors)
    const page = {
      ...mergeListing(method, all, face, directory),
      ...(nextCursor && { nextCursor }),
    }
    return single(asking, complete(page, all, lifetimeOf(all)))
  }

  const setLevel = async (asking: Asking): Promise<Reply> => {
    lines.atOpening(asking.message)
    await each(asking, (server, options) => sendTo(server, asking.message, options))
    return single(asking, {})
  }

  const accepted: Reply = { kind: 'accepted' }
  /** Carries what a client says to the server it concerns, if that is one that it talks to. */
  const oneWay = async (
    { message, options, principal }: Pick<Asking, 'message' | 'options' | 'principal'>,
    servers: readonly string[],
  ) => {
    const known = lines.open().filter((server) => servers.includes(server))
    const allowed = known.filter((server) => parts.policy.mayUseServer(principal, server))
    await Promise.all(allowed.map((server) => sendTo(server, message, { ...options, server })))
    return accepted
  }
  const labelled = (label: string | undefined) =>
    lines.open().filter((server) => labelOf(server) === label)

  const progress = (asking: Asking) => {
    const token = readId(asking.message.params?.progressToken)
    const message = withParams(asking.message, { progressToken: token?.id })
    return oneWay({ ...asking, message }, labelled(token?.label))
  }

  const ACTS: Readonly<Record<string, (asking: Asking) => Promise<Reply>>> = {
    initialize,
    'server/discover': discover,
    ping: async (asking) => single(asking, {}),
    'logging/setLevel': setLevel,
    'tools/list': list,
    'prompts/list': list,
    'resources/list': list,
    'resources/templates/list': list,
    'subscriptions/listen': (asking) => listen(setting, asking),
    'notifications/initialized': async () => accepted,
    'notifications/cancelled': (asking) =>
      oneWay(asking, relay.serversOf(asking.message.params?.requestId)),
    'notifications/progress': progress,
    'notifications/roots/list_changed': (asking) => oneWay(asking, lines.open()),
  }

  /** The client's answer to a server's own request; its id says which server asked. */
  const respond = async (message: Message, options: SendOptions): Promise<Reply> => {
    const whole = parseLossless(message.text)
    const given = isObject(whole) ? readId(whole.id) : undefined
    const [server] = labelled(given?.label)
    if (given === undefined || server === undefined || !isObject(whole)) return accepted
    const { principal } = options
    const may = principal === undefined || parts.policy.mayUseServer(principal, server)
    if (!may) return accepted
    const text = JSON.stringify({ ...whole, id: given.id })
    const idText = JSON.stringify(given.id)
    return sendTo(server, { ...message, text, idText }, { ...options, server })
  }

  return {
    era,
    async send(message, options) {
      if (message.kind === 'response') return respond(message, options)
      const { principal, server, owner = '' } = options
      if (principal === undefined || server === undefined) {
        throw new InternalFault('A message to several servers from nobody')
      }
      const face = setting.face()
      const asking = { message, principal, owner, options, face }
      if (server !== face.name) return relay.send(server, asking)
      const method = message.method ?? ''
      const act = Object.hasOwn(ACTS, method) ? ACTS[method] : undefined
      if (act === undefined) throw new MethodNotFound(method, era)
      return act(asking)
    },
    async listen(lastEventId, options) {
      if (options.principal === undefined) throw new SessionNotFound('Session not found')
      return listenByGet(setting, { principal: options.principal, options, lastEventId })
    },
    close: lines.close,
  }
}

/** A message with some of its parameters exchanged. */
const withParams = (message: Message, changed: JsonObject): Message => {
  const whole = parseLossless(message.text)
  if (!isObject(whole)) return message
  const params = { ...(isObject(whole.params) ? whole.params : {}), ...changed }
  return { ...message, text: JSON.stringify({ ...whole, params }), params }
}
