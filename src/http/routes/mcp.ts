import type { Elysia } from 'elysia'
import { NotAcceptable } from '../../core/errors.ts'
import type { Incoming } from '../../core/incoming.ts'
import { toMessage } from '../../core/json-rpc.ts'
import { type Operation, toBareOperation, toOperation } from '../../core/operation.ts'
import type { Era } from '../../core/protocol.ts'
import type { Answer } from '../../gateway/gateway.ts'
import type { House } from '../house.ts'
import { readJsonBody } from '../read-body.ts'
import { mcpRefusal } from '../refusals.ts'
import { ANSWER_HEADERS } from '../safe-headers.ts'
import type { Sockets } from '../source.ts'
import { streamResponse } from '../stream-response.ts'

/** `POST`, `GET` and `DELETE /servers/{name}/mcp`: one upstream, transparent, in both eras. */
export const mountMcp = (app: Elysia, house: House): void => {
  const path = '/servers/:name/mcp'
  const bare = { GET: 'datacline/stream', DELETE: 'datacline/close-session' } as const
  app.post(path, ({ request, params, server }) => post(house, request, params.name, server), {
    parse: 'none',
  })
  app.get(path, ({ request, params, server }) =>
    withoutBody(house, request, params.name, server, bare.GET),
  )
  app.delete(path, ({ request, params, server }) =>
    withoutBody(house, request, params.name, server, bare.DELETE),
  )
}

/** What has been read of a message so far: an error must repeat the id as soon as it is readable. */
type Reading = { idText: string | undefined }

const post = async (house: House, request: Request, name: string, sockets: Sockets | null) => {
  const reading: Reading = { idText: undefined }
  const source = house.sourceOf(request, sockets)
  const incoming = toIncoming(request, name, source, async () => {
    const operation = await readOperation(house, request, name, reading)
    sockets?.timeout(request, 0)
    return operation
  })
  return render(house, request, await house.gateway.handle(incoming), reading.idText)
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
  const header = (name: string) => request.headers.get(name) ?? undefined
  return {
    face: 'mcp',
    source,
    server,
    authorization: header('authorization'),
    decode,
    sessionId: header('mcp-session-id'),
    lastEventId: header('last-event-id'),
    headers: crossing(request.headers),
    signal: request.signal,
  }
}

/** The client's headers that an upstream may see; everything else stays at the door. */
const crossing = (headers: Headers): Readonly<Record<string, string>> => {
  const all = headers.toJSON() as unknown as Readonly<Record<string, string>>
  const kept: Record<string, string> = {}
  for (const name in all) {
    if (!name.startsWith('mcp-param-') && name !== 'traceparent' && name !== 'tracestate') continue
    kept[name] = all[name] ?? ''
  }
  return kept
}

const readOperation = async (
  house: House,
  request: Request,
  name: string,
  reading: Reading,
): Promise<Operation> => {
  const { text, value, spans } = await readJsonBody(request, house.door.maxBodyBytes)
  const idSpan = spans.get('id')
  const idText = idSpan && text.slice(...idSpan)
  if (isScalar(idText)) reading.idText = idText
  const message = toMessage(text, value, idText)
  checkAccept(request.headers.get('accept'))
  const era: Era = house.classify(message, {
    protocolVersion: request.headers.get('mcp-protocol-version') ?? undefined,
    method: request.headers.get('mcp-method') ?? undefined,
    name: request.headers.get('mcp-name') ?? undefined,
  })
  return toOperation(name, era, message)
}

/** Only an id that JSON-RPC allows is repeated in an error. */
const isScalar = (idText: string | undefined): idText is string =>
  idText !== undefined && /^["\-\d]/.test(idText)

/** MCP, Streamable HTTP: the client must be ready for JSON and for a stream. */
const checkAccept = (accept: string | null): void => {
  if (accept === null || accept.includes('*/*')) return
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
  const headers: Record<string, string> =
    reply.sessionId === undefined ? {} : { 'mcp-session-id': reply.sessionId }
  if (reply.kind === 'accepted') return new Response(null, { status: 202, headers })
  if (reply.kind === 'single') {
    return new Response(reply.text, {
      headers: { ...ANSWER_HEADERS, ...headers },
    })
  }
  const expiresAt = answer.exchange.principal?.expiresAt
  const endsIn = expiresAt === undefined ? undefined : Math.max(0, expiresAt * 1000 - house.now())
  return streamResponse(reply.events, { headers, endsIn })
}
