import type { NumberField, TextField, Trait } from './tree.ts'

/** How the value of a key is read. */
export type KeyReading =
  | Readonly<{ kind: 'text'; field: TextField }>
  | Readonly<{ kind: 'words'; words: Readonly<Record<string, Trait>>; number?: NumberField }>
  | Readonly<{ kind: 'number'; field: NumberField; unit?: 'duration' }>
  | Readonly<{ kind: 'time'; side: 'since' | 'until' }>
  | Readonly<{ kind: 'parameter' }>

/** One key of the grammar, as help and completion show it. */
export type FilterKey = Readonly<{
  name: string
  /** Shorter spellings. */
  aliases: readonly string[]
  /** One line. */
  help: string
  /** A token that works as printed. */
  example: string
  reading: KeyReading
}>

const text = (field: TextField): KeyReading => ({ kind: 'text', field })

const DECISIONS = {
  allow: 'allowed',
  deny: 'denied',
  pending: 'pending',
  error: 'failed',
} as const satisfies Record<string, Trait>

const STATUSES = {
  ok: 'succeeded',
  err: 'failed',
  success: 'succeeded',
  error: 'failed',
  denied: 'denied',
  refused: 'refused',
  cancelled: 'cancelled',
  pending: 'pending',
  unknown: 'unknown',
} as const satisfies Record<string, Trait>

const KINDS = {
  request: 'request',
  notification: 'notification',
  response: 'response',
  event: 'event',
  req: 'request',
  resp: 'response',
  notify: 'notification',
} as const satisfies Record<string, Trait>

const HAVING = {
  error: 'has_error',
  params: 'has_parameters',
  decision: 'has_decision',
  user: 'has_user',
} as const satisfies Record<string, Trait>

const key = (
  name: string,
  aliases: readonly string[],
  reading: KeyReading,
  example: string,
  help: string,
): FilterKey => ({ name, aliases, help, example, reading })

/** Every key of the filter grammar, in the order in which help shows them. */
export const FILTER_KEYS: readonly FilterKey[] = [
  key(
    'decision',
    ['d'],
    { kind: 'words', words: DECISIONS },
    'decision:deny',
    'how it was decided',
  ),
  key('user', ['u', 'who'], text('user'), 'user:ana*', 'who called'),
  key('role', [], text('role'), 'role:developer', 'a role the caller held'),
  key('server', ['s'], text('server'), 'server:prod', 'the server'),
  key('tool', ['t'], text('tool'), 'tool:*delete*', 'the tool, prompt or resource'),
  key('method', ['m'], text('method'), 'method:tools/call', 'the JSON-RPC method'),
  key('action', [], text('action'), 'action:invoke_tool', 'the action, as policy.yaml calls it'),
  key(
    'status',
    [],
    { kind: 'words', words: STATUSES, number: 'status' },
    'status:4xx',
    'how it ended: a word, an HTTP status, or 4xx',
  ),
  key('rule', [], text('rule'), 'rule:"Block*"', 'the deciding rule, or role:NAME'),
  key('reason', [], text('reason'), 'reason:default', 'the sentence that says why'),
  key('error', [], text('error'), 'error:timeout', 'what went wrong'),
  key('code', [], text('code'), 'code:upstream_failed', 'the stable code of a refusal or event'),
  key(
    'dur',
    ['duration'],
    { kind: 'number', field: 'duration', unit: 'duration' },
    'dur:>200ms',
    'how long it took',
  ),
  key(
    'since',
    [],
    { kind: 'time', side: 'since' },
    'since:15m',
    'not before: a time ago, or a date',
  ),
  key('until', [], { kind: 'time', side: 'until' }, 'until:2026-11-22', 'before that moment'),
  key('param', ['p'], { kind: 'parameter' }, 'param.to:*@example.com', 'a value of the parameters'),
  key('kind', [], { kind: 'words', words: KINDS }, 'kind:notification', 'what sort of message'),
  key('type', [], text('type'), 'type:policy_violation', 'the type of the event'),
  key('has', [], { kind: 'words', words: HAVING }, 'has:error', 'whether there is such a thing'),
  key('ip', [], text('ip'), 'ip:127.*', 'the address of the caller'),
  key('face', [], text('face'), 'face:=mcp', 'through which door: mcp, rest, admin'),
  key('era', [], text('era'), 'era:legacy', 'the era of the protocol'),
  key('id', [], text('id'), 'id:0193*', 'the id of the exchange'),
  key('seq', [], { kind: 'number', field: 'seq' }, 'seq:>18000', 'the number in the record'),
]

/** Whole tokens by their short form. */
export const ALIASES: Readonly<Record<string, string>> = {
  '~a': 'decision:allow',
  '~d': 'decision:deny',
  '~p': 'decision:pending',
  '~e': 'decision:error',
}

const BY_NAME: ReadonlyMap<string, FilterKey> = new Map(
  FILTER_KEYS.flatMap((each) => [each.name, ...each.aliases].map((name) => [name, each] as const)),
)

/** The key of that name or short form, in any case. */
export const filterKey = (name: string): FilterKey | undefined => BY_NAME.get(name.toLowerCase())
