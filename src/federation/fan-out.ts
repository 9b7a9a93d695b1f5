import { finalAnswer, type Reply, type SendOptions } from '../core/conversation.ts'
import { buildNotification, type Message } from '../core/json-rpc.ts'
import { toOperation } from '../core/operation.ts'
import { askEach, type Told } from './ask-each.ts'
import { permitted } from './permitted.ts'
import { explained } from './relay.ts'
import type { Asking, Setting } from './setting.ts'
import type { UnderWay } from './under-way.ts'

/** Says something to one server. @throws GatewayError */
export type SendTo = (server: string, message: Message, options: SendOptions) => Promise<Reply>

export const createSendTo =
  (setting: Setting): SendTo =>
  async (server, message, options) => {
    try {
      return await (await setting.lines.to(server, options)).send(message, options)
    } catch (cause) {
      throw explained(setting, server, cause)
    }
  }

/**
 * Asks each server on which an operation is permitted, for as long as patience lasts.
 *
 * @param ask asks one of them
 * @returns what they said, without what policy keeps from whoever asked
 */
export type FanOut = (
  asking: Asking,
  ask: (server: string, options: SendOptions) => Promise<Reply>,
) => Promise<readonly Told[]>

export const createFanOut = (setting: Setting, underWay: UnderWay, sendTo: SendTo): FanOut => {
  const { parts, lines, patience } = setting
  const { era } = lines

  /** MCP 2025-11-25, cancellation: a server is told when nobody waits for it any more. */
  const giveUp = (server: string, { idText, method }: Message, options: SendOptions) => {
    if (era === 'modern' || idText === undefined || method === 'initialize') return
    const requestId: unknown = JSON.parse(idText)
    const note = buildNotification('notifications/cancelled', { requestId })
    const signal = AbortSignal.timeout(parts.budget)
    sendTo(server, note, { ...options, server, signal }).catch(() => undefined)
  }

  return (asking, ask) => {
    const { message, principal, owner } = asking
    const declared = lines.declared(message)
    const asked = permitted(setting, asking, (server) => toOperation(server, era, message))
    return askEach(asked, ({ server, operation, permit }) => {
      const within = async (signal: AbortSignal) => {
        const options = { ...asking.options, signal, server }
        const done = underWay.begin(era === 'legacy' ? message.idText : undefined, server)
        const tell = () => isLate(signal) && giveUp(server, message, options)
        signal.addEventListener('abort', tell, { once: true })
        try {
          const reply = await ask(server, options)
          const conversation = {
            send: (...said: [Message, SendOptions]) => sendTo(server, ...said),
          }
          const part = { permit, operation, principal, reply, conversation, declared }
          return await finalAnswer(parts.screen(part))
        } finally {
          signal.removeEventListener('abort', tell)
          done()
        }
      }
      const whose = { owner, server, method: message.method ?? '' }
      return patience.ask(whose, within, asking.options.signal)
    })
  }
}

/** Whether time ran out, as opposed to a client that left, which MCP 2025-11-25 takes for no cancelling. */
const isLate = ({ reason }: AbortSignal): boolean =>
  reason instanceof DOMException && reason.name === 'TimeoutError'
