import type { GatewayEvent } from '../events.ts'
import type {
  Comparator,
  FilterTree,
  Leaf,
  Moment,
  NumberField,
  TextField,
  TextTest,
  Trait,
} from './tree.ts'

type Predicate = (event: GatewayEvent) => boolean

/** A filter over events at hand. @param now milliseconds since the epoch */
export const toPredicate = (tree: FilterTree, now: () => number): Predicate => {
  switch (tree.kind) {
    case 'and': {
      const parts = tree.parts.map((part) => toPredicate(part, now))
      return (event) => parts.every((part) => part(event))
    }
    case 'or': {
      const parts = tree.parts.map((part) => toPredicate(part, now))
      return (event) => parts.some((part) => part(event))
    }
    case 'not': {
      const part = toPredicate(tree.part, now)
      return (event) => !part(event)
    }
    default:
      return leafPredicate(tree, now)
  }
}

/** A to Z in lower case and nothing else: what SQLite can do too. */
export const folded = (text: string): string => text.replace(/[A-Z]+/g, (run) => run.toLowerCase())

/** The moment as the record writes it, which sorts as text. @param now milliseconds since the epoch */
export const momentText = (moment: Moment, now: number): string =>
  new Date('at' in moment ? moment.at : Math.max(0, now - moment.ago)).toISOString()

const leafPredicate = (leaf: Leaf, now: () => number): Predicate => {
  switch (leaf.kind) {
    case 'text': {
      const holds = toTextTest(leaf.test)
      const read = TEXTS[leaf.field]
      return (event) => read(event).some((text) => text !== undefined && holds(text))
    }
    case 'parameter': {
      const holds = toTextTest(leaf.test)
      return (event) => {
        const text = scalarText(valueAt(event.parameters, leaf.path))
        return text !== undefined && holds(text)
      }
    }
    case 'number': {
      const read = NUMBERS[leaf.field]
      const compare = COMPARE[leaf.comparator]
      return (event) => compare(read(event) ?? Number.NaN, leaf.value)
    }
    case 'range': {
      const read = NUMBERS[leaf.field]
      return (event) => {
        const value = read(event) ?? Number.NaN
        return value >= leaf.low && value < leaf.high
      }
    }
    case 'trait':
      return TRAITS[leaf.trait]
    case 'time':
      return leaf.side === 'since'
        ? ({ timestamp }) => timestamp >= momentText(leaf.moment, now())
        : ({ timestamp }) => timestamp < momentText(leaf.moment, now())
  }
}

const toTextTest = (test: TextTest): ((text: string) => boolean) => {
  if (test.how === 'pattern') return test.searches
  if (test.how === 'is') return (text) => text === test.value
  const wanted = folded(test.value)
  if (test.how === 'contains') return (text) => folded(text).includes(wanted)
  const pieces = wanted.split('*')
  return (text) => matchesGlob(folded(text), pieces)
}

/** Each piece at its first place behind the one before; the first and the last at the ends. */
const matchesGlob = (text: string, pieces: readonly string[]): boolean => {
  const first = pieces[0] ?? ''
  const last = pieces.at(-1) ?? ''
  if (text.length < first.length + last.length) return false
  if (!text.startsWith(first) || !text.endsWith(last)) return false
  let from = first.length
  const end = text.length - last.length
  for (const piece of pieces.slice(1, -1)) {
    const at = text.indexOf(piece, from)
    if (at === -1 || at + piece.length > end) return false
    from = at + piece.length
  }
  return true
}

type Texts = (event: GatewayEvent) => readonly (string | undefined)[]

const TEXTS: Readonly<Record<TextField, Texts>> = {
  user: ({ user }) => [user],
  role: ({ decision }) => (decision?.roles ?? []).map((role) => role.split(' (', 1)[0]),
  server: ({ mcp_server }) => [mcp_server],
  tool: ({ tool_name }) => [tool_name],
  method: ({ method }) => [method],
  action: ({ action }) => [action],
  rule: ({ decision }) => [decision?.rule],
  reason: ({ policy_decision }) => [policy_decision],
  code: ({ code }) => [code],
  error: ({ error }) => [error],
  ip: ({ source_address }) => [source_address],
  face: ({ face }) => [face],
  era: ({ era }) => [era],
  type: ({ event_type }) => [event_type],
  id: ({ exchange_id }) => [exchange_id],
  text: (event) => [
    event.user,
    event.mcp_server,
    event.tool_name,
    event.method,
    event.action,
    event.policy_decision,
    event.error,
    event.code,
    event.parameters === undefined ? undefined : JSON.stringify(event.parameters),
  ],
}

const NUMBERS: Readonly<Record<NumberField, (event: GatewayEvent) => number | undefined>> = {
  seq: ({ seq }) => seq,
  duration: ({ duration_ms }) => duration_ms,
  status: ({ response_status }) => response_status,
}

const COMPARE: Readonly<Record<Comparator, (left: number, right: number) => boolean>> = {
  '=': (left, right) => left === right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
}

const LET_THROUGH: readonly string[] = ['success', 'error', 'cancelled', 'unknown']

const kindOf = ({ phase, method }: GatewayEvent): Trait => {
  if (phase === 'event') return 'event'
  if (method?.startsWith('notifications/')) return 'notification'
  return method === 'datacline/response' ? 'response' : 'request'
}

const TRAITS: Readonly<Record<Trait, Predicate>> = {
  // What policy let through and is over, however it ended.
  allowed: ({ phase, status }) =>
    phase !== 'refusal' && phase !== 'event' && LET_THROUGH.includes(status),
  denied: ({ status }) => status === 'denied' || status === 'refused',
  pending: ({ status }) => status === 'pending',
  failed: ({ status }) => status === 'error',
  succeeded: ({ status }) => status === 'success',
  cancelled: ({ status }) => status === 'cancelled',
  refused: ({ status }) => status === 'refused',
  unknown: ({ status }) => status === 'unknown',
  request: (event) => kindOf(event) === 'request',
  notification: (event) => kindOf(event) === 'notification',
  response: (event) => kindOf(event) === 'response',
  event: (event) => kindOf(event) === 'event',
  has_error: ({ error }) => error !== undefined,
  has_parameters: ({ parameters }) => parameters !== undefined,
  has_decision: ({ decision }) => decision !== undefined,
  has_user: ({ user }) => user !== undefined,
}

const valueAt = (value: unknown, path: readonly string[]): unknown => {
  let inner = value
  for (const part of path) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, part)) return undefined
    // A list has a length of its own, which nobody wrote.
    if (Array.isArray(inner) && part === 'length') return undefined
    inner = Reflect.get(inner, part)
  }
  return inner
}

/** A text as it is, anything else as JSON: numbers and lists can be looked for too. */
const scalarText = (value: unknown): string | undefined => {
  if (value === undefined) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}
