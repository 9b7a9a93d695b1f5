import type { Reply, SendOptions } from '../core/conversation.ts'
import { MalformedRequest, MethodNotAllowed } from '../core/errors.ts'
import { buildNotification } from '../core/json-rpc.ts'
import type { Principal } from '../core/principal.ts'
import { LIST_CHANGES } from '../core/protocol.ts'
import { readEventId } from './events.ts'
import { heardFrom, openChanges } from './heard.ts'
import { labelOf } from './names.ts'
import { type Permitted, permitted, streamOperation } from './permitted.ts'
import { explained } from './relay.ts'
import type { Setting } from './setting.ts'

type Listener = Readonly<{
  principal: Principal
  owner: string
  options: SendOptions
  lastEventId: string | undefined
}>

/** The legacy GET stream: what every server tells without being asked. */
export const listenByGet = async (setting: Setting, listener: Listener): Promise<Reply> => {
  const { lines } = setting
  const { principal, owner, options } = listener
  const resumed = readEventId(listener.lastEventId)
  if (resumed?.kind === 'answer') return resume(setting, listener, resumed)

  const join = async (each: Permitted, signal: AbortSignal) => {
    const { server } = each
    const conversation = await lines.to(server, options)
    const last = resumed !== undefined && labelOf(server) === resumed.label ? resumed.id : undefined
    const until = AbortSignal.any([options.signal, signal])
    try {
      const reply = await conversation.listen(last, { ...options, server, signal: until })
      if (reply.kind !== 'stream') return undefined
      const hearing = { permitted: each, principal, conversation, kind: 'changes' } as const
      return heardFrom(setting, hearing, reply)
    } catch (cause) {
      // Not every server tells something by itself.
      if (cause instanceof MethodNotAllowed) return undefined
      throw explained(setting, server, cause)
    }
  }
  const here = () =>
    permitted(setting, { face: setting.face(), principal }, streamOperation).map((each) => ({
      ...each,
      wanted: '',
    }))
  return openChanges(setting, owner, {
    servers: here,
    join,
    greeting: () => undefined,
    notices: LIST_CHANGES.map(({ notice }) => buildNotification(notice).text),
  })
}

/**
 * The rest of one answer, after its stream broke (MCP 2025-11-25, resumability).
 *
 * @throws MalformedRequest for a server that is not there any more, or was never spoken to
 */
const resume = async (
  setting: Setting,
  { principal, options }: Listener,
  { label, id }: Readonly<{ label: string; id: string }>,
): Promise<Reply> => {
  const { lines } = setting
  const face = setting.face()
  const found = permitted(setting, { face, principal }, streamOperation).find(
    ({ server }) => labelOf(server) === label && lines.open().includes(server),
  )
  if (found === undefined)
    throw new MalformedRequest('Last-Event-ID names no stream of this session')
  const { server } = found
  const conversation = await lines.to(server, options)
  const reply = await conversation.listen(id, { ...options, server }).catch((cause: unknown) => {
    throw explained(setting, server, cause)
  })
  if (reply.kind !== 'stream') return reply
  const hearing = { permitted: found, principal, conversation, kind: 'answer' } as const
  return { ...reply, events: heardFrom(setting, hearing, reply) }
}
