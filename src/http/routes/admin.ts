import type { TSchema } from '@sinclair/typebox'
import type { Elysia } from 'elysia'
import { InternalFault, UnprocessableRequest } from '../../core/errors.ts'
import { isObject, type JsonObject, resultText } from '../../core/json-rpc.ts'
import { assertSafeName, type Operation, toBareOperation } from '../../core/operation.ts'
import { RuleDraftSchema, RuleUndoSchema, RuleWriteSchema } from '../../core/rule.ts'
import { SnapshotQuerySchema } from '../../core/snapshot.ts'
import { firstViolation } from '../../lib/schema-violation.ts'
import { endsInOf } from '../ends-in.ts'
import type { House } from '../house.ts'
import { jsonAnswer } from '../json-answer.ts'
import { readJsonBody } from '../read-body.ts'
import { restRefusal } from '../refusals.ts'
import type { Sockets } from '../source.ts'
import { streamResponse } from '../stream-response.ts'
import { historyQuery, SessionSchema } from './admin-query.ts'

/** What the local operator and those with `gateway:observe` may see, and with `gateway:admin` do. */
export const mountAdmin = (app: Elysia, house: House): void => {
  // The live feed, resumable with `Last-Event-ID`; with other parameters than `bodies=1`, by which what
  // crosses is kept while this feed is read, a page of the record.
  app.get('/admin/events', ({ request, server }) =>
    serve(house, request, server, () => {
      const { search, searchParams } = new URL(request.url)
      const bodies = search === '?bodies=1'
      const query = bodies ? undefined : historyQuery(searchParams)
      if (query !== undefined) return question('datacline/history', query)
      server?.timeout(request, 0)
      return question('datacline/events', bodies ? { bodies } : undefined)
    }),
  )
  app.get('/admin/events/:id', ({ request, server, params }) =>
    serve(house, request, server, () => {
      assertSafeName(params.id)
      return question('datacline/event', { id: params.id })
    }),
  )
  app.get('/admin/snapshot', ({ request, server }) =>
    serve(house, request, server, () => {
      const { searchParams } = new URL(request.url)
      const asked = checked(SnapshotQuerySchema, Object.fromEntries(searchParams))
      return question('datacline/snapshot', searchParams.size === 0 ? undefined : asked)
    }),
  )
  app.get('/admin/servers/:name/logs', ({ request, server, params }) =>
    serve(house, request, server, () => {
      assertSafeName(params.name)
      const operation = toBareOperation(params.name, 'either', 'datacline/server-log')
      if (new URL(request.url).search !== '?follow=1') return operation
      server?.timeout(request, 0)
      return { ...operation, arguments: { follow: true } }
    }),
  )
  app.delete('/admin/sessions/:id', ({ request, server, params }) =>
    serve(house, request, server, () => {
      const id = checked(SessionSchema, { id: params.id })
      return question('datacline/end-session', id)
    }),
  )
  for (const [path, method, schema] of POLICY) {
    app.post(
      path,
      ({ request, server }) =>
        serve(house, request, server, async () => {
          const { value } = await readJsonBody(request, house.door.maxBodyBytes)
          return question(method, checked(schema, value))
        }),
      { parse: 'none' },
    )
  }
}

/** What those with `gateway:admin` may do to the policy, and see before they do. */
const POLICY = [
  ['/admin/policy/preview', 'datacline/policy-preview', RuleDraftSchema],
  ['/admin/policy/rules', 'datacline/policy-write', RuleWriteSchema],
  ['/admin/policy/undo', 'datacline/policy-undo', RuleUndoSchema],
] as const

/** @throws UnprocessableRequest for what the schema does not allow */
const checked = (schema: TSchema, value: unknown): JsonObject => {
  const violation = firstViolation(schema, value)
  if (violation === undefined && isObject(value)) return value
  const where = violation?.path.join('.') || 'the body'
  throw new UnprocessableRequest(`${where}: ${violation?.sentence ?? 'expected an object'}`)
}

/** A question to the gateway itself; what was asked stands in the record. */
const question = (
  method: Parameters<typeof toBareOperation>[2],
  asked?: JsonObject,
): Operation => ({
  ...toBareOperation('*', 'either', method),
  arguments: asked,
})

const serve = async (
  house: House,
  request: Request,
  sockets: Sockets | null,
  decode: () => Operation | Promise<Operation>,
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
  if ('refusal' in answer) return restRefusal(answer, house.challenger(request))
  const { reply } = answer
  if (reply.kind === 'stream') {
    return streamResponse(reply.events, { endsIn: endsInOf(house, answer) })
  }
  return reply.kind === 'single' ? resultResponse(reply.text) : new Response(null, { status: 204 })
}

/** The gateway's own answers are not parsed again: a page of the record may be large. */
const BEFORE_RESULT = resultText('0', null).slice(0, -'null}'.length)

const resultResponse = (text: string): Response => {
  if (!text.startsWith(BEFORE_RESULT)) throw new InternalFault('an answer that is none of ours')
  return jsonAnswer(text.slice(BEFORE_RESULT.length, -1))
}
