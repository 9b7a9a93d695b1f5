import type { Reply, StreamEvent } from '../../../core/conversation.ts'
import { ClientLeft, type GatewayError } from '../../../core/errors.ts'
import { errorText } from '../../../core/json-rpc.ts'

/** The way back to the client for one request. */
export type ReplyChannel = Readonly<{
  /** `single` when the answer comes first, else a `stream`. Rejects when the client leaves before either. */
  reply: Promise<Reply>
  /** Sends a message that is not the answer. */
  emit: (text: string) => void
  /** Resolves when the client has taken what was sent, or has left. */
  ready: () => Promise<void>
  /** Sends the answer, or ends without one. */
  finish: (text?: string) => void
  fail: (error: GatewayError) => void
  /** Whether the client has left: leaving does not cancel (MCP 2025-11-25), but nobody reads any more. */
  isLeft: () => boolean
}>

/** Opens the way back for the request with this id text. */
export const createReplyChannel = (idText: string, signal: AbortSignal): ReplyChannel => {
  const settled = Promise.withResolvers<Reply>()
  let controller: ReadableStreamDefaultController<StreamEvent> | undefined
  let room = Promise.withResolvers<void>()
  let over = false
  let left = false

  const end = () => {
    over = true
    room.resolve()
    signal.removeEventListener('abort', leave)
  }
  const leave = () => {
    if (over) return
    left = true
    end()
    settled.reject(new ClientLeft('The client left before the answer'))
  }
  const open = () => {
    if (controller !== undefined) return
    const events = new ReadableStream<StreamEvent>(
      {
        start: (mine) => {
          controller = mine
        },
        pull: () => room.resolve(),
        cancel: leave,
      },
      { highWaterMark: 1 },
    )
    settled.resolve({ kind: 'stream', events })
  }
  const finish = (text?: string) => {
    if (over) return
    end()
    if (controller === undefined && text !== undefined) {
      return settled.resolve({ kind: 'single', text })
    }
    open()
    if (text !== undefined) controller?.enqueue({ data: text })
    controller?.close()
  }

  if (signal.aborted) leave()
  else signal.addEventListener('abort', leave, { once: true })
  return {
    reply: settled.promise,
    emit: (text) => {
      if (over) return
      open()
      controller?.enqueue({ data: text })
    },
    ready: async () => {
      if (over || (controller?.desiredSize ?? 1) > 0) return
      room = Promise.withResolvers()
      await room.promise
    },
    finish,
    fail: (error) => {
      if (controller !== undefined || over) {
        return finish(errorText(idText, { code: error.rpcCode, message: error.message }))
      }
      end()
      settled.reject(error)
    },
    isLeft: () => left,
  }
}
