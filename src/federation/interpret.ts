import { InvalidParams, ItemNotFound, MethodNotFound } from '../core/errors.ts'
import { isObject, type JsonObject, type Message } from '../core/json-rpc.ts'
import { type Operation, toOperation } from '../core/operation.ts'
import { type Principal, principalId } from '../core/principal.ts'
import { type Era, META } from '../core/protocol.ts'
import { parseLossless } from '../lib/lossless-json.ts'
import type { Directory, Item } from './directory.ts'
import type { Face } from './face.ts'
import { carriedCapabilities } from './hello.ts'
import type { Kind } from './names.ts'
import type { FederationParts } from './parts.ts'
import { openState } from './sealed.ts'

/** How a message names the item it acts on, and the same parameters with the item's own name. */
type Reference = Readonly<{ kind: Kind; name: unknown; rename: (name: string) => JsonObject }>

const plainly =
  (kind: Kind, member: string) =>
  (params: JsonObject): Reference => ({
    kind,
    name: params[member],
    rename: (name) => ({ ...params, [member]: name }),
  })

const completed = (params: JsonObject): Reference => {
  const ref = isObject(params.ref) ? params.ref : {}
  const [kind, member] = ref.type === 'ref/resource' ? KINDS_OF_REF.resource : KINDS_OF_REF.prompt
  return {
    kind,
    name: ref[member],
    rename: (name) => ({ ...params, ref: { ...ref, [member]: name } }),
  }
}

const KINDS_OF_REF = { resource: ['resource', 'uri'], prompt: ['prompt', 'name'] } as const

/** The methods that act on one item of one server. */
const REFERENCES: ReadonlyMap<string, (params: JsonObject) => Reference> = new Map([
  ['tools/call', plainly('tool', 'name')],
  ['prompts/get', plainly('prompt', 'name')],
  ['resources/read', plainly('resource', 'uri')],
  ['resources/subscribe', plainly('resource', 'uri')],
  ['resources/unsubscribe', plainly('resource', 'uri')],
  ['completion/complete', completed],
])

/** The methods that concern a face as a whole. */
const WHOLE: ReadonlySet<string> = new Set([
  'initialize',
  'server/discover',
  'ping',
  'logging/setLevel',
  'subscriptions/listen',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'notifications/initialized',
  'notifications/cancelled',
  'notifications/progress',
  'notifications/roots/list_changed',
])

export type Interpret = (
  face: Face,
  era: Era,
  message: Message,
  principal: Principal,
  signal: AbortSignal,
) => Promise<Operation>

/**
 * What a message at a face means to do. An item is looked up here, so that policy, record and server
 * all see the real one, under its own name.
 */
export const createInterpret = (parts: FederationParts, directory: Directory): Interpret => {
  const teach = (kind: Kind, server: string, entries: readonly unknown[]) => {
    for (const entry of entries) {
      const name = isObject(entry) ? entry.name : undefined
      if (typeof name === 'string') directory.nameOf(kind, { server, name })
    }
  }
  const find = async (
    face: Face,
    kind: Kind,
    name: string,
    principal: Principal,
    signal: AbortSignal,
  ): Promise<Item | undefined> => {
    // Whoever may use nothing of a server must not learn that it is there.
    const may = (server: string) => parts.policy.mayUseServer(principal, server)
    const teacher = directory.teacher(face, kind, name)
    if (teacher !== undefined && may(teacher)) {
      const entries = await parts.list(teacher, principal, `${kind}s/list`, signal)
      teach(kind, teacher, entries)
    }
    const item = directory.find(face, kind, name)
    return item !== undefined && may(item.server) ? item : undefined
  }

  return async (face, era, message, principal, signal) => {
    const { method = '', params = {} } = message
    const reference = REFERENCES.get(method)?.(params)
    if (reference === undefined) {
      // What cannot be said to one server among several, such as the methods of tasks.
      if (message.kind !== 'response' && !WHOLE.has(method)) throw new MethodNotFound(method, era)
      return toOperation(face.name, era, message)
    }
    const { kind, name } = reference
    if (typeof name !== 'string' || name === '') {
      throw new InvalidParams(`${method} needs a name of type string`)
    }
    const item = await find(face, kind, name, principal, signal)
    if (item === undefined) throw new ItemNotFound(`Unknown ${kind}: ${name}`)
    const binding = { owner: principalId(principal), face: face.name }
    const open = (state: string) => openState(parts.seal, binding, item.server, state)
    return toOperation(item.server, era, toServer(message, item, open))
  }
}

/** The message as its server knows it; every value but the name and the state as it came. */
const toServer = (
  message: Message,
  { name }: Item,
  openSealed: (state: string) => string | undefined,
): Message => {
  const whole = parseLossless(message.text)
  const given = isObject(whole) && isObject(whole.params) ? whole.params : {}
  const renamed = (params: JsonObject): JsonObject => {
    const reference = REFERENCES.get(message.method ?? '')?.(params)
    return withState(withCapabilities(reference?.rename(name) ?? params), openSealed)
  }
  return {
    ...message,
    text: JSON.stringify({ ...(isObject(whole) ? whole : {}), params: renamed(given) }),
    params: renamed(message.params ?? {}),
  }
}

/** MCP 2026-07-28: what a client can do stands in every request; what cannot be carried goes. */
const withCapabilities = (params: JsonObject): JsonObject => {
  const meta = params._meta
  if (!isObject(meta) || !isObject(meta[META.clientCapabilities])) return params
  const carried = carriedCapabilities(meta[META.clientCapabilities])
  return { ...params, _meta: { ...meta, [META.clientCapabilities]: carried } }
}

const withState = (
  params: JsonObject,
  openSealed: (state: string) => string | undefined,
): JsonObject => {
  if (params.requestState === undefined) return params
  const state =
    typeof params.requestState === 'string' ? openSealed(params.requestState) : undefined
  if (state === undefined) throw new InvalidParams('The requestState is not one of this request')
  return { ...params, requestState: state }
}
