import { expect, test } from 'bun:test'
import { KEYMAP, withKeys } from '../../tui/keymap.ts'
import { line, lineWidth } from '../../tui/line.ts'
import { guidePieces } from '../../tui/views/guide.ts'
import { after, fresh, live, pressed, shown, typed } from './states.ts'

const empty = fresh(80, 24, { guide: true })
const busy = live(empty)

const STATES = {
  empty,
  following: busy,
  picked: pressed(busy, 'k'),
  opened: pressed(busy, 'k enter'),
  filtered: pressed(typed(pressed(busy, '/'), 'dev'), 'enter'),
  typing: pressed(busy, '/'),
  elsewhere: pressed(busy, '3'),
  'a rule': pressed(busy, 'k R'),
  'a rule written': after(busy, {
    type: 'written',
    written: {
      name: 'Allow dev',
      at: 'policies/policy.yaml:40',
      file: 'policies/policy.yaml',
      hash: 'a',
    },
  }),
  'in the help': pressed(busy, '?'),
}

const NAMES: Readonly<Record<string, string>> = { '⏎': 'enter', '↑': 'up', '↓': 'down' }

test.each(Object.entries(STATES))(
  '%s: the guide fits, and its keys are those of the table',
  (_, state) => {
    const pieces = guidePieces(state, KEYMAP)
    expect(lineWidth(line('─ ', ...pieces))).toBeLessThanOrEqual(80)
    const keys = pieces.flatMap((piece) =>
      Array.isArray(piece) && piece[1] === 'key' ? [piece[0]] : [],
    )
    const known = KEYMAP.flatMap((binding) => binding.keys)
    for (const key of keys) expect(known).toContain(NAMES[key] ?? key.replace(/^\/.*/, '/'))
  },
)

test('each situation is told something else', () => {
  const told = Object.values(STATES).map((state) => JSON.stringify(guidePieces(state, KEYMAP)))
  expect(new Set(told).size).toBe(told.length)
})

test('it stands above the hints, and only for those who asked for it', () => {
  expect(shown(busy)).toContain('DEMO  ↑ picks a call')
  expect(shown({ ...busy, guide: false })).not.toContain('DEMO')
})

test('it names the keys that somebody chose, and what to type where there is none', () => {
  const keymap = withKeys(KEYMAP, { rule: ['ctrl-r'], replay: [] })
  const text = line(...guidePieces(pressed(busy, 'k'), keymap)).spans.map((each) => each.text)
  expect(text.join('')).toContain('ctrl-r writes a rule  :replay calls again')
})
