import type { Conversation, Reply, StreamEvent } from '../core/conversation.ts'
import type { Message } from '../core/json-rpc.ts'
import type { Principal } from '../core/principal.ts'
import { mayHoldWord } from '../lib/json-word.ts'
import { type Changes, type ChangesOptions, createChanges, type Heard } from './changes.ts'
import { eventId, mapEvents, type StreamKind } from './events.ts'
import type { Permitted } from './permitted.ts'
import { rewrite } from './rewrite.ts'
import type { Setting } from './setting.ts'

/** One stream of what all servers of a face tell, as long as somebody reads it. */
export const openChanges = <P extends Heard>(
  { parts, lines, watch, unwatch }: Setting,
  owner: string,
  given: Omit<ChangesOptions<P>, 'budget' | 'retry' | 'onEnd' | 'lossy'>,
): Reply => {
  const changes: Changes = createChanges({
    ...given,
    lossy: lines.era === 'modern',
    budget: parts.budget,
    retry: parts.retry,
    onEnd: () => unwatch(changes),
  })
  watch(changes, owner)
  return { kind: 'stream', events: changes.events }
}

/** Who hears one server, and how what it says is meant. */
export type Hearing = Readonly<{
  permitted: Permitted
  principal: Principal
  /** The request that opened the stream; undefined for a GET. */
  message?: Message | undefined
  conversation: Pick<Conversation, 'send'>
  kind: StreamKind
}>

/** One server's stream as it may reach the client, under federated names. */
export const heardFrom = (
  setting: Setting,
  { permitted, principal, message, conversation, kind }: Hearing,
  reply: Extract<Reply, { kind: 'stream' }>,
): ReadableStream<StreamEvent> => {
  const { server, operation, permit } = permitted
  const declared = setting.lines.declared(message)
  const part = { permit, operation, principal, reply, conversation, declared }
  const screened = setting.parts.screen(part)
  const isAnswer = kind === 'answer'
  // Which method is answered is not known any more; of the legacy era there is one with links.
  const method = isAnswer ? 'tools/call' : undefined
  return mapEvents(
    screened.kind === 'stream' ? screened.events : reply.events,
    // The end of one server's stream is not the end of the client's.
    (text) =>
      isAnswer || mayHoldWord(text, 'method') ? rewrite(text, { server, method }) : undefined,
    (id) => eventId(kind, server, id),
  )
}
