import { mapElements, mapMember, mapMemberAt, mapString, memberText } from '../lib/json-member.ts'
import { parseLossless } from '../lib/lossless-json.ts'
import { federatedUri } from './names.ts'
import { federatedId } from './server-ids.ts'
import { federatedTask, RELATED_TASK } from './tasks.ts'

/** What makes the messages of one server those of several. */
export type Rewriting = Readonly<{
  server: string
  /** The method of the request that is being answered; undefined for a stream without one. */
  method: string | undefined
}>

/** Where something may have to be rewritten; most answers hold none of these and stay as they are. */
const MAY_CONCERN = /"(?:uri|method|taskId)"|\\u/

/** One message of a server with its URIs and ids as the face spells them; all other text as it is. */
export const rewrite = (text: string, rewriting: Rewriting): string => {
  if (!MAY_CONCERN.test(text)) return text
  const method = valueAt(text, ['method'])
  return typeof method === 'string'
    ? rewriteCall(text, method, rewriting.server)
    : rewriteAnswer(text, rewriting)
}

const valueAt = (text: string, path: readonly string[]): unknown => {
  const found = memberText(text, path)
  return found === undefined ? undefined : JSON.parse(found)
}

const TASK_STATUS: ReadonlySet<string> = new Set([
  'notifications/tasks/status',
  'notifications/tasks',
])

/** A server's request or notification. */
const rewriteCall = (text: string, method: string, server: string): string => {
  const ownId = (id: string) => JSON.stringify(federatedId(server, parseLossless(id)))
  const isRequest = memberText(text, ['id']) !== undefined
  const withId = mapMember(text, 'id', ownId)
  return mapMember(withId, 'params', (params) => {
    const related = atTask(params, RELATED_TASK, server)
    if (method === 'notifications/resources/updated') return withUri(related, server)
    // A server cancels only what it asked itself.
    if (method === 'notifications/cancelled') return mapMember(related, 'requestId', ownId)
    if (TASK_STATUS.has(method)) return withTask(related, server)
    return isRequest ? mapMemberAt(related, ['_meta', 'progressToken'], ownId) : related
  })
}

const rewriteAnswer = (text: string, { server, method }: Rewriting): string => {
  const links = LINKS.get(method)
  const inError = mapMemberAt(text, ['error', 'data'], (details) => withUri(details, server))
  return mapMember(inError, 'result', (result) =>
    atTask(links?.(result, server) ?? result, RELATED_TASK, server),
  )
}

const atTask = (text: string, path: readonly string[], server: string): string =>
  mapMemberAt(text, path, (id) => mapString(id, (own) => federatedTask(server, own)))

const withUri = (text: string, server: string): string =>
  mapMember(text, 'uri', (uri) => mapString(uri, (own) => federatedUri(server, own)))

/** A content block: a link, or a resource that is embedded. */
const withLinks = (block: string, server: string): string => {
  const type = valueAt(block, ['type'])
  if (type === 'resource_link') return withUri(block, server)
  return type === 'resource'
    ? mapMember(block, 'resource', (resource) => withUri(resource, server))
    : block
}

const withContent = (result: string, server: string): string =>
  mapMember(result, 'content', (content) =>
    mapElements(content, (block) => withLinks(block, server)),
  )

/** A task, with what it came to where that is told at once (tasks extension of MCP 2026-07-28). */
const withTask = (task: string, server: string): string =>
  mapMember(atTask(task, ['taskId'], server), 'result', (result) => withContent(result, server))

type Links = (result: string, server: string) => string

/** Where URIs and tasks stand in the answer to each method (MCP 2025-11-25 and 2026-07-28, schema). */
const LINKS: ReadonlyMap<string | undefined, Links> = new Map<string | undefined, Links>([
  [
    'tools/call',
    (result, server) =>
      valueAt(result, ['resultType']) === 'task'
        ? withTask(result, server)
        : withContent(atTask(result, ['task', 'taskId'], server), server),
  ],
  ['tasks/result', withContent],
  ['tasks/get', withTask],
  ['tasks/update', withTask],
  ['tasks/cancel', withTask],
  [
    'prompts/get',
    (result, server) =>
      mapMember(result, 'messages', (messages) =>
        mapElements(messages, (message) =>
          mapMember(message, 'content', (content) =>
            content.startsWith('[')
              ? mapElements(content, (block) => withLinks(block, server))
              : withLinks(content, server),
          ),
        ),
      ),
  ],
  [
    'resources/read',
    (result, server) =>
      mapMember(result, 'contents', (contents) =>
        mapElements(contents, (entry) => withUri(entry, server)),
      ),
  ],
])
