import type { Conversation } from '../../core/conversation.ts'
import { InvalidParams, MethodNotAllowed, MethodNotFound } from '../../core/errors.ts'
import { errorText, isObject, type JsonObject, type Message } from '../../core/json-rpc.ts'
import { type Era, INFO_META, LEGACY_VERSIONS, META, MODERN_VERSIONS } from '../../core/protocol.ts'
import type { Http1Response } from '../../lib/http1-connection.ts'
import { memberText } from '../../lib/json-member.ts'
import { parseLossless } from '../../lib/lossless-json.ts'
import { beginCall, type Call } from '../call.ts'
import { failed, NotAnAnswer } from '../faults.ts'
import { crossingHeaders } from '../headers.ts'
import type { HttpEndpoint } from '../http-endpoint.ts'
import { valueAt } from '../server-message.ts'

/** Characters of a server's own error that a caller reads. */
const MAX_ERROR = 4096

const parse = (server: string, text: string): unknown => {
  try {
    return parseLossless(text)
  } catch {
    throw failed(server, 'answered with something that is not JSON', new NotAnAnswer())
  }
}

/**
 * A tool name as exactly one path segment (RFC 3986 §3.3), so that no name leads to another path.
 *
 * @throws InvalidParams for names that no encoding keeps in one segment
 */
export const toolSegment = (name: unknown): string => {
  if (typeof name !== 'string' || name === '' || /^\.{1,2}$/.test(name) || !name.isWellFormed()) {
    throw new InvalidParams(`Unknown tool: ${JSON.stringify(name)}`)
  }
  return encodeURIComponent(name)
}

/**
 * The original's dialect (`GET /tools`, `POST /tools/{tool}/invoke`, `GET /info` under the entry's URL)
 * as a conversation of either era. What has no counterpart there is a method not found.
 *
 * @param timeout milliseconds without a sign of life before a call is given up
 */
