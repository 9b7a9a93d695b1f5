import type { Elysia } from 'elysia'
import { NotAcceptable } from '../../core/errors.ts'
import type { Incoming } from '../../core/incoming.ts'
import { type Message, toMessage } from '../../core/json-rpc.ts'
import { type Operation, toBareOperation } from '../../core/operation.ts'
import type { Principal } from '../../core/principal.ts'
import { type Era, EXCHANGE_HEADER } from '../../core/protocol.ts'
import type { Answer } from '../../gateway/gateway.ts'
import { BATCH_VERSION, readBatch, renderBatch } from '../batch.ts'
import { endsInOf } from '../ends-in.ts'
import { statusOf } from '../error-status.ts'
import { type HeaderFields, headerFields } from '../header-fields.ts'
import type { House } from '../house.ts'
import { jsonAnswer } from '../json-answer.ts'
import { readJsonBody } from '../read-body.ts'
import { mcpRefusal } from '../refusals.ts'
import type { Sockets } from '../source.ts'
import { streamResponse } from '../stream-response.ts'

/** Each MCP endpoint, and how the rest of the house calls what is behind it. */
const ENDPOINTS = [
  { path: '/servers/:name/mcp', called: (name: string) => name },
  { path: '/groups/:name/mcp', called: (name: string) => `groups/${name}` },
  { path: '/mcp', called: () => 'servers/*' },
] as const

/** `POST`, `GET` and `DELETE`: one server, transparent, or several as one, in both eras. */
export const mountMcp = (app: Elysia, house: House): void => {
  const bare = { GET: 'datacline/stream', DELETE: 'datacline/close-session' } as const
  for (const { path, called } of ENDPOINTS) {
    // Elysia gives no `params` where the path has none.
    const nameIn = (params: { name?: string } | undefined) => called(params?.name ?? '')
    app.post(path, ({ request, params, server }) => post(house, request, nameIn(params), server), {
      parse: 'none',
    })
    app.get(path, ({ request, params, server }) =>
      withoutBody(house, request, nameIn(params), server, bare.GET),
    )
    app.delete(path, ({ request, params, server }) =>
      withoutBody(house, request, nameIn(params), server, bare.DELETE),
    )
  }
}

/** What has been read of a message so far: an error must repeat the id as soon as it is readable. */
type Reading = {
  idText: string | undefined
  /** The messages of a batch, each on its way by itself; undefined for one message alone. */
  batch?: readonly Message[]
  others?: Promise<readonly Answer[]>
}

const post = async (house: House, request: Request, name: string, sockets: Sockets | null) => {
  const reading: Reading = { idText: undefined }
  const source = house.sourceOf(request, sockets)
  const incoming = toIncoming(request, name, source, async (principal) => {
    const operation = await readOperation(house, request, name, reading, principal)
    sockets?.timeout(request, 0)
    // Each element of a batch goes through the house by itself, and none waits for another.
    if (reading.batch) reading.others = Promise.all(reading.batch.slice(1).map(alone))
    return typeof operation === 'function' ? operation() : operation
  })
  const alone = (message: Message) =>
    house.gateway.handle({
      ...incoming,
      decode: (principal) => house.interpret(name, 'legacy', message, principal, request.signal),
    })
  const answer = await house.gateway.handle(incoming)
  if (reading.batch === undefined) return render(house, request, answer, reading.idText)
  const answers = [answer, ...((await reading.others) ?? [])]
  const endsIn = (each: Answer) => endsInOf(house, each)
  return renderBatch(reading.batch, answers, house.challenger(request), endsIn)
}

const withoutBody = async (
  house: House,
  request: Request,
  name: string,
  sockets: Sockets | null,
  method: 'datacline/stream' | 'datacline/close-session',
) => {
  const source = house.sourceOf(request, sockets)
  const incoming = toIncoming(request, name, source, () => {
    sockets?.timeout(request, 0)
    return toBareOperation(name, 'legacy', method)
  })
  const answer = await house.gateway.handle(incoming)
  const ended = method === 'datacline/close-session' && 'reply' in answer
  return ended ? new Response(null, { status: 200 }) : render(house, request, answer, undefined)
}

