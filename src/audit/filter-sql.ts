import { folded, momentText } from '../core/filter/predicate.ts'
import type {
  Comparator,
  FilterTree,
  Leaf,
  NumberField,
  TextField,
  TextTest,
  Trait,
} from '../core/filter/tree.ts'

/** A condition over the columns of `EVENTS`, its values apart from it. It is never NULL. */
export type Where = Readonly<{
  sql: string
  parameters: readonly (string | number)[]
  /**
   * Whether it holds for exactly the events that the filter means. If not, for these and for more:
   * regular expressions and values inside of parameters are beyond SQLite, and are looked at afterwards.
   */
  exact: boolean
}>

/** A filter as SQL. @param now milliseconds since the epoch */
export const toWhere = (tree: FilterTree, now: number): Where => compile(tree, now, false)

/** Negations go down to the tests: only there is it known whether SQL may say no. */
const compile = (tree: FilterTree, now: number, negated: boolean): Where => {
  switch (tree.kind) {
    case 'and':
    case 'or': {
      const parts = tree.parts.map((part) => compile(part, now, negated))
      return joined(parts, (tree.kind === 'and') === negated ? 'OR' : 'AND')
    }
    case 'not':
      return compile(tree.part, now, !negated)
    default:
      return negated ? negation(leafWhere(tree, now)) : leafWhere(tree, now)
  }
}

const joined = (parts: readonly Where[], word: 'AND' | 'OR'): Where => ({
  sql: parts.length === 0 ? EMPTY[word] : parts.map(({ sql }) => `(${sql})`).join(` ${word} `),
  parameters: parts.flatMap(({ parameters }) => parameters),
  exact: parts.every(({ exact }) => exact),
})

const EMPTY = { AND: '1', OR: '0' } as const
const MAYBE: Where = { sql: '1', parameters: [], exact: false }

const negation = (where: Where): Where =>
  where.exact ? { ...where, sql: `NOT (${where.sql})` } : MAYBE

const exactly = (sql: string, ...parameters: readonly (string | number)[]): Where => ({
  sql: `coalesce(${sql}, 0)`,
  parameters,
  exact: true,
})

const leafWhere = (leaf: Leaf, now: number): Where => {
  switch (leaf.kind) {
    case 'text':
      return textWhere(leaf.field, leaf.test)
    case 'parameter':
      return parameterWhere(leaf.path)
    case 'number':
      return exactly(`${NUMBERS[leaf.field]} ${COMPARATORS[leaf.comparator]} ?`, leaf.value)
    case 'range': {
      const column = NUMBERS[leaf.field]
      return exactly(`${column} >= ? AND ${column} < ?`, leaf.low, leaf.high)
    }
    case 'trait':
      return exactly(TRAITS[leaf.trait])
    case 'time':
      return exactly(
        `timestamp ${leaf.side === 'since' ? '>=' : '<'} ?`,
        momentText(leaf.moment, now),
      )
  }
}

const textWhere = (field: TextField, test: TextTest): Where => {
  if (test.how === 'pattern') return MAYBE
  const { condition, value } = textCondition(test)
  if (field === 'role') {
    const held = `EXISTS (SELECT 1 FROM json_each(decision, '$.roles') AS held WHERE ${condition(ROLE)})`
    return exactly(held, value)
  }
  return joined(
    TEXTS[field].map((column) => exactly(condition(column), value)),
    'OR',
  )
}

/** How a column is compared, and with what. SQLite's `lower` and LIKE know A to Z and no other case. */
const textCondition = (
  test: Exclude<TextTest, { how: 'pattern' }>,
): Readonly<{ condition: (column: string) => string; value: string }> => {
  if (test.how === 'is') return { condition: (column) => `${column} = ?`, value: test.value }
  const value = folded(test.value)
  if (test.how === 'contains') {
    return { condition: (column) => `instr(lower(${column}), ?) > 0`, value }
  }
  const pattern = value.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%')
  return { condition: (column) => `lower(${column}) LIKE ? ESCAPE '\\'`, value: pattern }
}

/** Rows whose parameters hold the first name of the path somewhere; lists have no names. */
const parameterWhere = ([first = '']: readonly string[]): Where => ({
  ...exactly(
    `instr(parameters, ?) > 0 OR substr(parameters, 1, 1) = '['`,
    `${JSON.stringify(first)}:`,
  ),
  exact: false,
})

const ROLE = `substr(held.value, 1, instr(held.value || ' (', ' (') - 1)`

const TEXTS: Readonly<Record<Exclude<TextField, 'role'>, readonly string[]>> = {
  user: ['"user"'],
  server: ['mcp_server'],
  tool: ['tool_name'],
  method: ['method'],
  action: ['action'],
  rule: [`json_extract(decision, '$.rule')`],
  reason: ['policy_decision'],
  code: ['code'],
  error: ['error'],
  ip: ['source_address'],
  face: ['face'],
  era: ['era'],
  type: ['event_type'],
  id: ['exchange_id'],
  text: [
    '"user"',
    'mcp_server',
    'tool_name',
    'method',
    'action',
    'policy_decision',
    'error',
    'code',
    'parameters',
  ],
}

const NUMBERS: Readonly<Record<NumberField, string>> = {
  seq: 'seq',
  duration: 'duration_ms',
  status: 'response_status',
}

const COMPARATORS: Readonly<Record<Comparator, string>> = {
  '=': '=',
  '>': '>',
  '>=': '>=',
  '<': '<',
  '<=': '<=',
}

const NOTIFICATION = `substr(coalesce(method, ''), 1, 14) = 'notifications/'`

const TRAITS: Readonly<Record<Trait, string>> = {
  allowed: `phase NOT IN ('refusal', 'event') AND status IN ('success', 'error', 'cancelled', 'unknown')`,
  denied: `status IN ('denied', 'refused')`,
  pending: `status = 'pending'`,
  failed: `status = 'error'`,
  succeeded: `status = 'success'`,
  cancelled: `status = 'cancelled'`,
  refused: `status = 'refused'`,
  unknown: `status = 'unknown'`,
  event: `phase = 'event'`,
  notification: `phase <> 'event' AND ${NOTIFICATION}`,
  response: `phase <> 'event' AND coalesce(method, '') = 'datacline/response'`,
  request: `phase <> 'event' AND NOT (${NOTIFICATION}) AND coalesce(method, '') <> 'datacline/response'`,
  has_error: 'error IS NOT NULL',
  has_parameters: 'parameters IS NOT NULL',
  has_decision: 'decision IS NOT NULL',
  has_user: '"user" IS NOT NULL',
}
