import { InvalidParams, MalformedRequest } from './errors.ts'
import { isObject, type JsonObject, type Message, refuseLookalikesOf } from './json-rpc.ts'
import type { Era } from './protocol.ts'
import type { Resource } from './resource.ts'

/**
 * What a method acts on. `item`: one tool, prompt or resource. `list`: a listing, permitted when any of
 * its items may be. `server`: the conversation itself, permitted to whoever may use anything of the
 * server. `gateway`: the gateway's own state.
 */
export type Scope = 'item' | 'list' | 'server' | 'gateway'

/** One action on one resource, as read from one message. Decided first, forwarded after. */
export type Operation = Readonly<{
  /** The era the caller spoke; `either` for faces that leave the choice to the gateway. */
  era: Era | 'either'
  /** The JSON-RPC method, or `datacline/…` for what no upstream ever sees. */
  method: string
  /** What policy.yaml calls it: `invoke_tool`, `list_tools`, `method:vendor/search` … */
  action: string
  scope: Scope
  resource: Resource
  /** For `list`: the action each item of the list would need. */
  itemAction: string | undefined
  /** Tool or prompt arguments, for conditions and for the record. */
  arguments: JsonObject | undefined
  /** What is forwarded; undefined where there is nothing to forward (GET, DELETE, our own state). */
  message: Message | undefined
}>

type MethodRow = Readonly<{
  action: string
  scope: Scope
  /** Which parameter names the item. */
  name?: (params: JsonObject) => unknown
  arguments?: string
  itemAction?: string
  /** The member of the result that holds the list, and the member that names each entry. */
  listing?: Readonly<{ member: string; key: string }>
}>

const server = (action: string): MethodRow => ({ action, scope: 'server' })

const task: MethodRow = {
  action: 'invoke_tool',
  scope: 'item',
  name: (params) => params.taskId,
}

/** By which member a server finds what is completed (MCP, `PromptReference`, `ResourceTemplateReference`). */
const REFERRED_BY: ReadonlyMap<unknown, string> = new Map([
  ['ref/prompt', 'name'],
  ['ref/resource', 'uri'],
])

const referenced = ({ ref }: JsonObject): unknown => {
  const member = isObject(ref) ? REFERRED_BY.get(ref.type) : undefined
  return isObject(ref) && member !== undefined ? ref[member] : undefined
}

/**
 * Every method of every revision that the gateway lets through, and what policy sees of it. A method
 * without a row is `method:{name}` on the server as an item: denied unless the policy names it.
 */
export const METHODS = {
  'tools/list': {
    action: 'list_tools',
    scope: 'list',
    itemAction: 'invoke_tool',
    listing: { member: 'tools', key: 'name' },
  },
  'tools/call': {
    action: 'invoke_tool',
    scope: 'item',
    name: (params) => params.name,
    arguments: 'arguments',
  },
  'resources/list': {
    action: 'list_resources',
    scope: 'list',
    itemAction: 'read_resource',
    listing: { member: 'resources', key: 'uri' },
  },
  'resources/templates/list': {
    action: 'list_resources',
    scope: 'list',
    itemAction: 'read_resource',
    listing: { member: 'resourceTemplates', key: 'uriTemplate' },
  },
  'resources/read': { action: 'read_resource', scope: 'item', name: (params) => params.uri },
  'resources/subscribe': {
    action: 'read_resource',
    scope: 'item',
    name: (params) => params.uri,
  },
  'resources/unsubscribe': {
    action: 'read_resource',
    scope: 'item',
    name: (params) => params.uri,
  },
  'prompts/list': {
    action: 'list_prompts',
    scope: 'list',
    itemAction: 'get_prompt',
    listing: { member: 'prompts', key: 'name' },
  },
  'prompts/get': {
    action: 'get_prompt',
    scope: 'item',
    name: (params) => params.name,
    arguments: 'arguments',
  },
  // What policy says to a call: decided and recorded like the call itself, and never forwarded.
  'datacline/decide': {
    action: 'invoke_tool',
    scope: 'item',
    name: (params) => params.name,
    arguments: 'arguments',
  },
  // Tasks are the calls that made them: the gateway knows which, and decides on that tool instead of
  // the id, which is all that the message itself tells.
  'tasks/get': task,
  'tasks/result': task,
  'tasks/update': task,
  'tasks/cancel': task,
  'tasks/list': {
    action: 'invoke_tool',
    scope: 'list',
    itemAction: 'invoke_tool',
    listing: { member: 'tasks', key: 'taskId' },
  },
  'notifications/tasks/status': server('connect'),
  // A completion tells as much as the prompt or resource it completes.
  'completion/complete': { action: 'complete', scope: 'item', name: referenced },
  initialize: server('connect'),
  'server/discover': server('connect'),
  ping: server('connect'),
  'logging/setLevel': server('set_log_level'),
  'subscriptions/listen': server('subscribe'),
  'notifications/initialized': server('connect'),
  'notifications/cancelled': server('connect'),
  'notifications/progress': server('connect'),
  'notifications/roots/list_changed': server('connect'),
  'notifications/elicitation/complete': server('connect'),
  'datacline/response': server('connect'),
  'datacline/stream': server('connect'),
  'datacline/close-session': server('connect'),
  'datacline/server-info': server('get_server_info'),
  'datacline/list-servers': { action: 'list_servers', scope: 'gateway' },
  'datacline/events': { action: 'gateway:observe', scope: 'gateway' },
  'datacline/history': { action: 'gateway:observe', scope: 'gateway' },
  'datacline/event': { action: 'gateway:observe', scope: 'gateway' },
  'datacline/snapshot': { action: 'gateway:observe', scope: 'gateway' },
  'datacline/server-log': { action: 'gateway:observe', scope: 'gateway' },
  'datacline/end-session': { action: 'gateway:admin', scope: 'gateway' },
  'datacline/policy-preview': { action: 'gateway:admin', scope: 'gateway' },
  'datacline/policy-write': { action: 'gateway:admin', scope: 'gateway' },
  'datacline/policy-undo': { action: 'gateway:admin', scope: 'gateway' },
} as const satisfies Record<string, MethodRow>