export const createRestConversation = (
  era: Era,
  endpoint: HttpEndpoint,
  timeout: number,
): Conversation => {
  const { server } = endpoint
  const [path = '/', query] = endpoint.path.split('?', 2)
  const pathOf = (rest: string) =>
    path.replace(/\/+$/, '') + rest + (query === undefined ? '' : `?${query}`)

  const get = (rest: string, call: Call) =>
    endpoint.request({
      method: 'GET',
      path: pathOf(rest),
      headers: { accept: 'application/json' },
      signal: call.signal,
    })
  const read = (response: Http1Response, call: Call) => endpoint.text(response, call.deadline.touch)
  const refuse = ({ status }: Http1Response) =>
    failed(server, `answered with HTTP ${status}`, new NotAnAnswer(status))

  /** What the server says of itself; many have nothing to say. */
  const info = async (call: Call): Promise<JsonObject> => {
    const response = await get('/info', call)
    const text = await read(response, call)
    const value = response.status === 200 ? parse(server, text) : undefined
    return isObject(value) ? value : {}
  }
  const introduce = async (call: Call) => {
    const told = await info(call).catch((cause: unknown) => {
      if (call.ended() !== undefined) throw cause
      return {} as JsonObject
    })
    const name = typeof told.name === 'string' ? told.name : server
    const version = typeof told.version === 'string' ? told.version : 'unknown'
    return {
      capabilities: { tools: {} },
      serverInfo: { name, version },
      ...(typeof told.description === 'string' && { instructions: told.description }),
      _meta: { [INFO_META]: told },
    }
  }
  const listTools = async (_message: Message, call: Call) => {
    const response = await get('/tools', call)
    const text = await read(response, call)
    if (response.status !== 200) throw refuse(response)
    const listing = parse(server, text)
    const tools = isObject(listing) ? listing.tools : undefined
    if (!Array.isArray(tools)) throw failed(server, 'gave no list of tools', new NotAnAnswer())
    const complete = tools.filter(isObject).map((tool) => ({
      ...tool,
      ...(tool.inputSchema === undefined && { inputSchema: { type: 'object' } }),
    }))
    return JSON.stringify({ tools: complete, ...cacheHints })
  }
  const cacheHints = era === 'modern' ? { ttlMs: 0, cacheScope: 'private' } : {}

  /** The server's JSON stays its own text, so that no number changes on the way. */
  const toResult = (text: string): string => {
    const json = text.trim() === '' ? 'null' : text.trim()
    parse(server, json)
    return `{"content":[{"type":"text","text":${JSON.stringify(json)}}],"structuredContent":${json},"isError":false}`
  }
  const toToolError = (text: string, status: number): string => {
    const words = text.trim() === '' ? `HTTP ${status}` : text.trim().slice(0, MAX_ERROR)
    return JSON.stringify({ content: [{ type: 'text', text: words }], isError: true })
  }
  const callTool = async (message: Message, call: Call, headers: Record<string, string>) => {
    const name = message.params?.name
    const response = await endpoint.request({
      method: 'POST',
      path: pathOf(`/tools/${toolSegment(name)}/invoke`),
      headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
      body: argumentsText(message),
      signal: call.signal,
    })
    const text = await read(response, call)
    const { status } = response
    if (status === 404) throw new InvalidParams(`Unknown tool: ${String(name)}`)
    if (status >= 500 || status === 401 || status === 403) throw refuse(response)
    return status >= 400 ? toToolError(text, status) : toResult(text)
  }

  const initialize = async (message: Message, call: Call) => {
    const asked = message.params?.protocolVersion
    const protocolVersion =
      LEGACY_VERSIONS.find((version) => version === asked) ?? LEGACY_VERSIONS[0]
    return JSON.stringify({ protocolVersion, ...(await introduce(call)) })
  }
  const discover = async (_message: Message, call: Call) => {
    const { serverInfo, _meta, ...rest } = await introduce(call)
    return JSON.stringify({
      supportedVersions: MODERN_VERSIONS,
      ...rest,
      ...cacheHints,
      _meta: { ..._meta, [META.serverInfo]: serverInfo },
    })
  }
  type Method = (message: Message, call: Call, headers: Record<string, string>) => Promise<string>
  const shared: readonly (readonly [string, Method])[] = [
    ['tools/list', listTools],
    ['tools/call', callTool],
  ]
  const methods = new Map<string, Method>(
    era === 'modern'
      ? [...shared, ['server/discover', discover]]
      : [...shared, ['initialize', initialize], ['ping', async () => '{}']],
  )

  /** Every modern result says what kind it is (MCP 2026-07-28, `resultType`). */
  const complete = (result: string): string => {
    if (era === 'legacy') return result
    return result === '{}'
      ? '{"resultType":"complete"}'
      : `{"resultType":"complete",${result.slice(1)}`
  }

  const answerTo = async (
    message: Message,
    call: Call,
    headers: Record<string, string>,
  ): Promise<string> => {
    const name = message.method ?? ''
    const idText = message.idText ?? 'null'
    try {
      const method = methods.get(name)
      if (method === undefined) throw new MethodNotFound(name, era)
      const result = complete(await method(message, call, headers))
      return `{"jsonrpc":"2.0","id":${idText},"result":${result}}`
    } catch (cause) {
      if (!(cause instanceof InvalidParams || cause instanceof MethodNotFound)) throw cause
      return errorText(idText, { code: cause.rpcCode, message: cause.message })
    }
  }

  return {
    era,
    send: async (message, options) => {
      if (message.kind !== 'request') return { kind: 'accepted' }
      const call = beginCall({ server, signal: options.signal, timeout })
      try {
        return {
          kind: 'single',
          text: await answerTo(message, call, crossingHeaders(options.headers)),
        }
      } catch (cause) {
        throw call.explain(cause)
      } finally {
        call.finish()
      }
    },
    listen: async () => {
      throw new MethodNotAllowed(`Server ${server} has no such stream`)
    },
    close: async () => undefined,
  }
}

const argumentsText = (message: Message): string => {
  const given = valueAt(message.params, ['arguments'])
  return isObject(given) ? (memberText(message.text, ['params', 'arguments']) ?? '{}') : '{}'
}
