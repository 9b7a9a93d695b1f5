import type { Conversation, Reply, SendOptions } from '../core/conversation.ts'
import { InternalFault, MethodNotFound, SessionNotFound } from '../core/errors.ts'
import type { Message } from '../core/json-rpc.ts'
import { memberText } from '../lib/json-member.ts'
import { parseLossless } from '../lib/lossless-json.ts'
import { createFanOut, createSendTo } from './fan-out.ts'
import { listenByGet } from './listen-by-get.ts'
import { withParam } from './message.ts'
import { labelOf } from './names.ts'
import { relay } from './relay.ts'
import { readId, toServerAnswer } from './server-ids.ts'
import type { Asking, Setting } from './setting.ts'
import { createUnderWay } from './under-way.ts'
import { createWhole } from './whole.ts'

const ACCEPTED: Reply = { kind: 'accepted' }

/** Several servers as one conversation: items go to their server, the rest to each that it concerns. */
export const createFaceConversation = (setting: Setting): Conversation => {
  const { parts, lines } = setting
  const underWay = createUnderWay()
  const sendTo = createSendTo(setting)
  const whole = createWhole(setting, createFanOut(setting, underWay, sendTo), sendTo)

  /** Carries what a client says to the servers it concerns, of those that it talks to and may use. */
  const oneWay = async ({ message, options, principal }: Asking, servers: readonly string[]) => {
    const known = lines.open().filter((server) => servers.includes(server))
    const allowed = known.filter((server) => parts.policy.mayUseServer(principal, server))
    const said = allowed.map((server) => sendTo(server, message, { ...options, server }))
    // One that does not take it keeps it from none of the others.
    await Promise.allSettled(said)
    return ACCEPTED
  }
  const labelled = (label: string | undefined) =>
    lines.open().filter((server) => labelOf(server) === label)

  const notifications: Readonly<Record<string, (asking: Asking) => Promise<Reply>>> = {
    'notifications/initialized': async () => ACCEPTED,
    'notifications/cancelled': (asking) =>
      oneWay(asking, underWay.serversOf(asking.message.params?.requestId)),
    'notifications/roots/list_changed': (asking) => oneWay(asking, lines.open()),
    'notifications/progress': (asking) => {
      const token = readId(asking.message.params?.progressToken)
      if (token === undefined) return Promise.resolve(ACCEPTED)
      const message = withParam(asking.message, ['progressToken'], token.id)
      return oneWay({ ...asking, message }, labelled(token.label))
    },
  }
  const acts = { ...whole, ...notifications }

  /** The client's answer to a server's own request; its id says which server asked. */
  const respond = async (message: Message, options: SendOptions): Promise<Reply> => {
    const { principal } = options
    // What the gateway answers in the client's stead goes to the very server that asked.
    if (principal === undefined) return sendTo(options.server ?? '', message, options)
    const given = readId(parseLossless(memberText(message.text, ['id']) ?? 'null'))
    const [server] = labelled(given?.label)
    if (given === undefined || server === undefined) return ACCEPTED
    if (!parts.policy.mayUseServer(principal, server)) return ACCEPTED
    const answer = toServerAnswer(server, message, given.id)
    return sendTo(server, answer, { ...options, server })
  }

  const ask = async (message: Message, options: SendOptions): Promise<Reply> => {
    const { principal, server, owner = '' } = options
    if (principal === undefined || server === undefined) {
      throw new InternalFault('A message to several servers from nobody')
    }
    const face = setting.face()
    const asking = { message, principal, owner, options, face }
    if (server !== face.name) return relay(setting, underWay, server, asking)
    const method = message.method ?? ''
    const act = Object.hasOwn(acts, method) ? acts[method] : undefined
    if (act === undefined) throw new MethodNotFound(method, lines.era)
    return act(asking)
  }

  return {
    era: lines.era,
    send: async (message, options) =>
      message.kind === 'response' ? respond(message, options) : ask(message, options),
    async listen(lastEventId, options) {
      const { principal, owner = '' } = options
      if (principal === undefined) throw new SessionNotFound('Session not found')
      return listenByGet(setting, { principal, owner, options, lastEventId })
    },
    close: lines.close,
  }
}
