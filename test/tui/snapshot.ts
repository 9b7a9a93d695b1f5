import type { RulePreview } from '../../src/core/rule.ts'
import type { Snapshot } from '../../src/core/snapshot.ts'

const counts = (calls: number, denials = 0, errors = 0) => ({ calls, denials, errors })
const latency = (p50: number | null) => ({
  p50_ms: p50,
  p95_ms: p50 === null ? null : p50 * 2,
  p99_ms: p50 === null ? null : p50 * 3,
})

/** A gateway with something of everything. */
export const SNAPSHOT: Snapshot = {
  gateway: {
    version: '0.1.0',
    started_at: '2026-11-22T10:00:00.000Z',
    uptime_ms: 1_860_000,
    auth_enabled: false,
    status: 'degraded',
    parts: { policy: 'ok', upstreams: 'degraded' },
    event_loop_lag_ms: 3,
    watchers: 1,
  },
  totals: { ...counts(9, 3, 2), ...latency(40), calls_per_second: 0.2, in_flight: 1 },
  policy: {
    state: 'ok',
    file: 'policies/policy.yaml',
    hash: '9c1e2f0011223344556677',
    default: { action: 'deny', at: 'policies/policy.yaml:90', hits: 0 },
    roles: [
      {
        name: 'developer',
        permissions: [
          {
            resource: 'mcp:dev-server:*',
            actions: ['*'],
            at: 'policies/policy.yaml:12',
            hits: 4,
          },
        ],
      },
    ],
    rules: [
      {
        name: 'Block dangerous tools in production',
        at: 'policies/policy.yaml:31',
        action: 'deny',
        priority: 100,
        conditions: [
          { key: 'mcp_server', values: ['prod-server'] },
          { key: 'tool_name_pattern', values: ['.*delete.*|.*drop.*'] },
        ],
        hits: 2,
      },
      {
        name: 'Never asked',
        at: 'policies/policy.yaml:40',
        action: 'allow',
        priority: 10,
        conditions: [{ key: 'user', values: ['ana', 'bob'] }],
        hits: 0,
      },
    ],
  },
  servers: [
    {
      name: 'dev-server',
      type: 'http',
      url: 'http://localhost:3000',
      enabled: true,
      at: 'mcp_servers.yaml:3',
      state: 'up',
      eras: ['modern', 'legacy'],
      ...counts(5),
      ...latency(40),
    },
    {
      name: 'prod-server',
      type: 'http',
      url: 'https://mcp.example.com',
      enabled: true,
      description: 'Where it matters',
      state: 'down',
      problem: 'connection refused',
      eras: [],
      ...counts(4, 2, 1),
      ...latency(null),
    },
    {
      name: 'files',
      type: 'stdio',
      url: null,
      enabled: false,
      state: 'unknown',
      eras: [],
      ...counts(0),
      ...latency(null),
    },
  ],
  people: [
    {
      user: 'dev@example.com',
      issuer: 'https://issuer.example.com',
      subject: 'dev',
      roles: ['developer (user_roles)'],
      last_seen: '2026-11-22T10:30:04.000Z',
      token_expires_at: '2026-11-22T10:45:00.000Z',
      ...counts(41, 3, 2),
    },
    {
      user: 'analyst@example.com',
      issuer: 'https://issuer.example.com',
      subject: 'analyst',
      roles: ['analyst (user_roles)'],
      last_seen: '2026-11-22T10:30:05.000Z',
      token_expires_at: '2026-11-22T10:30:50.000Z',
      ...counts(2, 2),
    },
  ],
  sessions: {
    count: 2,
    list: [
      {
        id: '7f3a21c0',
        client: 'some-agent 2.1',
        version: '2025-11-25',
        user: 'dev@example.com',
        issuer: 'https://issuer.example.com',
        subject: 'dev',
        server: 'dev-server',
        started_at: '2026-11-22T10:20:00.000Z',
        last_used: '2026-11-22T10:30:04.000Z',
        calls: 12,
      },
      {
        id: '91bc5d7e',
        issuer: 'https://issuer.example.com',
        subject: 'somebody',
        server: 'prod-server',
        started_at: '2026-11-22T10:21:00.000Z',
        last_used: '2026-11-22T10:21:30.000Z',
        calls: 0,
      },
    ],
  },
  clients: [
    {
      client: 'modern-agent 3.0',
      version: '2026-07-28',
      user: 'dev@example.com',
      issuer: 'https://issuer.example.com',
      subject: 'dev',
      server: 'dev-server',
      first_seen: '2026-11-22T10:22:00.000Z',
      last_seen: '2026-11-22T10:30:05.000Z',
      ...counts(29, 1, 2),
    },
    {
      version: '2026-07-28',
      user: 'analyst@example.com',
      issuer: 'https://issuer.example.com',
      subject: 'analyst',
      first_seen: '2026-11-22T10:29:00.000Z',
      last_seen: '2026-11-22T10:30:05.000Z',
      ...counts(2, 2),
    },
  ],
  tools: [
    { server: 'dev-server', tool: 'sqlite_reader', ...counts(4), ...latency(40) },
    { server: 'prod-server', tool: 'delete_user', ...counts(1, 1), ...latency(1) },
  ],
  record: { state: 'up', lag: 0, head_seq: 11, sinks: [] },
  series: { step_ms: 60_000, buckets: [] },
}

export const PREVIEW: RulePreview = {
  scopes: [
    { id: 'user:dev item', text: 'dev: drop_table on dev-server' },
    { id: 'role:developer item', text: 'everyone with role developer: drop_table on dev-server' },
    { id: 'everyone item', text: 'everyone: drop_table on dev-server' },
  ],
  scope: 'user:dev item',
  effect: 'allow',
  name: 'Allow dev: drop_table on dev-server',
  at: 'policies/policy.yaml:40',
  file: 'policies/policy.yaml',
  hash: 'abc',
  diff: [
    { sign: ' ', text: '    action: deny' },
    { sign: '+', text: '  - name: "Allow dev: drop_table on dev-server"' },
    { sign: '+', text: '    action: allow' },
  ],
  calls: 40,
  to_permit: 3,
  to_deny: 0,
  effective: true,
}
