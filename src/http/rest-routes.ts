import { type TSchema, Type as t } from '@sinclair/typebox'
import type { Deny } from '../core/decision.ts'
import { buildRequest, isObject, type JsonObject } from '../core/json-rpc.ts'
import { type Operation, toBareOperation, toOperation } from '../core/operation.ts'

/** What a REST call sends, checked against its schemas. */
export type RestInput = Readonly<{ query: JsonObject; body: JsonObject }>

/** One route of the original's API: its schemas, the operation it means, and the body it answers. */
export type RestRoute = Readonly<{
  method: 'GET' | 'POST'
  path: string
  summary: string
  /** Path and query parameters. */
  query: TSchema
  body?: TSchema
  answer: TSchema
  operation: (input: RestInput) => Operation
  /** From the JSON-RPC `result` to the body. */
  render: (result: JsonObject, input: RestInput, milliseconds: number) => JsonObject
  /** Members that stand beside `detail` when the operation was permitted and failed upstream. */
  failure?: (input: RestInput, error: string, milliseconds: number) => JsonObject
  /** For a route where a denied item is an answer like any other, with HTTP 200. */
  denied?: (decision: Deny) => JsonObject
}>

const ServerQuery = t.Object({ mcp_server: t.String({ minLength: 1 }) })
const AnyObject = t.Record(t.String(), t.Unknown())

const serverOf = ({ query }: RestInput) => String(query.mcp_server)

const ask = (server: string, method: string, params: JsonObject = {}): Operation =>
  toOperation(server, 'either', buildRequest(0, method, params))

/** `list-tools`, `list-resources` and `list-prompts` differ in one word. */
const listing = (word: 'tools' | 'resources' | 'prompts'): RestRoute => ({
  method: 'GET',
  path: `/mcp/list-${word}`,
  summary: `The ${word} of one server that the caller may use`,
  query: ServerQuery,
  answer: t.Object({ mcp_server: t.String(), [word]: t.Array(AnyObject), count: t.Integer() }),
  operation: (input) => ask(serverOf(input), `${word}/list`),
  render: (result, input) => {
    const entries = Array.isArray(result[word]) ? (result[word] as unknown[]) : []
    return { mcp_server: serverOf(input), [word]: entries, count: entries.length }
  },
})

const Invocation = t.Object({
  tool_name: t.String({ minLength: 1 }),
  parameters: t.Optional(t.Union([AnyObject, t.Null()])),
})

const invocation = (
  { query, body }: RestInput,
  result: unknown,
  error: string | null,
  milliseconds: number,
): JsonObject => ({
  success: error === null,
  tool_name: body.tool_name,
  mcp_server: query.mcp_server,
  result,
  error,
  execution_time_ms: milliseconds,
})

const textOf = (content: unknown): string => {
  const texts = Array.isArray(content)
    ? content.map((part: unknown) => (isObject(part) ? part.text : undefined))
    : []
  return texts.filter((text) => typeof text === 'string').join('\n') || 'The tool failed'
}

const invoke: RestRoute = {
  method: 'POST',
  path: '/mcp/invoke',
  summary: 'Calls one tool of one server',
  query: ServerQuery,
  body: Invocation,
  answer: t.Object({
    success: t.Boolean(),
    tool_name: t.String(),
    mcp_server: t.String(),
    result: t.Unknown(),
    error: t.Union([t.String(), t.Null()]),
    execution_time_ms: t.Integer(),
  }),
  operation: (input) => {
    const { tool_name, parameters } = input.body
    return ask(serverOf(input), 'tools/call', { name: tool_name, arguments: parameters ?? {} })
  },
  render: (result, input, milliseconds) => {
    const { structuredContent, content } = result
    const shown = structuredContent === undefined ? { content } : structuredContent
    const error = result.isError === true ? textOf(content) : null
    return invocation(input, shown, error, milliseconds)
  },
  failure: (input, error, milliseconds) => invocation(input, null, error, milliseconds),
}

const decide: RestRoute = {
  method: 'POST',
  path: '/mcp/decide',
  summary: 'What policy says to a call of one tool; the call is not made',
  query: ServerQuery,
  body: Invocation,
  answer: t.Object({ allowed: t.Boolean(), decision: AnyObject }),
  operation: (input) => {
    const { tool_name, parameters } = input.body
    const params = { name: tool_name, arguments: parameters ?? {} }
    const message = buildRequest(0, 'tools/call', params)
    return toOperation(serverOf(input), 'either', message, 'datacline/decide')
  },
  render: (result) => result,
  denied: ({ reason }) => ({ allowed: false, decision: reason }),
}

const readResource: RestRoute = {
  method: 'GET',
  path: '/mcp/read-resource',
  summary: 'Reads one resource of one server',
  query: t.Object({ mcp_server: t.String({ minLength: 1 }), uri: t.String({ minLength: 1 }) }),
  answer: t.Object({ mcp_server: t.String(), uri: t.String(), contents: t.Array(AnyObject) }),
  operation: (input) => ask(serverOf(input), 'resources/read', { uri: input.query.uri }),
  render: (result, { query }) => ({ ...query, contents: result.contents ?? [] }),
}

const getPrompt: RestRoute = {
  method: 'GET',
  path: '/mcp/get-prompt',
  summary: 'One prompt of one server; its arguments are further query parameters',
  query: t.Object({ mcp_server: t.String({ minLength: 1 }), name: t.String({ minLength: 1 }) }),
  answer: t.Object({
    mcp_server: t.String(),
    name: t.String(),
    messages: t.Array(AnyObject),
    description: t.Optional(t.String()),
  }),
  operation: (input) => {
    const { mcp_server: _server, name, ...given } = input.query
    return ask(serverOf(input), 'prompts/get', { name, arguments: given })
  },
  render: (result, { query }) => ({
    mcp_server: query.mcp_server,
    name: query.name,
    messages: result.messages ?? [],
    ...(result.description !== undefined && { description: result.description }),
  }),
}

const servers: RestRoute = {
  method: 'GET',
  path: '/mcp/servers',
  summary: 'The servers that the caller may use',
  query: t.Object({}),
  answer: t.Object({ servers: t.Array(AnyObject), count: t.Integer() }),
  operation: () => toBareOperation('*', 'either', 'datacline/list-servers'),
  render: (result) => {
    const entries = Array.isArray(result.servers) ? (result.servers as unknown[]) : []
    return { servers: entries, count: entries.length }
  },
}

const serverInfo: RestRoute = {
  method: 'GET',
  path: '/mcp/server/:mcp_server/info',
  summary: 'What one server says of itself',
  query: ServerQuery,
  answer: AnyObject,
  operation: (input) => toBareOperation(serverOf(input), 'either', 'datacline/server-info'),
  render: (result) => result,
}

/** The original's API and its later twins, in the order in which the documentation shows them. */
export const REST_ROUTES: readonly RestRoute[] = [
  servers,
  serverInfo,
  listing('tools'),
  invoke,
  decide,
  listing('resources'),
  readResource,
  listing('prompts'),
  getPrompt,
]
