import { Value } from '@sinclair/typebox/value'
import type { Elysia } from 'elysia'
import {
  AccessDenied,
  type GatewayError,
  ItemNotFound,
  UnprocessableRequest,
  UpstreamFailed,
  UpstreamTimedOut,
} from '../../core/errors.ts'
import { isObject, type JsonObject } from '../../core/json-rpc.ts'
import type { Operation } from '../../core/operation.ts'
import { EXCHANGE_HEADER } from '../../core/protocol.ts'
import type { Answer } from '../../gateway/gateway.ts'
import { parseLossless } from '../../lib/lossless-json.ts'
import { firstViolation } from '../../lib/schema-violation.ts'
import { formatPath } from '../../lib/yaml.ts'
import type { House } from '../house.ts'
import { jsonAnswer } from '../json-answer.ts'
import { readJsonBody } from '../read-body.ts'
import { restRefusal } from '../refusals.ts'
import { REST_ROUTES, type RestInput, type RestRoute } from '../rest-routes.ts'
import type { Sockets } from '../source.ts'

/** Mounts the original's API. Every route is an operation through the one pipeline. */
export const mountRest = (app: Elysia, house: House): void => {
  for (const route of REST_ROUTES) {
    app.route(
      route.method,
      route.path,
      // Elysia gives no `params` where the path has none.
      ({ request, params, server }) => serve(house, route, request, params ?? {}, server),
      { parse: 'none' },
    )
  }
}

const serve = async (
  house: House,
  route: RestRoute,
  request: Request,
  params: Readonly<Record<string, string>>,
  sockets: Sockets | null,
): Promise<Response> => {
  const startedAt = house.now()
  let input: RestInput = { query: params, body: {} }
  const decode = async (): Promise<Operation> => {
    input = await readInput(house, route, request, params)
    sockets?.timeout(request, 0)
    return route.operation(input)
  }
  const answer = await house.gateway.handle({
    face: 'rest',
    source: house.sourceOf(request, sockets),
    server: params.mcp_server ?? serverInQuery(request.url),
    authorization: request.headers.get('authorization') ?? undefined,
    decode,
    sessionId: undefined,
    lastEventId: undefined,
    headers: {},
    signal: request.signal,
  })
  const rendering = { house, route, request, input, milliseconds: house.now() - startedAt }
  return render(rendering, answer)
}

const queryOf = (url: string) => {
  const start = url.indexOf('?')
  return new URLSearchParams(start === -1 ? '' : url.slice(start + 1))
}

const serverInQuery = (url: string) => queryOf(url).get('mcp_server') ?? undefined

const readInput = async (
  house: House,
  route: RestRoute,
  request: Request,
  params: Readonly<Record<string, string>>,
): Promise<RestInput> => {
  const query: Record<string, string> = { ...params }
  for (const [name, value] of queryOf(request.url)) {
    if (Object.hasOwn(query, name)) throw new UnprocessableRequest(`query ${name} is given twice`)
    query[name] = value
  }
  assertValid(route.query, query, 'query')
  if (route.body === undefined) return { query, body: {} }
  const { text, value } = await readJsonBody(request, house.door.maxBodyBytes)
  assertValid(route.body, value, 'body')
  const lossless = parseLossless(text)
  return { query, body: isObject(lossless) ? lossless : {} }
}

const assertValid = (schema: RestRoute['query'], value: unknown, where: string): void => {
  if (Value.Check(schema, value)) return
  const violation = firstViolation(schema, value)
  const path = violation === undefined ? '' : formatPath(violation.path)
  throw new UnprocessableRequest(`${where} ${path}: ${violation?.sentence ?? 'is not acceptable'}`)
}

type Refused = Extract<Answer, { refusal: GatewayError }>
type Rendering = Readonly<{
  house: House
  route: RestRoute
  request: Request
  input: RestInput
  milliseconds: number
}>

const json = ({ exchange }: Answer, body: JsonObject): Response =>
  jsonAnswer(JSON.stringify(body), 200, { [EXCHANGE_HEADER]: exchange.id })

const render = (rendering: Rendering, answer: Answer): Response => {
  if ('refusal' in answer) return renderRefusal(rendering, answer)
  const { route, input, milliseconds } = rendering
  const message = answer.reply.kind === 'single' ? parseLossless(answer.reply.text) : undefined
  if (isObject(message) && isObject(message.result)) {
    return json(answer, route.render(message.result, input, milliseconds))
  }
  const error = isObject(message) && isObject(message.error) ? String(message.error.message) : ''
  const refusal = new UpstreamFailed(error || 'The server gave no answer')
  return route.failure
    ? json(answer, route.failure(input, refusal.message, milliseconds))
    : renderRefusal(rendering, { ...answer, refusal })
}

/** Upstream faults of a permitted operation carry its envelope; every other refusal stands alone. */
const renderRefusal = (rendering: Rendering, refused: Refused): Response => {
  const { house, route, request, input, milliseconds } = rendering
  const { refusal } = refused
  if (route.denied && refusal instanceof AccessDenied && refusal.decision.scope === 'item') {
    return json(refused, route.denied(refusal.decision))
  }
  const permitted =
    refusal instanceof UpstreamFailed ||
    refusal instanceof UpstreamTimedOut ||
    refusal instanceof ItemNotFound
  const extra = permitted ? route.failure?.(input, refusal.message, milliseconds) : undefined
  return restRefusal(refused, house.challenger(request), extra)
}
