import type { Elysia } from 'elysia'
import { toBareOperation } from '../../core/operation.ts'
import type { House } from '../house.ts'
import { restRefusal } from '../refusals.ts'
import { streamResponse } from '../stream-response.ts'

/** `GET /admin/events`: the live feed, resumable with `Last-Event-ID`; needs `gateway:observe`. */
export const mountAdmin = (app: Elysia, house: House): void => {
  app.get('/admin/events', async ({ request, server }) => {
    const answer = await house.gateway.handle({
      face: 'admin',
      source: house.sourceOf(request, server),
      server: undefined,
      authorization: request.headers.get('authorization') ?? undefined,
      decode: () => {
        server?.timeout(request, 0)
        return toBareOperation('*', 'either', 'datacline/events')
      },
      sessionId: undefined,
      lastEventId: request.headers.get('last-event-id') ?? undefined,
      headers: {},
      signal: request.signal,
    })
    if ('refusal' in answer) return restRefusal(answer.refusal, house.challenger(request))
    if (answer.reply.kind !== 'stream') return new Response(null, { status: 204 })
    return streamResponse(answer.reply.events)
  })
}
