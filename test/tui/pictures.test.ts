import { expect, test } from 'bun:test'
import { join } from 'node:path'
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

const shown = (columns: number, rows: number): State => {
  const theme = createTheme('default', false)
  const begun = live(fresh(columns, rows, { theme }), [
    ...earlier,
    ...SOME.map((each) => ({ ...each, seq: each.seq + EARLIER })),
  ])
  return after(begun, { type: 'snapshot', body: SNAPSHOT })
}

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
