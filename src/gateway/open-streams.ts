import type { Reply, StreamEvent } from '../core/conversation.ts'
import { isObject, type Message } from '../core/json-rpc.ts'
import type { Operation } from '../core/operation.ts'
import type { Principal } from '../core/principal.ts'
import { LIST_CHANGES, type ListChange, META } from '../core/protocol.ts'
import type { View } from './visibility.ts'

/** The streams on which clients hear of changes, and others of the gateway, as long as they are open. */
export type OpenStreams = Readonly<{
  /** Keeps hold of a listening stream; any other reply comes back as it is. */
  hold: (reply: Reply, operation: Operation, principal: Principal) => Reply
  /**
   * The policy changed: each stream is decided again. One that is no longer permitted ends, the others
   * hear that lists may have changed, of which their readers may or might use something.
   */
  policyChanged: () => void
  count: () => number
  /** Ends those that tell of servers, each with its last word. */
  close: () => void
}>

type Held = {
  readonly operation: Operation
  readonly principal: Principal
  /** The kinds whose lists were open to the reader when last looked at. */
  visible: readonly ListChange[]
  readonly tell: (event: StreamEvent) => void
  readonly end: (last: StreamEvent | undefined) => void
}

const LISTENING: ReadonlySet<string> = new Set([
  'datacline/stream',
  'subscriptions/listen',
  'datacline/events',
  'datacline/server-log',
])

export const createOpenStreams = (parts: {
  permits: (principal: Principal, operation: Operation) => boolean
  /** Undefined for several servers as one, which tell of such a change by themselves. */
  viewOf: (principal: Principal, server: string) => View | undefined
}): OpenStreams => {
  const open = new Set<Held>()

  const visibleTo = (principal: Principal, operation: Operation) => {
    // Who watches the gateway is told of no server's lists.
    if (operation.scope === 'gateway') return []
    const view = parts.viewOf(principal, operation.resource.server)
    return LIST_CHANGES.filter(({ method }) => view?.permits(method) ?? false)
  }

  const holdStream = (
    events: ReadableStream<StreamEvent>,
    operation: Operation,
    principal: Principal,
  ): ReadableStream<StreamEvent> => {
    const reader = events.getReader()
    let held: Held
    const pass = (
      controller: ReadableStreamDefaultController<StreamEvent>,
      { done, value }: Awaited<ReturnType<typeof reader.read>>,
    ) => {
      // It ended while we waited.
      if (!open.has(held)) return
      if (!done && value !== undefined) return controller.enqueue(value)
      open.delete(held)
      controller.close()
    }
    return new ReadableStream<StreamEvent>(
      {
        start(controller) {
          held = {
            operation,
            principal,
            visible: visibleTo(principal, operation),
            tell: (event) => controller.enqueue(event),
            end(last) {
              open.delete(held)
              if (last !== undefined) controller.enqueue(last)
              controller.close()
              reader.cancel('ended by the gateway').catch(() => undefined)
            },
          }
          open.add(held)
        },
        async pull(controller) {
          try {
            pass(controller, await reader.read())
          } catch (cause) {
            if (open.delete(held)) controller.error(cause)
          }
        },
        cancel(reason) {
          open.delete(held)
          return reader.cancel(reason)
        },
      },
      { highWaterMark: 0 },
    )
  }

  return {
    hold: (reply, operation, principal) =>
      reply.kind === 'stream' && LISTENING.has(operation.method)
        ? { ...reply, events: holdStream(reply.events, operation, principal) }
        : reply,
    policyChanged() {
      for (const stream of [...open]) {
        const { operation, principal } = stream
        if (!parts.permits(principal, operation)) {
          stream.end(lastWord(operation))
          continue
        }
        const now = visibleTo(principal, operation)
        const told = LIST_CHANGES.filter(
          (kind) => now.includes(kind) || stream.visible.includes(kind),
        )
        stream.visible = now
        for (const kind of told) if (asksFor(operation, kind)) stream.tell(notice(operation, kind))
      }
    },
    count: () => open.size,
    close() {
      // What watches the gateway ends with the gateway's own feed, when all of that is told.
      const ofServers = [...open].filter(({ operation }) => operation.scope !== 'gateway')
      for (const { operation, end } of ofServers) end(lastWord(operation))
    },
  }
}

/** A GET stream hears of everything, a subscription of what it asked for. */
const asksFor = ({ message }: Operation, { flag }: ListChange): boolean => {
  if (message === undefined) return true
  const asked = message.params?.notifications
  return isObject(asked) && asked[flag] === true
}

const notice = ({ message }: Operation, kind: ListChange): StreamEvent => {
  const meta = message && `,"params":{"_meta":${subscription(message)}}`
  return { data: `{"jsonrpc":"2.0","method":"${kind.notice}"${meta ?? ''}}` }
}

/** MCP 2026-07-28: the server ends a subscription with its result; a GET stream just ends. */
const lastWord = ({ message }: Operation): StreamEvent | undefined => {
  if (message?.idText === undefined) return undefined
  return {
    data: `{"jsonrpc":"2.0","id":${message.idText},"result":{"resultType":"complete","_meta":${subscription(message)}}}`,
  }
}

const subscription = ({ idText = 'null' }: Message): string =>
  `{"${META.subscriptionId}":${idText}}`
