import type { Reply, StreamEvent } from '../../core/conversation.ts'
import type { GatewayError } from '../../core/errors.ts'
import { errorText } from '../../core/json-rpc.ts'

/** A reply that is filled as messages arrive. */
export type ReplyQueue = Readonly<{
  /** `single` when the first that comes is the answer, else a `stream`. */
  reply: Promise<Reply>
  /** Turns the reply into a stream before anything has come. */
  open: () => void
  /** Adds a message that is not the answer; false when too much waits to be read. */
  deliver: (text: string) => boolean
  /** Ends with this answer, or, without one, with nothing more. */
  finish: (answer?: string) => void
  /** Ends with a refusal: thrown while nothing has come, else as a JSON-RPC error on the stream. */
  refuse: (error: GatewayError) => void
}>

/** Characters that may wait on one stream; a server over stdio cannot be held back call by call. */
const ROOM = 16 * 1024 * 1024

/**
 * @param idText id of the request, for an error on the stream; undefined for listening streams
 * @param onCancel the reader has given the stream up
 */
export const createReplyQueue = (idText: string | undefined, onCancel: () => void): ReplyQueue => {
  const settled = Promise.withResolvers<Reply>()
  // Whoever gave the call up does not wait for how it ends.
  settled.promise.catch(() => undefined)
  let controller: ReadableStreamDefaultController<StreamEvent> | undefined
  let over = false

  const open = () => {
    if (over || controller !== undefined) return
    const events = new ReadableStream<StreamEvent>(
      {
        start: (given) => {
          controller = given
        },
        cancel: () => {
          over = true
          onCancel()
        },
      },
      { highWaterMark: ROOM, size: (event) => event?.data.length ?? 0 },
    )
    settled.resolve({ kind: 'stream', events })
  }
  const finish = (answer?: string) => {
    if (over) return
    if (answer === undefined) open()
    over = true
    if (controller === undefined) return settled.resolve({ kind: 'single', text: answer ?? '' })
    if (answer !== undefined) controller.enqueue({ data: answer })
    controller.close()
  }

  return {
    reply: settled.promise,
    open,
    deliver: (text) => {
      open()
      if (over || (controller?.desiredSize ?? 0) <= 0) return false
      controller?.enqueue({ data: text })
      return true
    },
    finish,
    refuse: (error) => {
      if (controller === undefined && !over) {
        over = true
        return settled.reject(error)
      }
      const { rpcCode: code, message } = error
      finish(idText === undefined ? undefined : errorText(idText, { code, message }))
    },
  }
}
