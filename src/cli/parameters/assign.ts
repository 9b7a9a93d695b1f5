import { itemsOf, propertyNames, propertyOf, typesOf } from '../../client/parameters/schema.ts'
import { isObject, type JsonObject } from '../../core/json-rpc.ts'
import { CliFault } from '../failure.ts'
import type { Assignment } from './assignment.ts'

/** Makes the value of an assignment, given the schema of the place it goes to. */
export type Evaluate = (assignment: Assignment, schema: unknown) => unknown

/**
 * The parameters with one more assignment carried out. A key that is itself the name of a property is
 * that property, dots and all. A list that is assigned to again on the same command line grows.
 *
 * @param assigned keys assigned before, on the same command line; this one is added
 * @throws CliFault `usage` when the path leads through something that holds no members
 */
export const assign = (
  parameters: JsonObject,
  root: JsonObject,
  assignment: Assignment,
  evaluate: Evaluate,
  assigned: Set<string>,
): JsonObject => {
  const isName = propertyNames(root, root).includes(assignment.key)
  const path = isName ? [assignment.key] : assignment.path
  const again = assigned.has(assignment.key)
  assigned.add(assignment.key)
  const place = (holder: unknown, schema: unknown, depth: number): JsonObject => {
    if (!isObject(holder)) throw notAnObject(path.slice(0, depth))
    const name = path[depth] ?? ''
    const inner = propertyOf(root, schema, name)
    const before = Object.hasOwn(holder, name) ? holder[name] : undefined
    const value =
      depth < path.length - 1
        ? place(before ?? {}, inner, depth + 1)
        : valueAt(root, inner, before, assignment, evaluate, again)
    // A computed key is always the object's own, also when it is called __proto__.
    return { ...holder, [name]: value }
  }
  return place(parameters, root, 0)
}

const valueAt = (
  root: JsonObject,
  schema: unknown,
  before: unknown,
  assignment: Assignment,
  evaluate: Evaluate,
  again: boolean,
): unknown => {
  const list = Array.isArray(before) ? (before as unknown[]) : []
  if (assignment.append) return [...list, evaluate(assignment, itemsOf(root, schema))]
  const value = evaluate(assignment, schema)
  const grows = again && typesOf(root, schema).includes('array') && Array.isArray(value)
  return grows ? [...list, ...value] : value
}

const notAnObject = (path: readonly string[]): CliFault =>
  new CliFault('usage', `${path.join('.')} is no object, nothing can be set inside of it`)
