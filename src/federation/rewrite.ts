import { isObject, type JsonObject } from '../core/json-rpc.ts'
import { parseLossless } from '../lib/lossless-json.ts'
import { federatedUri } from './names.ts'
import { federatedId } from './server-ids.ts'

/** What makes the messages of one server those of several. */
export type Rewriting = Readonly<{
  server: string
  /** The method of the request that is being answered; undefined for a stream without one. */
  method: string | undefined
  /** A server's `requestState` so that no other server ever gets it. */
  seal: (state: string) => string
}>

/** Where something may have to be rewritten; most answers hold none of these and stay as they are. */
const MAY_CONCERN = /"(?:uri|requestState|method)"|\\u/

/** One message of a server with its URIs, ids and state as the face spells them; all else as it is. */
export const rewrite = (text: string, rewriting: Rewriting): string => {
  if (!MAY_CONCERN.test(text)) return text
  const message = parseLossless(text)
  if (!isObject(message)) return text
  const rewritten =
    typeof message.method === 'string'
      ? rewriteCall(message, rewriting.server)
      : rewriteAnswer(message, rewriting)
  return rewritten === message ? text : JSON.stringify(rewritten)
}

/** A server's request or notification. */
const rewriteCall = (message: JsonObject, server: string): JsonObject => {
  const id = Object.hasOwn(message, 'id') ? { id: federatedId(server, message.id) } : {}
  if (!isObject(message.params)) return { ...message, ...id }
  const { params } = message
  if (message.method === 'notifications/resources/updated') {
    return { ...message, params: withUri(params, server) }
  }
  if (message.method === 'notifications/cancelled') {
    // A server cancels only what it asked itself.
    return { ...message, params: { ...params, requestId: federatedId(server, params.requestId) } }
  }
  return Object.hasOwn(message, 'id')
    ? { ...message, ...id, params: withToken(params, server) }
    : message
}

const withToken = (params: JsonObject, server: string): JsonObject => {
  const meta = params._meta
  if (!isObject(meta) || meta.progressToken === undefined) return params
  return {
    ...params,
    _meta: { ...meta, progressToken: federatedId(server, meta.progressToken) },
  }
}

const rewriteAnswer = (message: JsonObject, rewriting: Rewriting): JsonObject => {
  const { server, method, seal } = rewriting
  const { result, error } = message
  if (isObject(error) && isObject(error.data)) {
    return { ...message, error: { ...error, data: withUri(error.data, server) } }
  }
  if (!isObject(result)) return message
  const linked = LINKS.get(method)?.(result, server) ?? result
  const state = linked.requestState
  return {
    ...message,
    result: typeof state === 'string' ? { ...linked, requestState: seal(state) } : linked,
  }
}

const withUri = (object: JsonObject, server: string): JsonObject =>
  typeof object.uri === 'string' ? { ...object, uri: federatedUri(server, object.uri) } : object

const each = (list: unknown, map: (entry: JsonObject) => JsonObject): unknown =>
  Array.isArray(list) ? list.map((entry: unknown) => (isObject(entry) ? map(entry) : entry)) : list

/** A content block: a link, or a resource that is embedded. */
const withLinks = (block: JsonObject, server: string): JsonObject => {
  if (block.type === 'resource_link') return withUri(block, server)
  if (block.type !== 'resource' || !isObject(block.resource)) return block
  return { ...block, resource: withUri(block.resource, server) }
}

const member = (result: JsonObject, name: string, map: (entry: JsonObject) => JsonObject) =>
  Object.hasOwn(result, name) ? { ...result, [name]: each(result[name], map) } : result

type Links = (result: JsonObject, server: string) => JsonObject

/** Where the URIs stand in the answer to each method (MCP 2025-11-25 and 2026-07-28, schema). */
const LINKS: ReadonlyMap<string | undefined, Links> = new Map<string | undefined, Links>([
  [
    'tools/call',
    (result, server) => member(result, 'content', (block) => withLinks(block, server)),
  ],
  [
    'prompts/get',
    (result, server) =>
      member(result, 'messages', (message) => ({
        ...message,
        content: isObject(message.content)
          ? withLinks(message.content, server)
          : each(message.content, (block) => withLinks(block, server)),
      })),
  ],
  [
    'resources/read',
    (result, server) => member(result, 'contents', (entry) => withUri(entry, server)),
  ],
])