const toIncoming = (
  request: Request,
  server: string,
  source: Incoming['source'],
  decode: Incoming['decode'],
): Incoming => {
  const fields = headerFields(request)
  return {
    face: 'mcp',
    source,
    server,
    authorization: fields.authorization,
    decode,
    sessionId: fields['mcp-session-id'],
    protocolVersion: fields['mcp-protocol-version'],
    lastEventId: fields['last-event-id'],
    headers: crossing(fields),
    signal: request.signal,
  }
}

/** `mcp-method` goes no further than the gateway: who sends it repeats its arguments in headers too. */
const CROSSING: ReadonlySet<string> = new Set(['traceparent', 'tracestate', 'mcp-method'])

/** The client's headers that an upstream may see; everything else stays at the door. */
const crossing = (all: HeaderFields): Readonly<Record<string, string>> => {
  const kept: Record<string, string> = {}
  for (const name in all) {
    if (!name.startsWith('mcp-param-') && !CROSSING.has(name)) continue
    kept[name] = all[name] ?? ''
  }
  return kept
}

const readOperation = async (
  house: House,
  request: Request,
  name: string,
  reading: Reading,
  principal: Principal,
): Promise<Operation | (() => Operation | Promise<Operation>)> => {
  const { text, value, spans } = await readJsonBody(request, house.door.maxBodyBytes)
  const fields = headerFields(request)
  if (Array.isArray(value) && hasBatches(house, request, name, principal)) {
    checkAccept(fields.accept)
    reading.batch = readBatch(text)
    const [first] = reading.batch
    if (first !== undefined) {
      return () => house.interpret(name, 'legacy', first, principal, request.signal)
    }
  }
  const idSpan = spans.get('id')
  const idText = idSpan && text.slice(...idSpan)
  if (isScalar(idText)) reading.idText = idText
  const message = toMessage(text, value, idText)
  checkAccept(fields.accept)
  const era: Era = house.classify(message, {
    protocolVersion: fields['mcp-protocol-version'],
    method: fields['mcp-method'],
    name: fields['mcp-name'],
  })
  return house.interpret(name, era, message, principal, request.signal)
}

/** Only a session that agreed on the one revision which has batches. @throws SessionNotFound */
const hasBatches = (
  house: House,
  request: Request,
  name: string,
  principal: Principal,
): boolean => {
  const id = headerFields(request)['mcp-session-id']
  return id !== undefined && house.versionOf(principal, name, id) === BATCH_VERSION
}

/** Only an id that JSON-RPC allows is repeated in an error. */
const isScalar = (idText: string | undefined): idText is string =>
  idText !== undefined && /^["\-\d]/.test(idText)

/** MCP, Streamable HTTP: the client must be ready for JSON and for a stream. */
const checkAccept = (accept: string | undefined): void => {
  if (accept === undefined || accept.includes('*/*')) return
  if (accept.includes('application/json') && accept.includes('text/event-stream')) return
  throw new NotAcceptable('Accept must list application/json and text/event-stream')
}

const render = (
  house: House,
  request: Request,
  answer: Answer,
  idText: string | undefined,
): Response => {
  if ('refusal' in answer) {
    return mcpRefusal(answer.exchange, answer.refusal, idText, house.challenger(request))
  }
  const { reply } = answer
  const headers: Record<string, string> = { [EXCHANGE_HEADER]: answer.exchange.id }
  if (reply.sessionId !== undefined) headers['mcp-session-id'] = reply.sessionId
  if (reply.kind === 'accepted') return new Response(null, { status: 202, headers })
  if (reply.kind === 'single') {
    return jsonAnswer(reply.text, statusOf(answer.exchange, reply.text), headers)
  }
  return streamResponse(reply.events, { headers, endsIn: endsInOf(house, answer) })
}
