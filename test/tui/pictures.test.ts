import { expect, test } from 'bun:test'
import { join } from 'node:path'
import type { AuditEvent } from '../../src/core/events.ts'
import type { Snapshot } from '../../src/core/snapshot.ts'
import { KEYMAP } from '../../tui/keymap.ts'
import { frame } from '../../tui/screen.ts'
import type { State } from '../../tui/state.ts'
import { createTheme } from '../../tui/theme.ts'
import { SNAPSHOT } from './snapshot.ts'
import { after, call, denied, fresh, live, pressed, SOME, START } from './states.ts'
import { toSvg } from './svg.ts'

/**
 * The pictures of the README, drawn by the program's own views from a quarter of an hour that is always
 * the same. Drawn anew with DATACLINE_GOLDEN=write.
 */
const FOLDER = join(import.meta.dir, '../../examples/screens')

const TOOLS = ['sqlite_reader', 'list_tables', 'get_user', 'search_docs', 'send_email'] as const
const PEOPLE = ['dev@example.com', 'admin@example.com', 'ci-bot'] as const
const EARLIER = 240

/** A rise and a fall of traffic before the calls of the screen. */
const earlier = Array.from({ length: EARLIER }, (_, at) => {
  const seq = at + 1
  const before = 840_000 * (1 - Math.sin((at / EARLIER) * (Math.PI / 2)))
  const timestamp = new Date(START - Math.round(before)).toISOString()
  if (seq % 13 === 0) return denied(seq, { timestamp })
  return call(seq, {
    timestamp,
    tool_name: TOOLS[at % TOOLS.length] ?? '',
    user: PEOPLE[at % PEOPLE.length] ?? '',
    duration_ms: 12 + ((at * 37) % 80),
  })
})

const EVENTS: readonly AuditEvent[] = [
  ...earlier,
  ...SOME.map((each) => ({ ...each, seq: each.seq + EARLIER })),
]

/** The counts of a gateway to which just these calls came. */
const counted = (fits: (event: AuditEvent) => boolean) => {
  const calls = EVENTS.filter(
    (each) => each.phase !== 'event' && each.face !== 'admin' && fits(each),
  )
  const times = calls.map(({ duration_ms = 0 }) => duration_ms).sort((one, other) => one - other)
  const share = (of: number) => times[Math.floor(times.length * of)] ?? null
  return {
    calls: calls.length,
    denials: calls.filter(({ status }) => status === 'denied').length,
    errors: calls.filter(({ status }) => status === 'error').length,
    ...{ p50_ms: share(0.5), p95_ms: share(0.95), p99_ms: share(0.99) },
  }
}

const NAMED = [...new Set(EVENTS.map((each) => `${each.mcp_server} ${each.tool_name}`))]

const snapshot: Snapshot = {
  ...SNAPSHOT,
  policy: {
    ...SNAPSHOT.policy,
    roles: SNAPSHOT.policy.roles.map((role) => ({
      ...role,
      permissions: role.permissions.map((each) => ({
        ...each,
        hits: counted(({ decision }) => decision?.at === each.at).calls,
      })),
    })),
    rules: SNAPSHOT.policy.rules.map((each) => ({
      ...each,
      hits: counted(({ decision }) => decision?.at === each.at).calls,
    })),
  },
  servers: SNAPSHOT.servers.map((each) => ({
    ...each,
    ...counted(({ mcp_server }) => mcp_server === each.name),
  })),
  tools: NAMED.map((each) => each.split(' '))
    .filter(([server, tool]) => server !== 'undefined' && tool !== 'undefined')
    .map(([server = '', tool = '']) => ({
      ...{ server, tool },
      ...counted((each) => each.mcp_server === server && each.tool_name === tool),
    }))
    .sort((one, other) => other.calls - one.calls),
  record: { ...SNAPSHOT.record, head_seq: EVENTS.length },
}

const shown = (columns: number, rows: number): State =>
  after(live(fresh(columns, rows, { theme: createTheme('default', false) }), EVENTS), {
    type: 'snapshot',
    body: snapshot,
  })

const toDenial = (state: State): State => pressed(state, 'k k k k')

const PICTURES = [
  ['traffic', 104, 27, 'Traffic, with the reason of a denial beside it', toDenial],
  ['overview', 160, 50, 'Everything on a large terminal', toDenial],
  ['detail', 100, 30, 'One call in detail', (state) => pressed(toDenial(state), 'enter')],
  ['policies', 100, 30, 'Rules in the order in which they are asked', (s) => pressed(s, '3')],
  ['servers', 100, 30, 'Servers and their tools', (state) => pressed(state, '2')],
  ['stats', 100, 30, 'Figures of the last quarter of an hour', (state) => pressed(state, '5')],
] as const satisfies readonly (readonly [string, number, number, string, (s: State) => State])[]

test.each(PICTURES)('the picture %s shows the screen as it is', async (...picture) => {
  const [name, columns, rows, title, scene] = picture
  const svg = toSvg(
    frame(scene(shown(columns, rows)), KEYMAP),
    columns,
    rows,
    `datacline: ${title}`,
  )
  const path = join(FOLDER, `${name}.svg`)
  if (process.env.DATACLINE_GOLDEN === 'write') await Bun.write(path, svg)
  expect(svg).toBe(await Bun.file(path).text())
})
