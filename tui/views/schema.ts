import {
  branchesOf,
  itemsOf,
  propertyNames,
  propertyOf,
  requiredNames,
  typeLabel,
} from '../../src/client/parameters/schema.ts'
import { isObject, type JsonObject } from '../../src/core/json-rpc.ts'
import { type Line, line } from '../line.ts'
import { cut, fit, wrap } from '../text.ts'

/** Lines that a schema may take. */
const MOST = 500
/** A schema may refer to itself. */
const DEEPEST = 5

/** A tool's parameters for people: name, type, what is allowed, what they are for; inner ones indented. */
export const schemaLines = (schema: JsonObject, columns: number): readonly Line[] => {
  const lines: Line[] = []
  write(schema, schema, 1, columns, lines)
  return lines.length === 0 ? [line(['  none', 'dim'])] : lines
}

const write = (
  root: JsonObject,
  schema: unknown,
  depth: number,
  columns: number,
  lines: Line[],
): void => {
  if (depth > DEEPEST) return
  const required = requiredNames(root, schema)
  for (const name of propertyNames(root, schema)) {
    if (lines.length >= MOST) return
    const inner = propertyOf(root, schema, name)
    lines.push(...propertyLines(root, name, inner, required.includes(name), depth, columns))
    write(root, inner, depth + 1, columns, lines)
    const items = itemsOf(root, inner)
    if (items !== undefined) write(root, items, depth + 1, columns, lines)
  }
  const others = othersOf(root, schema)
  if (others !== undefined) lines.push(...propertyLines(root, '{ }', others, false, depth, columns))
}

/** The schema of what may be given besides, where the schema says that it may. */
const othersOf = (root: JsonObject, schema: unknown): unknown =>
  branchesOf(root, schema)
    .map(({ additionalProperties }) => additionalProperties)
    .find((each) => each === true || isObject(each))

const propertyLines = (
  root: JsonObject,
  name: string,
  schema: unknown,
  required: boolean,
  depth: number,
  columns: number,
): readonly Line[] => {
  const pad = '  '.repeat(depth)
  const width = Math.max(12, 24 - pad.length)
  const branches = branchesOf(root, schema)
  const [description = ''] = branches.flatMap(({ description: text }) =>
    typeof text === 'string' ? [text] : [],
  )
  const rules = branches.flatMap((branch) =>
    RULES.flatMap(([key, sign]) =>
      Object.hasOwn(branch, key) ? [`${sign} ${JSON.stringify(branch[key])}`] : [],
    ),
  )
  const said = [cut(typeLabel(root, schema), 60), ...rules].join('  ')
  return [
    line(
      pad,
      [fit(name, width), 'id'],
      [required ? '* ' : '  ', 'warn'],
      cut(said, columns - pad.length - width - 4),
    ),
    ...wrap(description, Math.max(10, columns - pad.length - 6))
      .filter((text) => text !== '')
      .slice(0, 4)
      .map((text) => line([`${pad}    ${text}`, 'dim'])),
  ]
}

/** What limits a value, and how it is written. */
const RULES = [
  ['minimum', '≥'],
  ['exclusiveMinimum', '>'],
  ['maximum', '≤'],
  ['exclusiveMaximum', '<'],
  ['multipleOf', 'times'],
  ['minLength', 'from length'],
  ['maxLength', 'to length'],
  ['minItems', 'from entries'],
  ['maxItems', 'to entries'],
  ['pattern', 'like'],
  ['format', 'format'],
  ['default', 'else'],
] as const
