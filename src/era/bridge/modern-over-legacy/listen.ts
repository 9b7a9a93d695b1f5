import type { Reply, StreamEvent } from '../../../core/conversation.ts'
import { ClientLeft, InvalidParams } from '../../../core/errors.ts'
import { isObject, type JsonObject } from '../../../core/json-rpc.ts'
import { LIST_CHANGES, META } from '../../../core/protocol.ts'
import { parseLossless } from '../../../lib/lossless-json.ts'
import { toModernResult } from '../../translate/modern-result.ts'
import type { Asked } from './asked.ts'
import type { Received } from './received.ts'
import { answerText } from './round.ts'
import type { Session } from './session.ts'
import type { Lease } from './session-pool.ts'

/** Characters that may wait on one subscription; a client that reads none of it has to listen again. */
const ROOM = 1024 * 1024

/**
 * `subscriptions/listen` (MCP 2026-07-28) on a legacy session: what was agreed to comes first, then
 * what the session hears, until either side ends it.
 *
 * @throws InvalidParams, ClientLeft
 */
export const listenIn = async (
  { session, release }: Lease,
  asked: Asked,
  limits: Readonly<{ resources: number }>,
  signal: AbortSignal,
): Promise<Reply> => {
  const uris = urisOf(asked.params.notifications, limits.resources)
  const mayWatch = capabilityOf(session, 'resources').subscribe === true
  const watched: string[] = []
  const leave = () => {
    for (const uri of mayWatch ? uris : []) session.unsubscribe(uri)
    release()
  }
  if (mayWatch) {
    const agreed = await Promise.all(uris.map((uri) => session.subscribe(uri)))
    watched.push(...uris.filter((_uri, index) => agreed[index]))
  }
  if (signal.aborted) {
    leave()
    throw new ClientLeft('The client left before the answer')
  }
  const granted = grant(session, asked.params.notifications, watched)
  return { kind: 'stream', events: streamOf(session, asked, granted, signal, leave) }
}

type Granted = Readonly<{ filter: JsonObject; wants: (received: Received) => boolean }>

const streamOf = (
  session: Session,
  { idText, method }: Asked,
  { filter, wants }: Granted,
  signal: AbortSignal,
  onEnd: () => void,
): ReadableStream<StreamEvent> => {
  const own = { [META.subscriptionId]: parseLossless(idText) }
  let mine: ReadableStreamDefaultController<StreamEvent> | undefined
  let detach = () => {}
  const leave = () => {
    if (mine === undefined) return
    mine = undefined
    signal.removeEventListener('abort', leave)
    detach()
    onEnd()
  }
  const write = (value: JsonObject) => {
    const params = isObject(value.params) ? value.params : {}
    const meta = { ...(isObject(params._meta) && params._meta), ...own }
    mine?.enqueue({ data: JSON.stringify({ ...value, params: { ...params, _meta: meta } }) })
  }
  const end = () => {
    const result = toModernResult(method, { _meta: own }, session.description.serverInfo)
    const controller = mine
    leave()
    controller?.enqueue({ data: answerText(idText, { result }) })
    controller?.close()
  }
  const hear = (received: Received) => {
    if (!wants(received)) return
    if ((mine?.desiredSize ?? 0) <= 0) return end()
    write(received.value)
  }
  return new ReadableStream<StreamEvent>(
    {
      start: (controller) => {
        mine = controller
        write({
          jsonrpc: '2.0',
          method: 'notifications/subscriptions/acknowledged',
          params: { notifications: filter },
        })
        detach = session.attach({ hear, end })
        signal.addEventListener('abort', leave, { once: true })
      },
      cancel: leave,
    },
    { highWaterMark: ROOM, size: (event) => event?.data.length ?? 0 },
  )
}

const capabilityOf = ({ capabilities }: Session, name: string): JsonObject => {
  const capability = capabilities[name]
  return isObject(capability) ? capability : {}
}

/** What of the filter can be honoured, and whether a notification is part of that. */
const grant = (session: Session, filter: unknown, watched: readonly string[]): Granted => {
  const wanted = isObject(filter) ? filter : {}
  const changes = LIST_CHANGES.filter(
    ({ flag, capability }) =>
      wanted[flag] === true && capabilityOf(session, capability).listChanged === true,
  )
  const notices = new Set<string>(changes.map(({ notice }) => notice))
  return {
    filter: {
      ...Object.fromEntries(changes.map(({ flag }) => [flag, true])),
      ...(watched.length > 0 && { resourceSubscriptions: watched }),
    },
    wants: ({ method, params }) =>
      notices.has(method) ||
      (method === 'notifications/resources/updated' &&
        watched.some((uri) => isWithin(params.uri, uri))),
  }
}

/** MCP, resources: an update may be of a part of what was subscribed to. */
const isWithin = (updated: unknown, uri: string): boolean =>
  updated === uri ||
  (typeof updated === 'string' && updated.startsWith(uri.endsWith('/') ? uri : `${uri}/`))

const urisOf = (filter: unknown, limit: number): readonly string[] => {
  if (!isObject(filter)) throw new InvalidParams('notifications must be an object')
  const given = filter.resourceSubscriptions
  if (given === undefined) return []
  if (!Array.isArray(given) || !given.every((uri) => typeof uri === 'string')) {
    throw new InvalidParams('resourceSubscriptions must be a list of URIs')
  }
  if (given.length > limit) throw new InvalidParams(`More than ${limit} resourceSubscriptions`)
  return [...new Set<string>(given)]
}
