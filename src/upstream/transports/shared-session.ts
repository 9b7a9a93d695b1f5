import type { Conversation, Reply, SendOptions } from '../../core/conversation.ts'
import { finalAnswer } from '../../core/conversation.ts'
import { MethodNotAllowed } from '../../core/errors.ts'
import type { Message } from '../../core/json-rpc.ts'
import { replaceMember } from '../../lib/json-member.ts'
import { sessionGone } from '../faults.ts'
import { readServerMessage, type ServerMessage } from '../server-message.ts'
import { mapReply } from './map-reply.ts'
import { keyOf, numberedNames } from './wire-names.ts'

/** One session at the server, and the clients that share it. */
type Group = {
  readonly conversation: Conversation
  /** The answer to the `initialize` that opened it. */
  readonly opened: Promise<string>
  greeted: boolean
  users: number
}

/** Clients that ask for another version, or can do something else, have a session of their own. */
const fingerprintOf = ({ params }: Message) =>
  JSON.stringify([params?.protocolVersion, params?.capabilities])

/** Questions of the server that one client may leave open. */
const MAX_QUESTIONS = 1000

/**
 * Legacy sessions for the clients of a server that keeps nothing between two calls (`stateless: true`):
 * they share one session at the server, with ids and progress tokens of the gateway's own, so that
 * clients never meet. There is no stream that belongs to no request.
 *
 * @param connect gives a conversation that has no session yet
 */
export const createSharedSessions = (
  server: string,
  connect: () => Conversation,
): (() => Conversation) => {
  const groups = new Map<string, Group>()
  let lastNumber = 0

  const join = (message: Message): Group => {
    const key = fingerprintOf(message)
    const known = groups.get(key)
    if (known !== undefined) return known
    const conversation = connect()
    const never = { signal: new AbortController().signal, headers: {} }
    const opened = conversation.send(message, never).then(finalAnswer)
    const group: Group = {
      conversation,
      opened: opened.then((answer) => answer ?? ''),
      greeted: false,
      users: 0,
    }
    groups.set(key, group)
    const forget = () => groups.delete(key)
    group.opened.then((answer) => {
      if (readServerMessage(answer)?.value.result === undefined) forget()
    }, forget)
    return group
  }
  const leave = async (group: Group) => {
    if (--group.users > 0) return
    for (const [key, each] of groups) if (each === group) groups.delete(key)
    await group.conversation.close()
  }
  return () => createMember(server, join, leave, () => ++lastNumber)
}

/** What one client sees of a session that it shares. */
const createMember = (
  server: string,
  join: (initialize: Message) => Group,
  leave: (group: Group) => Promise<void>,
  nextNumber: () => number,
): Conversation => {
  /** What the client's requests are called at the server, while they are under way. */
  const numbers = new Map<string, number>()
  /** Questions of the server to this client: nobody answers those of another. */
  const questions = new Set<string>()
  let group: Group | undefined

  const initialize = async (message: Message): Promise<Reply> => {
    if (group === undefined) {
      group = join(message)
      group.users++
    }
    const answer = await group.opened
    return { kind: 'single', text: replaceMember(answer, ['id'], message.idText ?? 'null') }
  }
  const request = async (
    conversation: Conversation,
    message: Message,
    options: SendOptions,
  ): Promise<Reply> => {
    const number = nextNumber()
    const { text, id, restore } = numberedNames(message, number)
    const key = keyOf(JSON.parse(message.idText ?? 'null'))
    numbers.set(key, number)
    const heard = (received: ServerMessage): string => {
      if (received.kind === 'answer') numbers.delete(key)
      if (received.kind === 'request' && questions.size < MAX_QUESTIONS) {
        questions.add(keyOf(received.id))
      }
      return restore(received)
    }
    try {
      const reply = await conversation.send({ ...message, text, idText: id }, options)
      return mapReply(reply, heard)
    } catch (cause) {
      numbers.delete(key)
      throw cause
    }
  }
  /** Undefined for what means nothing at the server. */
  const oneWay = (message: Message): Message | undefined => {
    if (message.kind === 'response') {
      const id = keyOf(readServerMessage(message.text)?.id)
      return questions.delete(id) ? message : undefined
    }
    if (message.method !== 'notifications/cancelled') return message
    const requestId = numbers.get(keyOf(message.params?.requestId))
    if (requestId === undefined) return undefined
    const text = replaceMember(message.text, ['params', 'requestId'], String(requestId))
    return { ...message, text, params: { ...message.params, requestId } }
  }
  const tell = async (message: Message, options: SendOptions, of: Group): Promise<Reply> => {
    if (message.method === 'notifications/initialized') {
      if (of.greeted) return { kind: 'accepted' }
      of.greeted = true
    }
    const told = oneWay(message)
    return told === undefined ? { kind: 'accepted' } : of.conversation.send(told, options)
  }

  return {
    era: 'legacy',
    send: async (message, options) => {
      if (message.method === 'initialize') return initialize(message)
      if (group === undefined) throw sessionGone()
      return message.kind === 'request'
        ? request(group.conversation, message, options)
        : tell(message, options, group)
    },
    listen: async () => {
      throw new MethodNotAllowed(`Server ${server} has no such stream`)
    },
    close: async () => {
      const left = group
      group = undefined
      if (left !== undefined) await leave(left)
    },
  }
}
