import { type TSchema, Type as t } from '@sinclair/typebox'
import { REST_ROUTES, type RestRoute } from './rest-routes.ts'

const Refusal = t.Object({
  detail: t.String(),
  code: t.String(),
  reason: t.Optional(t.Record(t.String(), t.Unknown())),
})

/** What each status of the REST face means, for the document and for the page. */
export const STATUSES: Readonly<Record<number, string>> = {
  400: 'Malformed: not JSON, a key twice, a name that no server may see',
  401: 'No or no valid token',
  403: 'Denied by policy; `reason` names the rule, its file and line',
  404: 'Unknown server, tool, prompt or resource',
  415: 'Content-Type is not application/json',
  422: 'Wrong fields',
  429: 'Over a limit; see Retry-After',
  502: 'The server failed',
  503: 'The record or the issuer is not available',
  504: 'The server did not answer in time',
}

/** OpenAPI 3.1 of the REST face, from the very schemas that requests are checked against. */
export const openApiDocument = (version: string): Readonly<Record<string, unknown>> => ({
  openapi: '3.1.0',
  info: { title: 'datacline', version, license: { name: 'MIT' } },
  components: {
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    schemas: { Refusal },
  },
  security: [{ bearer: [] }],
  paths: Object.fromEntries(
    REST_ROUTES.map((route) => [
      openApiPath(route.path),
      { [route.method.toLowerCase()]: toOperation(route) },
    ]),
  ),
})

/** Elysia's `:name` as OpenAPI's `{name}`. */
export const openApiPath = (path: string): string => path.replace(/:(\w+)/g, '{$1}')

const json = (schema: unknown) => ({ 'application/json': { schema } })

const toOperation = (route: RestRoute) => ({
  operationId: `${route.method.toLowerCase()}${route.path.replace(/[^a-z]+/g, '_')}`,
  summary: route.summary,
  parameters: parametersOf(route),
  ...(route.body && { requestBody: { required: true, content: json(route.body) } }),
  responses: {
    200: { description: 'Done', content: json(route.answer) },
    ...Object.fromEntries(
      Object.entries(STATUSES).map(([status, description]) => [
        status,
        { description, content: json({ $ref: '#/components/schemas/Refusal' }) },
      ]),
    ),
  },
})

const parametersOf = (route: RestRoute) => {
  const properties = (route.query.properties ?? {}) as Record<string, TSchema>
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: route.path.includes(`:${name}`) ? 'path' : 'query',
    required: true,
    schema,
  }))
}
