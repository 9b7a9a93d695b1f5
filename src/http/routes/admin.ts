import type { Elysia } from 'elysia'
import { isObject } from '../../core/json-rpc.ts'
import { assertSafeName, type Operation, toBareOperation } from '../../core/operation.ts'
import type { House } from '../house.ts'
import { restRefusal } from '../refusals.ts'
import type { Sockets } from '../source.ts'
import { streamResponse } from '../stream-response.ts'

/** What the local operator and those with `gateway:observe` may see. */
export const mountAdmin = (app: Elysia, house: House): void => {
  // The live feed, resumable with `Last-Event-ID`.
  app.get('/admin/events', ({ request, server }) =>
    observe(house, request, server, () => {
      server?.timeout(request, 0)
      return toBareOperation('*', 'either', 'datacline/events')
    }),
  )
  app.get('/admin/servers/:name/logs', ({ request, server, params }) =>
    observe(house, request, server, () => {
      assertSafeName(params.name)
      return toBareOperation(params.name, 'either', 'datacline/server-log')
    }),
  )
}

const observe = async (
  house: House,
  request: Request,
  sockets: Sockets | null,
  decode: () => Operation,
): Promise<Response> => {
  const answer = await house.gateway.handle({
    face: 'admin',
    source: house.sourceOf(request, sockets),
    server: undefined,
    authorization: request.headers.get('authorization') ?? undefined,
    decode,
    sessionId: undefined,
    lastEventId: request.headers.get('last-event-id') ?? undefined,
    headers: {},
    signal: request.signal,
  })
  if ('refusal' in answer) return restRefusal(answer.refusal, house.challenger(request))
  const { reply } = answer
  if (reply.kind === 'stream') return streamResponse(reply.events)
  return reply.kind === 'single' ? resultResponse(reply.text) : new Response(null, { status: 204 })
}

const resultResponse = (text: string): Response => {
  const message: unknown = JSON.parse(text)
  const body = isObject(message) ? message.result : undefined
  return Response.json(body, { headers: { 'cache-control': 'no-store' } })
}
