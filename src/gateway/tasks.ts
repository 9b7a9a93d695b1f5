import { ItemNotFound } from '../core/errors.ts'
import { isObject, type JsonObject } from '../core/json-rpc.ts'
import type { Operation } from '../core/operation.ts'
import { type Principal, principalId } from '../core/principal.ts'
import { type BoundedMap, createBoundedMap } from '../lib/bounded-map.ts'
import { mayHoldWord } from '../lib/json-word.ts'

/** The call that made a task, as far as policy looks at it. */
type Origin = Readonly<{ name: string; arguments: JsonObject | undefined }>

/** Whose tasks there are. A task id never stands in for the right to use it. */
export type Tasks = Readonly<{
  /**
   * What an operation on a task really acts on: the tool whose call made it. On a task that is not this
   * principal's it acts on the server alone, and `assertKnown` refuses it once the server is permitted.
   */
  recognise: (principal: Principal, operation: Operation) => Operation
  /** @throws ItemNotFound alike for tasks that do not exist and those of somebody else */
  assertKnown: (principal: Principal, operation: Operation) => void
  /** Remembers the task that an answer to a tool call tells of, if it does. */
  learn: (principal: Principal, operation: Operation, text: string) => void
  find: (principal: Principal, server: string, id: string) => Origin | undefined
}>

const ACTING: ReadonlySet<string> = new Set([
  'tasks/get',
  'tasks/result',
  'tasks/update',
  'tasks/cancel',
])

/**
 * Remembers which principal made which task by which call, bounded for each principal: the oldest is
 * forgotten first. After a restart of the gateway no task is known, and none can be touched.
 */
export const createTasks = ({ limit = 1_000 } = {}): Tasks => {
  const owners = new Map<string, BoundedMap<string, Origin>>()

  const find: Tasks['find'] = (principal, server, id) =>
    owners.get(principalId(principal))?.get(`${server} ${id}`)
  const originOf = (principal: Principal, { method, resource, message }: Operation) => {
    const id = ACTING.has(method) ? message?.params?.taskId : undefined
    return typeof id === 'string' ? { origin: find(principal, resource.server, id) } : undefined
  }

  return {
    find,
    recognise(principal, operation) {
      const known = originOf(principal, operation)
      if (known === undefined) return operation
      const { server } = operation.resource
      return known.origin === undefined
        ? { ...operation, scope: 'server', resource: { server, name: '*' } }
        : {
            ...operation,
            resource: { server, name: known.origin.name },
            arguments: known.origin.arguments,
          }
    },
    assertKnown(principal, operation) {
      const known = originOf(principal, operation)
      if (known !== undefined && known.origin === undefined) throw new ItemNotFound('Unknown task')
    },
    learn(principal, operation, text) {
      if (operation.method !== 'tools/call' || !mayHoldWord(text, 'taskId')) return
      const id = taskIdOf(text)
      if (id === undefined) return
      const owner = principalId(principal)
      const mine = owners.get(owner) ?? createBoundedMap<string, Origin>(limit)
      owners.set(owner, mine)
      const { resource, arguments: given } = operation
      mine.set(`${resource.server} ${id}`, { name: resource.name, arguments: given })
    },
  }
}

/** MCP 2025-11-25: `result.task.taskId`; tasks extension of 2026-07-28: `result.taskId`. */
const taskIdOf = (text: string): string | undefined => {
  const message: unknown = JSON.parse(text)
  const result = isObject(message) ? message.result : undefined
  if (!isObject(result)) return undefined
  const task = result.resultType === 'task' ? result : result.task
  return isObject(task) && typeof task.taskId === 'string' ? task.taskId : undefined
}
