import type { AuditEvent } from '../../src/core/events.ts'
import type { Event } from '../../tui/events.ts'
import { KEYMAP } from '../../tui/keymap.ts'
import { createReducer } from '../../tui/reduce.ts'
import { frame, scrollLimit } from '../../tui/screen.ts'
import { begin, type State } from '../../tui/state.ts'
import { createTheme } from '../../tui/theme.ts'

/** 2026-11-22 10:30:00 UTC: time is a value. */
export const START = Date.UTC(2026, 10, 22, 10, 30, 0)

const reduce = createReducer(KEYMAP, scrollLimit)

export const after = (state: State, ...events: readonly Event[]): State =>
  events.reduce(reduce, state)

/** Keys by their names, parted by blanks. */
export const pressed = (state: State, keys: string): State =>
  after(state, ...keys.split(' ').map((key): Event => ({ type: 'key', key })))

export const typed = (state: State, text: string): State =>
  after(state, ...[...text].map((key): Event => ({ type: 'key', key })))

export const fresh = (columns = 80, rows = 24, given: Partial<State> = {}): State =>
  begin({
    size: { columns, rows },
    now: START + 60_000,
    zone: 0,
    theme: createTheme('mono', false),
    place: 'http://127.0.0.1:8000',
    serving: false,
    readFilter: (text) => {
      if (text.includes('(')) {
        throw Object.assign(new Error('this parenthesis is never closed'), { at: 0 })
      }
      return ({ user, mcp_server, tool_name }) =>
        [user, mcp_server, tool_name].some((each) => each?.includes(text) === true)
    },
    ...given,
  })

export const call = (seq: number, given: Partial<AuditEvent> = {}): AuditEvent => ({
  seq,
  phase: 'outcome',
  exchange_id: `exchange-${seq}`,
  timestamp: new Date(START + seq * 1_000).toISOString(),
  level: 'INFO',
  logger: 'audit',
  event_type: 'mcp_request',
  user: 'dev@example.com',
  issuer: 'https://issuer.example.com',
  subject: 'dev',
  source_address: '127.0.0.1',
  face: 'mcp',
  era: 'modern',
  method: 'tools/call',
  action: 'invoke_tool',
  mcp_server: 'dev-server',
  tool_name: 'sqlite_reader',
  parameters: { query: 'select 1' },
  status: 'success',
  policy_decision: 'allowed by role developer (policies/policy.yaml:12)',
  decision: {
    code: 'permission',
    text: 'allowed by role developer (policies/policy.yaml:12)',
    rule: 'role:developer',
    at: 'policies/policy.yaml:12',
    roles: ['developer (user_roles)'],
    compared: [
      { key: 'resource', expected: 'mcp:dev-server:*', actual: 'mcp:dev-server:x', holds: true },
    ],
    nearMisses: [],
    advice: undefined,
    policyHash: '9c1e2f',
  },
  duration_ms: 45,
  response_status: 200,
  ...given,
})

export const denied = (seq: number, given: Partial<AuditEvent> = {}): AuditEvent =>
  call(seq, {
    phase: 'refusal',
    level: 'WARNING',
    event_type: 'policy_violation',
    user: 'analyst@example.com',
    subject: 'analyst',
    mcp_server: 'prod-server',
    tool_name: 'delete_user',
    parameters: { id: 42 },
    status: 'denied',
    code: 'access_denied',
    error: 'Access denied: denied by rule: Block dangerous tools',
    policy_decision:
      'denied by rule: Block dangerous tools in production (policies/policy.yaml:31)',
    decision: {
      code: 'rule',
      text: 'denied by rule: Block dangerous tools in production (policies/policy.yaml:31)',
      rule: 'Block dangerous tools in production',
      at: 'policies/policy.yaml:31',
      roles: ['analyst (user_roles)'],
      compared: [
        { key: 'mcp_server', expected: 'prod-server', actual: 'prod-server', holds: true },
        {
          key: 'tool_name_pattern',
          expected: '.*delete.*|.*drop.*',
          actual: 'delete_user',
          holds: true,
        },
      ],
      nearMisses: [
        { name: 'role:analyst', at: 'policies/policy.yaml:35', because: 'it permits get_*' },
      ],
      advice: 'A retry will be denied too.',
      policyHash: '9c1e2f',
    },
    duration_ms: 1,
    response_status: 403,
    ...given,
  })

/** A minute of every sort of call. */
export const SOME: readonly AuditEvent[] = [
  call(1),
  denied(2, { tool_name: 'drop_table' }),
  call(3, {
    phase: 'intent',
    status: 'pending',
    mcp_server: 'prod-server',
    tool_name: 'send_email',
    parameters: { to: 'all@example.com', subject: 'Q4' },
  }),
  call(4, { user: 'admin@example.com', subject: 'admin', tool_name: 'get_user', duration_ms: 88 }),
  denied(5),
  call(6, {
    status: 'error',
    level: 'ERROR',
    tool_name: 'flaky_tool',
    error: 'the tool said no',
    duration_ms: 210,
  }),
  call(7, {
    phase: 'refusal',
    event_type: 'authentication',
    user: undefined,
    issuer: undefined,
    subject: undefined,
    mcp_server: undefined,
    tool_name: undefined,
    parameters: undefined,
    decision: undefined,
    status: 'denied',
    code: 'unauthenticated',
    error: 'the token expired 3 minutes ago',
    policy_decision: 'not decided: unauthenticated',
    response_status: 401,
    duration_ms: 0,
  } as unknown as Partial<AuditEvent>),
  call(8, { tool_name: '検索_документ', duration_ms: 12 }),
  call(9, {
    user: 'admin@example.com',
    status: 'error',
    level: 'ERROR',
    tool_name: 'search',
    code: 'upstream_failed',
    error: 'prod-server: connection refused',
    response_status: 502,
    duration_ms: 5003,
  }),
  call(10, {
    phase: 'event',
    event_type: 'gateway',
    code: 'policy_reloaded',
    status: 'success',
    parameters: { hash: '9c1e2f' },
  }),
  call(11, { face: 'admin', method: 'datacline/events', action: 'gateway:observe' }),
]

export const live = (state: State, events: readonly AuditEvent[] = SOME): State =>
  after(state, { type: 'link', link: { kind: 'live' } }, { type: 'heard', events })

/** The screen without colours. */
export const shown = (state: State): string =>
  frame(state, KEYMAP).replace(/\u001b\[[0-9;]*[mGK]/g, '')