/** The row of a method, by own keys only: `constructor` is not a method. */
export const methodRow = (method: string): MethodRow | undefined =>
  Object.hasOwn(METHODS, method) ? METHODS[method as keyof typeof METHODS] : undefined

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/
const DOT_SEGMENT = /(^|[/\\?#])\.\.?($|[/\\?#])/

/** Percent-decodes again and again, so that `%252e%252e` is seen for what it becomes. */
const fullyDecoded = (name: string): string => {
  let text = name
  for (let round = 0; round < 4 && text.includes('%'); round++) {
    const next = text.replace(/%([0-9a-f]{2})/gi, (_, hex) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    if (next === text) break
    text = next
  }
  return text
}

/**
 * Refuses names that different parsers read differently: control characters, dot segments in any
 * encoding, and encoded separators. Other characters are data and pass as they are.
 *
 * @throws MalformedRequest
 */
export const assertSafeName = (name: string): void => {
  if (name.length > 2048) throw new MalformedRequest('The name is longer than 2048 characters')
  const decoded = fullyDecoded(name)
  if (CONTROL.test(decoded)) throw new MalformedRequest('The name holds a control character')
  if (DOT_SEGMENT.test(decoded)) throw new MalformedRequest('The name holds a dot segment')
}

/** The parameters by which it is decided who may do what; a server must find no others. */
const refuseOthers = refuseLookalikesOf([
  'name',
  'uri',
  'arguments',
  'taskId',
  'ref',
  'notifications',
  '_meta',
])
const refuseOtherReferences = refuseLookalikesOf(['type', 'name', 'uri'])

const nameOf = (row: MethodRow, params: JsonObject, method: string): string => {
  if (row.scope !== 'item' || row.name === undefined) return '*'
  const name = row.name(params)
  if (typeof name !== 'string' || name === '') {
    throw new InvalidParams(`${method} needs a name of type string`)
  }
  assertSafeName(name)
  return name
}

const argumentsOf = (row: MethodRow, params: JsonObject): JsonObject | undefined => {
  if (row.arguments === undefined) return undefined
  const given = params[row.arguments]
  if (given === undefined || given === null) return undefined
  if (!isObject(given)) throw new InvalidParams(`${row.arguments} must be an object`)
  return given
}

/**
 * What one message means to do, by the method table.
 *
 * @throws InvalidParams when the item it acts on is not named
 * @throws MalformedRequest when the name, or what holds it, could be read in two ways
 */
export const toOperation = (
  server: string,
  era: Operation['era'],
  message: Message,
  method: string = message.method ?? 'datacline/response',
): Operation => {
  const params = message.params ?? {}
  // Methods of our own are what faces mean, never what a caller may say.
  const row = message.method?.startsWith('datacline/') ? undefined : methodRow(method)
  if (row === undefined) {
    return {
      era,
      method,
      action: `method:${method}`,
      scope: 'item',
      resource: { server, name: '*' },
      itemAction: undefined,
      arguments: undefined,
      message,
    }
  }
  refuseOthers(params)
  if (isObject(params.ref)) refuseOtherReferences(params.ref)
  return {
    era,
    method,
    action: row.action,
    scope: row.scope,
    resource: { server, name: nameOf(row, params, method) },
    itemAction: row.itemAction,
    arguments: argumentsOf(row, params),
    message,
  }
}

/** An operation without a message: a GET stream, the end of a session, the gateway's own state. */
export const toBareOperation = (
  server: string,
  era: Operation['era'],
  method: keyof typeof METHODS & `datacline/${string}`,
): Operation => {
  const row: MethodRow = METHODS[method]
  return {
    era,
    method,
    action: row.action,
    scope: row.scope,
    resource: { server, name: '*' },
    itemAction: row.itemAction,
    arguments: undefined,
    message: undefined,
  }
}
