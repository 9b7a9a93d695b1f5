import { type TSchema, Type as t } from '@sinclair/typebox'
import { DESCRIBED_ROUTES, type DescribedRoute } from './described-routes.ts'
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
  405: 'A method that the path does not have',
  406: 'MCP alone: Accept must list application/json and text/event-stream',
  413: 'The body is too large',
  415: 'Content-Type is not application/json',
  421: 'A foreign Host',
  422: 'Wrong fields',
  429: 'Over a limit; see Retry-After',
  431: 'The headers are too large',
  502: 'The server failed',
  503: 'The record or the issuer is not available',
  504: 'The server did not answer in time',
}

/** OpenAPI 3.1 of every route; where requests are checked, from the very schemas that check them. */
export const openApiDocument = (version: string): Readonly<Record<string, unknown>> => ({
  openapi: '3.1.0',
  info: { title: 'datacline', version, license: { name: 'MIT' } },
  components: {
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    schemas: { Refusal },
  },
  security: [{ bearer: [] }],
  paths: pathsOf([...REST_ROUTES.map(describe), ...DESCRIBED_ROUTES]),
})

/** Elysia's `:name` and `*` as OpenAPI's `{name}` and `{path}`. */
export const openApiPath = (path: string): string =>
  path.replace(/:(\w+)/g, '{$1}').replace('*', '{path}')

const describe = ({ method, path, summary, query, body, answer }: RestRoute): DescribedRoute => ({
  method,
  path,
  summary,
  query,
  ...(body && { body }),
  answer: { 'application/json': answer },
})

/** One member a path, with one a method. */
const pathsOf = (routes: readonly DescribedRoute[]) => {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const path = openApiPath(route.path)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: toOperation(route) }
  }
  return paths
}

const contentOf = (answer: DescribedRoute['answer']) => {
  const kinds = Object.entries(answer).map(([kind, schema]) => [kind, { schema }])
  return kinds.length === 0 ? {} : { content: Object.fromEntries(kinds) }
}

const REFUSAL = contentOf({ 'application/json': t.Ref('#/components/schemas/Refusal') })
const RPC_ERROR = contentOf({ 'application/json': t.Record(t.String(), t.Unknown()) })

const toOperation = (route: DescribedRoute) => ({
  operationId: `${route.method.toLowerCase()}${openApiPath(route.path).replace(/[^a-z]+/g, '_')}`,
  summary: route.summary,
  parameters: parametersOf(route),
  ...(route.public && { security: [] }),
  ...(route.body && {
    requestBody: { required: true, ...contentOf({ 'application/json': route.body }) },
  }),
  responses: {
    200: { description: 'Done', ...contentOf(route.answer) },
    ...(!route.public && refusalsOf(route)),
    ...responsesOf(route.statuses ?? {}, route.public ? contentOf(route.answer) : {}),
  },
})

/** The MCP faces refuse in the words of JSON-RPC. */
const refusalsOf = ({ path }: DescribedRoute) =>
  responsesOf(STATUSES, path.endsWith('/mcp') ? RPC_ERROR : REFUSAL)

const responsesOf = (statuses: Readonly<Record<number, string>>, content: object) =>
  Object.fromEntries(
    Object.entries(statuses).map(([status, description]) => [status, { description, ...content }]),
  )

const parametersOf = ({ path, query }: DescribedRoute) => {
  const properties = (query?.properties ?? {}) as Record<string, TSchema>
  const required: readonly string[] = query?.required ?? []
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: openApiPath(path).includes(`{${name}}`) ? 'path' : 'query',
    required: required.includes(name),
    schema,
  }))
}
