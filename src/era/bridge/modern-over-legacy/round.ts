import type { Reply, StreamEvent } from '../../../core/conversation.ts'
import { ClientLeft, type GatewayError, UpstreamFailed } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/json-rpc.ts'
import { isLoudEnough } from '../../translate/log-levels.ts'
import type { Asked } from './asked.ts'
import type { Received } from './received.ts'

/** What a JSON-RPC answer says, without whom: `result` or `error`. */
export type Ending = JsonObject

/** One request of the client and the way back for it. A call that asks questions takes several. */
export type Round = Readonly<{
  /** `single` when the answer comes first, else a `stream`. Rejects when the client leaves before. */
  reply: Promise<Reply>
  /** Progress and log messages, as far as this request asked for them. */
  pass: (received: Received) => void
  finish: (ending: Ending) => void
  fail: (error: GatewayError) => void
}>

/** Characters that may wait to be read before progress and log messages are left out. */
const ROOM = 1024 * 1024

/** The text of an answer, under the very id text of the request. */
export const answerText = (idText: string, ending: Ending): string => {
  const { jsonrpc: _version, id: _id, ...rest } = ending
  return `{"jsonrpc":"2.0","id":${idText},${JSON.stringify(rest).slice(1)}`
}

/** What was read may be nested too deeply to be written again; then undefined. */
const writable = (idText: string, ending: Ending): string | undefined => {
  try {
    return answerText(idText, ending)
  } catch {
    return undefined
  }
}

/** @param onLeave the client left before this round was over */
export const createRound = (asked: Asked, signal: AbortSignal, onLeave: () => void): Round => {
  const settled = Promise.withResolvers<Reply>()
  // Whoever left does not wait for how it ends.
  settled.promise.catch(() => undefined)
  let controller: ReadableStreamDefaultController<StreamEvent> | undefined
  let over = false

  const close = () => {
    over = true
    signal.removeEventListener('abort', leave)
  }
  const leave = () => {
    if (over) return
    close()
    settled.reject(new ClientLeft('The client left before the answer'))
    onLeave()
  }
  const open = () => {
    if (controller !== undefined) return
    const events = new ReadableStream<StreamEvent>(
      {
        start: (given) => {
          controller = given
        },
        cancel: leave,
      },
      { highWaterMark: ROOM, size: (event) => event?.data.length ?? 0 },
    )
    settled.resolve({ kind: 'stream', events })
  }
  const write = (value: JsonObject) => {
    if (over) return
    open()
    if ((controller?.desiredSize ?? 0) > 0) controller?.enqueue({ data: JSON.stringify(value) })
  }
  const end = (text: string) => {
    close()
    if (controller === undefined) return settled.resolve({ kind: 'single', text })
    controller.enqueue({ data: text })
    controller.close()
  }
  const finish = (ending: Ending) => {
    if (over) return
    const text = writable(asked.idText, ending)
    if (text === undefined) fail(new UpstreamFailed('The answer is nested too deeply'))
    else end(text)
  }
  const fail = (error: GatewayError) => {
    if (over) return
    const { rpcCode: code, message } = error
    if (controller !== undefined) return end(answerText(asked.idText, { error: { code, message } }))
    close()
    settled.reject(error)
  }

  signal.addEventListener('abort', leave, { once: true })
  return {
    reply: settled.promise,
    pass: (received) => {
      const own = PASSING.get(received.method)?.(received, asked)
      if (own !== undefined) write(own)
    },
    finish,
    fail,
  }
}

type Pass = (received: Received, asked: Asked) => JsonObject | undefined

/** What may stand on the stream of a modern request, as its client wants it; undefined for nothing. */
const PASSING: ReadonlyMap<string, Pass> = new Map<string, Pass>([
  [
    'notifications/progress',
    ({ value, params }, { progressToken }) =>
      progressToken === undefined ? undefined : { ...value, params: { ...params, progressToken } },
  ],
  [
    'notifications/message',
    ({ value, params }, { logLevel }) =>
      logLevel !== undefined && isLoudEnough(params.level, logLevel) ? value : undefined,
  ],
])
