import { InvalidParams, ItemNotFound, MethodNotFound } from '../core/errors.ts'
import { isObject, type JsonObject, type Message } from '../core/json-rpc.ts'
import { type Operation, toOperation } from '../core/operation.ts'
import type { Principal } from '../core/principal.ts'
import type { Era } from '../core/protocol.ts'
import type { Directory, Item } from './directory.ts'
import type { Face } from './face.ts'
import { paramAt, withParam } from './message.ts'
import type { Kind } from './names.ts'
import type { FederationParts } from './parts.ts'
import { findTask } from './tasks.ts'

/** Where a message names the item it acts on. */
type Reference = Readonly<{ kind: Kind | 'task'; path: readonly string[] }>

const PROMPT: Reference = { kind: 'prompt', path: ['ref', 'name'] }
const TEMPLATE: Reference = { kind: 'resource', path: ['ref', 'uri'] }
const plainly = (kind: Reference['kind'], member: string) => {
  const reference: Reference = { kind, path: [member] }
  return () => reference
}

/** The methods that act on one item of one server. */
const REFERENCES: ReadonlyMap<string, (params: JsonObject) => Reference> = new Map([
  ['tools/call', plainly('tool', 'name')],
  ['prompts/get', plainly('prompt', 'name')],
  ['resources/read', plainly('resource', 'uri')],
  ['resources/subscribe', plainly('resource', 'uri')],
  ['resources/unsubscribe', plainly('resource', 'uri')],
  ['tasks/get', plainly('task', 'taskId')],
  ['tasks/result', plainly('task', 'taskId')],
  ['tasks/update', plainly('task', 'taskId')],
  ['tasks/cancel', plainly('task', 'taskId')],
  [
    'completion/complete',
    ({ ref }: JsonObject) => (isObject(ref) && ref.type === 'ref/resource' ? TEMPLATE : PROMPT),
  ],
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
  'tasks/list',
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
) => Operation | Promise<Operation>

/**
 * What a message at a face means to do. An item is looked up here, so that policy, record and server
 * all see the real one, under its own name.
 */
export const createInterpret = (parts: FederationParts, directory: Directory): Interpret => {
  // Whoever may use nothing of a server must not learn that it is there.
  const may = (principal: Principal, server: string) => parts.policy.mayUseServer(principal, server)
  const known = (face: Face, kind: Reference['kind'], principal: Principal, name: string) => {
    const item =
      kind === 'task' ? findTask(parts, face, principal, name) : directory.find(face, kind, name)
    return item !== undefined && may(principal, item.server) ? item : undefined
  }
  const learn = async (
    { kind, server }: Readonly<{ kind: Kind; server: string }>,
    principal: Principal,
    signal: AbortSignal,
  ) => {
    for (const entry of await parts.list(server, principal, `${kind}s/list`, signal)) {
      const name = isObject(entry) ? entry.name : undefined
      if (typeof name === 'string') directory.nameOf(kind, { server, name })
    }
  }
  const toServer = (
    { kind, path }: Reference,
    name: string,
    face: Face,
    era: Era,
    message: Message,
    principal: Principal,
  ): Operation => {
    const item: Item | undefined = known(face, kind, principal, name)
    if (item === undefined) throw new ItemNotFound(`Unknown ${kind}: ${name}`)
    return toOperation(item.server, era, withParam(message, path, item.name))
  }

  /** The server whose listing must be read first, if any is. */
  const teacherOf = (face: Face, kind: Reference['kind'], name: string, principal: Principal) => {
    if (kind === 'task') return undefined
    const server = directory.teacher(face, kind, name)
    return server !== undefined && may(principal, server) ? { kind, server } : undefined
  }

  return (face, era, message, principal, signal) => {
    const { method = '', params = {} } = message
    const reference = REFERENCES.get(method)?.(params)
    if (reference === undefined) {
      if (!isForAll(message)) throw new MethodNotFound(method, era)
      return toOperation(face.name, era, message)
    }
    const name = paramAt(params, reference.path)
    if (typeof name !== 'string' || name === '') {
      throw new InvalidParams(`${method} needs a ${reference.path.at(-1)} of type string`)
    }
    const meant = () => toServer(reference, name, face, era, message, principal)
    const teacher = teacherOf(face, reference.kind, name, principal)
    return teacher === undefined ? meant() : learn(teacher, principal, signal).then(meant)
  }
}

/** What is said to a face as a whole; nothing else can be said to several servers. */
const isForAll = ({ kind, method = '' }: Message): boolean =>
  kind === 'response' || WHOLE.has(method)
