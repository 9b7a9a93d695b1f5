import { isObject, type JsonObject } from '../core/json-rpc.ts'

/** The value at a path such as `a.b.0.c`; undefined when there is none. */
export const valueAt = (value: unknown, path: string): unknown => {
  let inner = value
  for (const part of path.split('.')) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, part)) return undefined
    inner = Reflect.get(inner, part)
  }
  return inner
}

/** Only these members, each under its path as written. Values that are no objects stay as they are. */
export const project = (value: unknown, fields: readonly string[]): unknown => {
  if (!isObject(value)) return value
  const kept: Record<string, unknown> = {}
  for (const field of fields) {
    const found = valueAt(value, field)
    if (found !== undefined) kept[field] = found
  }
  return kept
}

/** The list `member` of a body with every entry projected; the rest of the body stays. */
export const projectList = (
  body: JsonObject,
  member: string,
  fields: readonly string[],
): JsonObject => {
  const entries = Array.isArray(body[member]) ? (body[member] as unknown[]) : []
  return { ...body, [member]: entries.map((entry) => project(entry, fields)) }
}
